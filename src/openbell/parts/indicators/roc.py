"""Rate of change: the close over that of `period` bars ago, less 1; 0 where that was 0."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=10, ge=1)


PARAMS = ("period",)
STATE = (("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the change as a fraction, NaN before `period` + 1 bars."""
    d, q = state.d, state.q
    period = int(params[0])
    before = d[q[1]]
    d[q[1]] = row.close
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] <= period:
        return math.nan
    return row.close / before - 1.0 if before != 0.0 else 0.0
