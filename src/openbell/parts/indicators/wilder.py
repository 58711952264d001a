"""Wilder's moving average of the close.

It is the mean of the first `period` closes, then `value += (close - value) / period` in Wilder's own form.
"""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=14, ge=1)


PARAMS = ("period",)
STATE = (("value", "f8", 1), ("bars", "i8", 1))


def smooth(value: float, x: float, period: float, seen: int) -> float:
    """Return the average after one more value `x`; below `period` values it is their sum.

    Args:
        value: What was returned before, 0.0 at the beginning.
        x: The next value.
        period: Length of the average.
        seen: Values taken before this one.
    """
    if seen + 1 < period:
        return value + x
    if seen + 1 == period:
        return (value + x) / period
    return (value * (period - 1.0) + x) / period


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the average in price units, NaN before `period` bars."""
    state.d[0] = smooth(state.d[0], row.close, params[0], state.q[0])
    state.q[0] += 1
    return state.d[0] if state.q[0] >= params[0] else math.nan
