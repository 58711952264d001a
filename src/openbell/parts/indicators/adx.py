"""Average directional index after Wilder, with both directional indicators.

Sums of true range and directional movement begin with the first `period` - 1 changes and shrink by 1 / period a bar;
the index is the mean of the first `period` values of DX, then smoothed by 1 / period.
"""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.atr import true_range
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=14, ge=1)


PARAMS = ("period",)
STATE = (
    ("plus", "f8", 1),
    ("minus", "f8", 1),
    ("index", "f8", 1),
    ("sums", "f8", 3),
    ("before", "f8", 3),
    ("bars", "i8", 1),
)


def gather(d: "array[float]", at: int, row: Row, shrink: float) -> None:
    """Take one bar into the sums of true range and of movements.

    Args:
        d: Holds, from `at` on: the three sums, then high, low and close of the bar before; changed in place.
        at: Where in `d`.
        row: The bar.
        shrink: Share of the sums that is dropped first.
    """
    up = row.high - d[at + 3]
    down = d[at + 4] - row.low
    wide = true_range(row.high, row.low, d[at + 5])
    d[at] = d[at] - d[at] * shrink + wide
    d[at + 1] = d[at + 1] - d[at + 1] * shrink + (up if up > 0.0 and up > down else 0.0)
    d[at + 2] = d[at + 2] - d[at + 2] * shrink + (down if down > 0.0 and down > up else 0.0)


def direction(plus: float, minus: float) -> float:
    """Return DX: 100 times the difference of both over their sum, 0 where there is none."""
    return 100.0 * (abs(plus - minus) / (plus + minus)) if plus + minus > 0.0 else 0.0


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the index from 0 to 100, NaN before 2 * `period` bars.

    The directional indicators up and down stand in `d[0]` and `d[1]`.
    """
    d, q = state.d, state.q
    period = params[0]
    if q[0] > 0:
        gather(d, 3, row, 1.0 / period if q[0] >= period else 0.0)
    d[6] = row.high
    d[7] = row.low
    d[8] = row.close
    q[0] += 1
    if q[0] <= period:
        return math.nan
    d[0] = 100.0 * (d[4] / d[3]) if d[3] > 0.0 else 0.0
    d[1] = 100.0 * (d[5] / d[3]) if d[3] > 0.0 else 0.0
    found = direction(d[0], d[1])
    if q[0] < 2.0 * period:
        d[2] += found
        return math.nan
    if q[0] == 2.0 * period:
        d[2] = (d[2] + found) / period
    else:
        d[2] = (d[2] * (period - 1.0) + found) / period
    return d[2]
