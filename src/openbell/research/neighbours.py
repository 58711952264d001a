"""The points beside a point of a grid: a plateau is worth more than a peak."""

import statistics
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from openbell.research.grid import Axis, Point

_PART = Decimal("0.05")
"""Step beside a value of a range without steps, as a part of the range."""


class Around(NamedTuple):
    """What the neighbours of a point are worth.

    Attributes:
        number: How many have a figure. median, worst: Of their figures. above: Share of those above zero.
        kept: Median over the point's own figure: how much of it a small change keeps; None unless that is above zero.
    """

    number: int
    median: float
    worst: float
    above: float
    kept: float | None


def neighbours(axes: Sequence[Axis], point: Point) -> list[Point]:
    """Return the points one step away along one axis, the point itself left out."""
    return [(*point[:n], value, *point[n + 1 :]) for n, axis in enumerate(axes) for value in _beside(axis, point[n])]


def _beside(axis: Axis, value: str) -> list[str]:
    if not axis.is_stepless:
        place = axis.values.index(value)
        return [axis.values[n] for n in (place - 1, place + 1) if 0 <= n < len(axis.values)]
    own = Decimal(value.removesuffix(axis.unit))
    step = (axis.high - axis.low) * _PART
    is_whole = all(one == one.to_integral_value() for one in (axis.low, axis.high)) and not axis.unit
    if is_whole:
        step = max(step.to_integral_value(), Decimal(1))
    beside = (own - step, own + step)
    return [f"{one.normalize():f}{axis.unit}" for one in beside if axis.low <= one <= axis.high]


def around(own: float, others: Sequence[float]) -> Around | None:
    """Return what neighbours say of a point with the figure `own`; None without any."""
    if not others:
        return None
    median = statistics.median(others)
    return Around(
        number=len(others),
        median=median,
        worst=min(others),
        above=sum(one > 0.0 for one in others) / len(others),
        kept=median / own if own > 0.0 else None,
    )
