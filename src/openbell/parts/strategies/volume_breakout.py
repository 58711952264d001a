"""Follows a close beyond the range of the bars before it when volume is behind it.

It is long above the range and short below, and leaves when the close falls out of the other side of a shorter range.
Confidence is 0.5 at the volume asked for and 1 at twice as much. Where nobody knows the volume there is no signal.
"""

import math
from array import array

from pydantic import Field, model_validator

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.rolling_high import highest
from openbell.parts.indicators.rolling_low import lowest
from openbell.parts.indicators.stdev import after, mean
from openbell.parts.indicators.volume_average import known
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` and `exit_period` in bars; `volume_factor`, above 0.

    The factor is the volume asked for over the mean of `period` bars.
    """

    period: int = Field(default=20, ge=1)
    exit_period: int = Field(default=10, ge=1)
    volume_factor: float = Field(default=1.2, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if self.exit_period > self.period:
            raise ValueError(f"exit_period ({self.exit_period}) must not be longer than period ({self.period})")
        return self


PARAMS = ("period", "exit_period", "volume_factor")
STATE = (
    ("upper", "f8", 1),
    ("lower", "f8", 1),
    ("volume", "f8", 1),
    ("confidence", "f8", 1),
    ("highs", "f8", "period"),
    ("lows", "f8", "period"),
    ("volumes", "f8", "period"),
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
    lows, volumes, exit_highs, exit_lows = 4 + period, 4 + 2 * period, 4 + 3 * period, 4 + 3 * period + span
    before, volume = q[3], known(row.volume)
    is_warm = q[0] >= period
    if is_warm:
        d[0], d[1], d[2] = highest(d, 4, period), lowest(d, lows, period), mean(d, volumes, period)
        asked = params[2] * d[2]
        d[3] = volume / (2.0 * asked) if asked > 0.0 else 0.0
        if d[3] > 1.0:
            d[3] = 1.0
        if asked > 0.0 and volume > asked and (row.close > d[0] or row.close < d[1]):
            q[3] = 1 if row.close > d[0] else -1
        elif (before > 0 and row.close < lowest(d, exit_lows, span)) or (
            before < 0 and row.close > highest(d, exit_highs, span)
        ):
            q[3] = 0
    d[4 + q[1]], d[lows + q[1]], d[volumes + q[1]] = row.high, row.low, volume
    d[exit_highs + q[2]], d[exit_lows + q[2]] = row.high, row.low
    q[0] += 1
    q[1] = after(q[1], period)
    q[2] = after(q[2], span)
    if not is_warm:
        return math.nan, WARMING_UP
    return float(q[3]), signal(float(q[3]), float(before))
