"""Bollinger bands: the mean of the close, `width` standard deviations on both sides."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after, mean, spread
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1; `width` in standard deviations, above 0."""

    period: int = Field(default=20, ge=1)
    width: float = Field(default=2.0, gt=0)


PARAMS = ("period", "width")
STATE = (
    ("middle", "f8", 1),
    ("upper", "f8", 1),
    ("lower", "f8", 1),
    ("ring", "f8", "period"),
    ("bars", "i8", 1),
    ("place", "i8", 1),
)


def between(x: float, low: float, high: float) -> float:
    """Return where `x` stands from `low` (0) to `high` (1); 0.5 where both are the same."""
    return (x - low) / (high - low) if high > low else 0.5


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return where the close stands from the lower (0) to the upper band (1).

    It is NaN before `period` bars. Middle, upper and lower band stand in `d[0]`, `d[1]` and `d[2]`, in price units.
    """
    d, q = state.d, state.q
    period = int(params[0])
    d[3 + q[1]] = row.close
    q[0] += 1
    q[1] = after(q[1], period)
    if q[0] < period:
        return math.nan
    d[0] = mean(d, 3, period)
    apart = params[1] * spread(d, 3, period, d[0])
    d[1] = d[0] + apart
    d[2] = d[0] - apart
    return between(row.close, d[2], d[1])
