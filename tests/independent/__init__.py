"""A second opinion: re-derives fills, positions and cash, and imports nothing of openbell."""
