"""A simulated trading year with faults: what grows, and what must not."""
