"""Standard deviation of the close over a sliding window, that of a whole population.

Mean and deviations are summed anew for every bar: nothing drifts, and a constant price gives exactly 0.
"""

import math
from array import array
from collections.abc import Sequence

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("mean", "f8", 1), ("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def mean(d: Sequence[float], start: int, count: int) -> float:
    """Return the mean of `count` values of `d` from `start` on."""
    # Measured from the first of them, so that the mean of equal values is that value to the last bit.
    base, total = d[start], 0.0
    for n in range(1, count):
        total += d[start + n] - base
    return base + total / count


def spread(d: Sequence[float], start: int, count: int, middle: float) -> float:
    """Return how far `count` values of `d` from `start` on spread around `middle`.

    It is the root of the mean square distance.
    """
    total = 0.0
    for n in range(count):
        apart = d[start + n] - middle
        total += apart * apart
    return math.sqrt(total / count)


def after(place: int, count: int) -> int:
    """Return the place that follows in a ring of `count` places."""
    return place + 1 if place + 1 < count else 0


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the deviation in price units, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    d[1 + q[1]] = row.close
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] < period:
        return math.nan
    d[0] = mean(d, 1, period)
    return spread(d, 1, period, d[0])
