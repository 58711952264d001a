"""How many standard deviations the close stands above its mean over a sliding window.

It is 0 where the window does not vary.
"""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after, mean, spread
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("mean", "f8", 1), ("spread", "f8", 1), ("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the distance in standard deviations, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    d[2 + q[1]] = row.close
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] < period:
        return math.nan
    d[0] = mean(d, 2, period)
    d[1] = spread(d, 2, period, d[0])
    return (row.close - d[0]) / d[1] if d[1] > 0.0 else 0.0
