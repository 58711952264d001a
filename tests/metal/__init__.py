"""The real processes under fire: engines killed at random moments at a venue that remembers everything."""
