"""Follows a close beyond the Donchian channel of the bars before it, long and short.

It leaves when the close falls out of the other side of a shorter channel. Confidence is 0.5 at the edge of the
channel and 1 half its width beyond.
"""

import math
from array import array

from pydantic import Field, model_validator

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.rolling_high import highest
from openbell.parts.indicators.rolling_low import lowest
from openbell.parts.indicators.stdev import after
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` and `exit_period` in bars, the exit not longer than the entry."""

    period: int = Field(default=20, ge=1)
    exit_period: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if self.exit_period > self.period:
            raise ValueError(f"exit_period ({self.exit_period}) must not be longer than period ({self.period})")
        return self


PARAMS = ("period", "exit_period")
STATE = (
    ("upper", "f8", 1),
    ("lower", "f8", 1),
    ("confidence", "f8", 1),
    ("highs", "f8", "period"),
    ("lows", "f8", "period"),
    ("exit_highs", "f8", "exit_period"),
    ("exit_lows", "f8", "exit_period"),
    ("bars", "i8", 1),
    ("places", "i8", 2),
    ("target", "i8", 1),
)

WARMING_UP = int(Code.WARMING_UP)


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason, NaN while warming up."""
    d, q = state.d, state.q
    period, span = int(params[0]), int(params[1])
    lows, exit_highs, exit_lows = 3 + period, 3 + 2 * period, 3 + 2 * period + span
    before = q[3]
    is_warm = q[0] >= period
    if is_warm:
        d[0], d[1] = highest(d, 3, period), lowest(d, lows, period)
        beyond = row.close - d[0] if row.close > d[0] else d[1] - row.close
        d[2] = 0.0
        if beyond > 0.0:
            d[2] = 0.5 + beyond / (d[0] - d[1]) if d[0] > d[1] else 1.0
            if d[2] > 1.0:
                d[2] = 1.0
            q[3] = 1 if row.close > d[0] else -1
        elif (before > 0 and row.close < lowest(d, exit_lows, span)) or (
            before < 0 and row.close > highest(d, exit_highs, span)
        ):
            q[3] = 0
    d[3 + q[1]], d[lows + q[1]] = row.high, row.low
    d[exit_highs + q[2]], d[exit_lows + q[2]] = row.high, row.low
    q[0] += 1
    q[1] = after(q[1], period)
    q[2] = after(q[2], span)
    if not is_warm:
        return math.nan, WARMING_UP
    return float(q[3]), signal(float(q[3]), float(before))
