"""Stochastic oscillator: where the close stands in the range of the last bars, smoothed."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.bollinger import between
from openbell.parts.indicators.rolling_high import highest
from openbell.parts.indicators.rolling_low import lowest
from openbell.parts.indicators.stdev import after, mean
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options, all in bars and at least 1.

    `period` of the range, `smooth` of the oscillator and `signal` of its average.
    """

    period: int = Field(default=14, ge=1)
    smooth: int = Field(default=3, ge=1)
    signal: int = Field(default=3, ge=1)


PARAMS = ("period", "smooth", "signal")
STATE = (
    ("signal", "f8", 1),
    ("highs", "f8", "period"),
    ("lows", "f8", "period"),
    ("raw", "f8", "smooth"),
    ("smoothed", "f8", "signal"),
    ("bars", "i8", 1),
    ("places", "i8", 3),
)


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the smoothed oscillator from 0 to 100, 50 in a range of nothing.

    It is NaN before `period` + `smooth` + `signal` - 2 bars. Its average stands in `d[0]`.
    """
    d, q = state.d, state.q
    period, smooth, signal = int(params[0]), int(params[1]), int(params[2])
    raw = 1 + 2 * period
    smoothed = raw + smooth
    d[1 + q[1]] = row.high
    d[1 + period + q[1]] = row.low
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] < period:
        return math.nan
    low, high = lowest(d, 1 + period, period), highest(d, 1, period)
    d[raw + q[2]] = 100.0 * between(row.close, low, high)
    q[2] = after(q[2], smooth)
    if q[0] < period + smooth - 1:
        return math.nan
    found = mean(d, raw, smooth)
    d[smoothed + q[3]] = found
    q[3] = after(q[3], signal)
    if q[0] < period + smooth + signal - 2:
        return math.nan
    d[0] = mean(d, smoothed, signal)
    return found
