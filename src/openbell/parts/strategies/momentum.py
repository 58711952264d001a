"""Follows the momentum between a fast and a slow average, long and short.

Momentum is the fast average over the slow one, less 1. Above the threshold it goes long, below its negative short,
and it leaves when momentum has lost its sign. Confidence is 0.5 at the threshold and 1 at twice as much.
"""

import math
from array import array

from pydantic import Field, field_validator, model_validator

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.ema import follow
from openbell.schema import Fraction, PartConfig, parse_fraction


class Config(PartConfig):
    """Options.

    Attributes:
        fast_period, slow_period: Of the averages in bars, fast below slow.
        signal_threshold: Momentum that counts, a fraction above 0.
        min_confidence: Entries with less of it are left alone, 0 to 1.
        size_by_confidence: A position is as large a share of a full one as the entry was confident.
    """

    fast_period: int = Field(default=12, ge=1)
    slow_period: int = 28
    signal_threshold: Fraction = parse_fraction("0.2%")
    min_confidence: Fraction = Field(default=parse_fraction("0%"), ge=0, le=1)
    size_by_confidence: bool = False

    @field_validator("signal_threshold")
    @classmethod
    def _counts(cls, value: object) -> object:
        if not value > 0:  # type: ignore[operator]  # a number by now
            raise ValueError("must be above 0")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if self.fast_period >= self.slow_period:
            raise ValueError(f"fast_period ({self.fast_period}) must be below slow_period ({self.slow_period})")
        return self


PARAMS = ("fast_period", "slow_period", "signal_threshold", "min_confidence", "size_by_confidence")
STATE = (
    ("fast", "f8", 1),
    ("slow", "f8", 1),
    ("momentum", "f8", 1),
    ("confidence", "f8", 1),
    ("target", "f8", 1),
    ("bars", "i8", 1),
)

WARMING_UP = int(Code.WARMING_UP)


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason, NaN while warming up."""
    d, q = state.d, state.q
    if q[0] == 0:
        d[0] = row.close
        d[1] = row.close
    else:
        d[0] = follow(d[0], row.close, params[0])
        d[1] = follow(d[1], row.close, params[1])
    q[0] += 1
    if q[0] < params[1]:
        return math.nan, WARMING_UP
    d[2] = d[0] / d[1] - 1.0 if d[1] != 0.0 else 0.0
    d[3] = abs(d[2]) / (2.0 * params[2])
    if d[3] > 1.0:
        d[3] = 1.0
    before = d[4]
    counts = abs(d[2]) > params[2] and d[3] >= params[3]
    if counts and before * d[2] <= 0.0:
        size = d[3] if params[4] > 0.0 else 1.0
        d[4] = size if d[2] > 0.0 else -size
    elif before * d[2] <= 0.0:
        d[4] = 0.0
    return d[4], signal(d[4], before)
