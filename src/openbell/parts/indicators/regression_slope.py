"""Slope of the line that fits the closes of a sliding window best, by least squares."""

import math
from array import array
from collections.abc import Sequence

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after, mean
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=14, ge=1)


PARAMS = ("period",)
STATE = (("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def slope(d: Sequence[float], start: int, count: int, oldest: int) -> float:
    """Return the slope through a ring of `count` values of `d` from `start` on.

    The oldest of them stands at place `oldest`. One value alone has the slope 0.
    """
    middle, level = (count - 1) / 2.0, mean(d, start, count)
    up, across = 0.0, 0.0
    place = oldest
    for n in range(count):
        apart = n - middle
        up += apart * (d[start + place] - level)
        across += apart * apart
        place = after(place, count)
    return up / across if across > 0.0 else 0.0


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the slope in price units a bar, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    d[q[1]] = row.close
    q[0] += 1
    q[1] = after(q[1], period)
    return slope(d, 0, period, q[1]) if q[0] >= period else math.nan
