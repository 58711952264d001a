"""Average true range after Wilder.

It is the mean of the first `period` true ranges, then smoothed by 1 / period.
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
STATE = (("value", "f8", 1), ("close", "f8", 1), ("bars", "i8", 1))


def true_range(high: float, low: float, close: float) -> float:
    """Return the largest of high - low and the distances of both from the previous close."""
    widest = high - low
    if abs(high - close) > widest:
        widest = abs(high - close)
    if abs(low - close) > widest:
        widest = abs(low - close)
    return widest


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the range in price units, NaN before `period` + 1 bars."""
    d, q = state.d, state.q
    period = params[0]
    if q[0] > 0:
        wide = true_range(row.high, row.low, d[1])
        # While warming up the sum stands in `value`.
        if q[0] < period:
            d[0] += wide
        elif q[0] == period:
            d[0] = (d[0] + wide) / period
        else:
            d[0] = (d[0] * (period - 1.0) + wide) / period
    d[1] = row.close
    q[0] += 1
    return d[0] if q[0] > period else math.nan
