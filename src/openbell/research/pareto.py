"""What is best in several ways at once. Pure."""

from collections.abc import Sequence


def front(points: Sequence[Sequence[float]]) -> list[int]:
    """Return the places of points that no other one is better than, in their order.

    A point is better than another where it is nowhere lower and somewhere higher.

    Args:
        points: Figures of each, all of one length; more is better.
    """
    return [place for place, one in enumerate(points) if not any(_is_better(other, one) for other in points)]


def _is_better(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
