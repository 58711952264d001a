"""Exponential moving average, seeded with the first close.

Then `value += 2 / (period + 1) * (close - value)`.
"""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("value", "f8", 1), ("bars", "i8", 1))


def follow(value: float, x: float, period: float) -> float:
    """Return the average after one more value `x`."""
    return value + 2.0 / (period + 1.0) * (x - value)


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the average in price units, NaN before `period` bars."""
    if state.q[0] == 0:
        state.d[0] = row.close
    else:
        state.d[0] = follow(state.d[0], row.close, params[0])
    state.q[0] += 1
    return state.d[0] if state.q[0] >= params[0] else math.nan
