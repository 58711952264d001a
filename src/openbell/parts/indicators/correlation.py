"""Correlation of the closes of two instruments over a sliding window, after Pearson.

It is 0 where one of them does not vary.
"""

import math
from array import array
from collections.abc import Sequence

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after, mean
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("first", "f8", "period"), ("second", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def together(d: Sequence[float], first: int, second: int, count: int) -> float:
    """Return how `count` values of `d` from `first` on go with those from `second` on."""
    x, y = mean(d, first, count), mean(d, second, count)
    xx, xy, yy = 0.0, 0.0, 0.0
    for n in range(count):
        dx, dy = d[first + n] - x, d[second + n] - y
        xx += dx * dx
        xy += dx * dy
        yy += dy * dy
    whole = math.sqrt(xx) * math.sqrt(yy)
    if whole <= 0.0:
        return 0.0
    found = xy / whole
    # Rounding can reach a last bit beyond what a correlation can be.
    return 1.0 if found > 1.0 else -1.0 if found < -1.0 else found


def step(state: StockState, params: "array[float]", row: Row, other: Row) -> float:
    """Take a bar of both instruments; return their correlation, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    d[q[1]] = row.close
    d[period + q[1]] = other.close
    q[0] += 1
    q[1] = after(q[1], period)
    return together(d, 0, period, period) if q[0] >= period else math.nan
