"""Fair value gap: three bars whose outer wicks do not overlap, known with the third.

Rising: the high of the first lies below the low of the third and the middle bar closed up; falling: mirrored. The gap
is the zone between those two prices. Nothing that was said is taken back.
"""

import math
from array import array

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS: tuple[str, ...] = ()
STATE = (
    ("top", "f8", 1),
    ("bottom", "f8", 1),
    ("side", "f8", 1),
    ("first", "f8", 2),
    ("middle", "f8", 3),
    ("bars", "i8", 1),
)


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return 1 if it completes a rising gap, -1 a falling one, else 0.

    It is NaN for the first two bars. Top, bottom and side of the latest gap stand in `d[0]`, `d[1]` and `d[2]`.
    """
    d, q = state.d, state.q
    found = 0.0
    if q[0] >= 2:
        if d[3] < row.low and d[7] > 0.0:
            found = 1.0
            d[0], d[1], d[2] = row.low, d[3], 1.0
        elif d[4] > row.high and d[7] < 0.0:
            found = -1.0
            d[0], d[1], d[2] = d[4], row.high, -1.0
    d[3], d[4] = d[5], d[6]
    d[5], d[6], d[7] = row.high, row.low, row.close - row.open
    q[0] += 1
    return found if q[0] > 2 else math.nan
