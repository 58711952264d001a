"""Keltner channel: an average of the close, `width` average true ranges on both sides."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.atr import true_range
from openbell.parts.indicators.bollinger import between
from openbell.parts.indicators.ema import follow
from openbell.parts.indicators.wilder import smooth
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` and `atr_period` in bars; `width` in average true ranges."""

    period: int = Field(default=20, ge=1)
    atr_period: int = Field(default=10, ge=1)
    width: float = Field(default=2.0, gt=0)


PARAMS = ("period", "atr_period", "width")
STATE = (
    ("middle", "f8", 1),
    ("upper", "f8", 1),
    ("lower", "f8", 1),
    ("range", "f8", 1),
    ("close", "f8", 1),
    ("bars", "i8", 1),
)


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return where the close stands from the lower (0) to the upper line (1).

    It is NaN before `period` bars and before `atr_period` + 1 bars. Middle, upper and lower line stand in `d[0]`,
    `d[1]` and `d[2]`, in price units.
    """
    d, q = state.d, state.q
    if q[0] == 0:
        d[0] = row.close
    else:
        d[0] = follow(d[0], row.close, params[0])
        d[3] = smooth(d[3], true_range(row.high, row.low, d[4]), params[1], q[0] - 1)
    d[4] = row.close
    q[0] += 1
    if q[0] < params[0] or q[0] <= params[1]:
        return math.nan
    d[1] = d[0] + params[2] * d[3]
    d[2] = d[0] - params[2] * d[3]
    return between(row.close, d[2], d[1])
