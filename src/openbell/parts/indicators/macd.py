"""Moving average convergence and divergence: the fast average less the slow one.

Its signal is the average of that difference, its histogram what is between them. All three averages are those of
`ema`; the signal begins at the first difference after `slow` bars.
"""

import math
from array import array

from pydantic import Field, model_validator

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.ema import follow
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `fast` and `slow` in bars, 1 <= fast < slow; `signal` in bars, at least 1."""

    fast: int = Field(default=12, ge=1)
    slow: int = Field(default=26, ge=2)
    signal: int = Field(default=9, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")
        return self


PARAMS = ("fast", "slow", "signal")
STATE = (("signal", "f8", 1), ("histogram", "f8", 1), ("fast", "f8", 1), ("slow", "f8", 1), ("bars", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the difference in price units.

    It is NaN before `slow` + `signal` - 1 bars. The signal stands in `d[0]`, the histogram in `d[1]`.
    """
    d, q = state.d, state.q
    if q[0] == 0:
        d[2] = row.close
        d[3] = row.close
    else:
        d[2] = follow(d[2], row.close, params[0])
        d[3] = follow(d[3], row.close, params[1])
    q[0] += 1
    apart = d[2] - d[3]
    if q[0] <= params[1]:
        d[0] = apart
    else:
        d[0] = follow(d[0], apart, params[2])
    d[1] = apart - d[0]
    return apart if q[0] >= params[1] + params[2] - 1.0 else math.nan
