"""Mean volume of the last bars, the newest included; an unknown volume counts as none."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after, mean
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def known(volume: float) -> float:
    """Return a volume in units, 0 for one that nobody knows (NaN)."""
    return volume if volume > 0.0 else 0.0


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the mean volume in units, NaN before `period` bars."""
    d, q = state.d, state.q
    period = int(params[0])
    d[q[1]] = known(row.volume)
    q[0] += 1
    q[1] = after(q[1], period)
    return mean(d, 0, period) if q[0] >= period else math.nan
