"""Buys what has fallen far below its mean and sells what has risen far above it.

The distance is counted in standard deviations of the close. It leaves when the distance has come back to `exit`.
Confidence is 0.5 at the entry and 1 at twice its distance.
"""

import math
from array import array

from pydantic import Field, model_validator

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.stdev import after, mean, spread
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 2; `entry` and `exit` in standard deviations.

    The exit is below the entry; below 0 it waits until the price has passed its mean.
    """

    period: int = Field(default=20, ge=2)
    entry: float = Field(default=2.0, gt=0)
    exit: float = 0.5

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if self.exit >= self.entry:
            raise ValueError(f"exit ({self.exit:g}) must be below entry ({self.entry:g})")
        return self


PARAMS = ("period", "entry", "exit")
STATE = (
    ("mean", "f8", 1),
    ("zscore", "f8", 1),
    ("confidence", "f8", 1),
    ("ring", "f8", "period"),
    ("bars", "i8", 1),
    ("place", "i8", 1),
    ("target", "i8", 1),
)

WARMING_UP = int(Code.WARMING_UP)


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason, NaN while warming up."""
    d, q = state.d, state.q
    period = int(params[0])
    d[3 + q[1]] = row.close
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] < period:
        return math.nan, WARMING_UP
    d[0] = mean(d, 3, period)
    wide = spread(d, 3, period, d[0])
    d[1] = (row.close - d[0]) / wide if wide > 0.0 else 0.0
    d[2] = abs(d[1]) / (2.0 * params[1])
    if d[2] > 1.0:
        d[2] = 1.0
    before = q[2]
    if abs(d[1]) >= params[1]:
        q[2] = -1 if d[1] > 0.0 else 1
    elif before != 0 and -before * d[1] <= params[2]:
        q[2] = 0
    return float(q[2]), signal(float(q[2]), float(before))
