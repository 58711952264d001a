"""Simple moving average of the close over a sliding window."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("sum", "f8", 1), ("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the average in price units, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    place = q[1]
    if q[0] >= period:
        d[0] -= d[1 + place]
    d[0] += row.close
    d[1 + place] = row.close
    q[0] += 1
    q[1] = place + 1 if place + 1 < period else 0
    return d[0] / period if q[0] >= period else math.nan
