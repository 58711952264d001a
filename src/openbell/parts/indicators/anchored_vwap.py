"""Average price since a chosen moment, weighted by volume; sessions do not interrupt it."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.core.types import NS
from openbell.parts.indicators.vwap import weigh
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `anchor`, in whole seconds since 1970 UTC; 0 takes the first bar."""

    anchor: int = Field(default=0, ge=0)


PARAMS = ("anchor",)
STATE = (("value", "f8", 1), ("money", "f8", 1), ("volume", "f8", 1), ("plain", "f8", 1), ("bars", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the average in price units.

    It is NaN before the first bar that opens at the anchor or later.
    """
    d, q = state.d, state.q
    if q[0] == 0 and row.open_ts < int(params[0]) * NS:
        return math.nan
    weigh(d, 0, row, q[0])
    q[0] += 1
    return d[0]
