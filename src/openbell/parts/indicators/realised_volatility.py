"""Realised volatility: the root of the mean square logarithmic return, for a year.

Returns are not centred: over short windows their mean is noise.
"""

import math
from array import array

from pydantic import Field

from openbell.core.fmath import log
from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after, spread
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1; `per_year`, bars that make a year, above 0.

    252 suits daily bars of shares, 98,280 their minutes, 525,600 minutes around the clock; 1 leaves the volatility of
    one bar.
    """

    period: int = Field(default=20, ge=1)
    per_year: float = Field(default=252.0, gt=0)


PARAMS = ("period", "per_year")
STATE = (("close", "f8", 1), ("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the volatility as a fraction a year, NaN before `period` + 1 bars.

    A close that is not above 0 has no logarithm: its return counts as 0.
    """
    d, q = state.d, state.q
    period = int(params[0])
    if q[0] > 0:
        d[1 + q[1]] = log(row.close / d[0]) if d[0] > 0.0 and row.close > 0.0 else 0.0
        q[1] = after(q[1], period)
    d[0] = row.close
    q[0] += 1
    return spread(d, 1, period, 0.0) * math.sqrt(params[1]) if q[0] > period else math.nan
