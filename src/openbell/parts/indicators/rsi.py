"""Relative strength index after Wilder.

It is 100 times the average gain over the average gain plus the average loss, both smoothed by `wilder`; 50 where
there was neither.
"""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.wilder import smooth
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=14, ge=1)


PARAMS = ("period",)
STATE = (("gain", "f8", 1), ("loss", "f8", 1), ("close", "f8", 1), ("bars", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the index from 0 to 100, NaN before `period` + 1 bars."""
    d, q = state.d, state.q
    period = params[0]
    if q[0] > 0:
        change = row.close - d[2]
        d[0] = smooth(d[0], change if change > 0.0 else 0.0, period, q[0] - 1)
        d[1] = smooth(d[1], -change if change < 0.0 else 0.0, period, q[0] - 1)
    d[2] = row.close
    q[0] += 1
    if q[0] <= period:
        return math.nan
    both = d[0] + d[1]
    return 100.0 * (d[0] / both) if both > 0.0 else 50.0
