"""Highest high of the last `period` bars, the newest among them."""

import math
from array import array
from collections.abc import Sequence

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def highest(d: Sequence[float], start: int, count: int) -> float:
    """Return the largest of `count` values of `d` from `start` on."""
    found = d[start]
    for n in range(1, count):
        if d[start + n] > found:
            found = d[start + n]
    return found


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the highest price, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    d[q[1]] = row.high
    q[0] += 1
    q[1] = after(q[1], period)
    return highest(d, 0, period) if q[0] >= period else math.nan
