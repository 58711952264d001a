"""Average price of a session weighted by volume, begun anew with each session.

A bar counts with its typical price, the mean of high, low and close. While no bar of the session has had a volume, as
with currency pairs, all bars weigh the same.
"""

from array import array

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS: tuple[str, ...] = ()
STATE = (
    ("value", "f8", 1),
    ("money", "f8", 1),
    ("volume", "f8", 1),
    ("plain", "f8", 1),
    ("session", "i8", 1),
    ("bars", "i8", 1),
)


def weigh(d: "array[float]", at: int, row: Row, bars: int) -> None:
    """Take one bar into an average weighted by volume.

    Args:
        d: Holds, from `at` on: the average, price times volume, volume, and the sum of prices; changed in place.
        at: Where in `d`.
        row: The bar.
        bars: Bars taken before it; 0 begins anew.
    """
    if bars == 0:
        d[at + 1] = 0.0
        d[at + 2] = 0.0
        d[at + 3] = 0.0
    typical = (row.high + row.low + row.close) / 3.0
    # A volume of NaN is one that nobody knows.
    if row.volume > 0.0:
        d[at + 1] += typical * row.volume
        d[at + 2] += row.volume
    d[at + 3] += typical
    if d[at + 2] > 0.0:
        d[at] = d[at + 1] / d[at + 2]
    else:
        d[at] = d[at + 3] / (bars + 1.0)


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the session's average in price units, never NaN."""
    d, q = state.d, state.q
    if q[0] != row.session_open:
        q[0] = row.session_open
        q[1] = 0
    weigh(d, 0, row, q[1])
    q[1] += 1
    return d[0]
