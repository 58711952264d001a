"""Donchian channel: highest high and lowest low of the last bars, the newest included."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.rolling_high import highest
from openbell.parts.indicators.rolling_low import lowest
from openbell.parts.indicators.stdev import after
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (
    ("upper", "f8", 1),
    ("lower", "f8", 1),
    ("highs", "f8", "period"),
    ("lows", "f8", "period"),
    ("bars", "i8", 1),
    ("place", "i8", 1),
)


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the middle of the channel in price units, NaN before `period` bars.

    The upper and lower line stand in `d[0]` and `d[1]`.
    """
    d, q = state.d, state.q
    period = int(params[0])
    d[2 + q[1]] = row.high
    d[2 + period + q[1]] = row.low
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] < period:
        return math.nan
    d[0] = highest(d, 2, period)
    d[1] = lowest(d, 2 + period, period)
    return (d[0] + d[1]) / 2.0
