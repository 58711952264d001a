"""Supertrend: a line that trails the price and changes its side when it is crossed."""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.atr import true_range
from openbell.parts.indicators.wilder import smooth
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` of the average true range in bars; `width` in such ranges."""

    period: int = Field(default=10, ge=1)
    width: float = Field(default=3.0, gt=0)


PARAMS = ("period", "width")
STATE = (
    ("side", "f8", 1),
    ("upper", "f8", 1),
    ("lower", "f8", 1),
    ("range", "f8", 1),
    ("close", "f8", 1),
    ("bars", "i8", 1),
)


def trail(d: "array[float]", at: int, row: Row, apart: float) -> None:
    """Move both lines and choose the side.

    Args:
        d: Holds, from `at` on: the side (1 rising, -1 falling, 0 at the beginning), the upper and the lower line;
            changed in place. The close of the bar before stands at `at + 4`.
        at: Where in `d`.
        row: The bar.
        apart: Distance of the lines from the middle of the bar, price units.
    """
    middle = (row.high + row.low) / 2.0
    upper = middle + apart
    lower = middle - apart
    if d[at] == 0.0:
        d[at + 1] = upper
        d[at + 2] = lower
        d[at] = 1.0 if row.close >= middle else -1.0
        return
    # A line moves towards the price only, until the price has crossed it.
    if upper < d[at + 1] or d[at + 4] > d[at + 1]:
        d[at + 1] = upper
    if lower > d[at + 2] or d[at + 4] < d[at + 2]:
        d[at + 2] = lower
    if d[at] > 0.0:
        d[at] = -1.0 if row.close < d[at + 2] else 1.0
    else:
        d[at] = 1.0 if row.close > d[at + 1] else -1.0


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the line in price units, NaN before `period` + 1 bars.

    `d[0]` is 1 while the price stands above its line and -1 while it stands below.
    """
    d, q = state.d, state.q
    if q[0] > 0:
        d[3] = smooth(d[3], true_range(row.high, row.low, d[4]), params[0], q[0] - 1)
    is_warm = q[0] >= params[0]
    if is_warm:
        trail(d, 0, row, params[1] * d[3])
    d[4] = row.close
    q[0] += 1
    if not is_warm:
        return math.nan
    return d[2] if d[0] > 0.0 else d[1]
