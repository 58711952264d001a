"""Words around numbers, for people."""


def counted(count: int, noun: str) -> str:
    """Return how many there are of something: `1 order`, `2,880 bars`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
