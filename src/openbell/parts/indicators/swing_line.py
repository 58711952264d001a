"""Swing line: up or down, and the level at which it turns.

It never changes what it has said. Going up its level is the highest low so far, and a bar wholly below that turns it
down; going down its level is the lowest high so far, and a bar wholly above that turns it up. It begins going down.
"""

from array import array

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS: tuple[str, ...] = ()
STATE = (("value", "f8", 1), ("side", "f8", 1))


def swing(d: "array[float]", at: int, high: float, low: float) -> None:
    """Take one bar into a swing line.

    Args:
        d: Holds the level and, after it, the side: 1 up, -1 down, 0 before the first bar; changed in place.
        at: Where in `d`.
        high: Of the bar.
        low: Of the bar.
    """
    if d[at + 1] == 0.0:
        d[at + 1] = -1.0
        d[at] = high
    elif d[at + 1] > 0.0:
        if low > d[at]:
            d[at] = low
        if high < d[at]:
            d[at + 1] = -1.0
            d[at] = high
    else:
        if high < d[at]:
            d[at] = high
        if low > d[at]:
            d[at + 1] = 1.0
            d[at] = low


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the level in price units, never NaN; `d[1]` is 1 going up, -1 down."""
    swing(state.d, 0, row.high, row.low)
    return state.d[0]
