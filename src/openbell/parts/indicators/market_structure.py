"""Swing highs and lows, the closes that break them, and the order block each break leaves.

A swing high is a high above those of the `left` bars before and not below those of the `right` bars after it, known
when the last of these has closed; it never changes afterwards. A close beyond the latest swing level breaks it, once:
with the trend (or the first of all) it is a break of structure, against it a change of character that turns the trend.
The order block of a rising break is the bar with the lowest low between the broken swing and the break; of a falling
one that with the highest high.
"""

import math
from array import array

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `left` and `right`, bars before and after a swing, at least 1 and 2."""

    left: int = Field(default=5, ge=1)
    right: int = Field(default=5, ge=2)

    @property
    def window(self) -> int:
        """Bars that tell whether the one in their middle is a swing."""
        return self.left + self.right + 1


PARAMS = ("left", "right")
STATE = (
    ("swing_high", "f8", 1),
    ("swing_low", "f8", 1),
    ("trend", "f8", 1),
    ("block_bottom", "f8", 1),
    ("block_top", "f8", 1),
    ("candidates", "f8", 4),
    ("highs", "f8", "window"),
    ("lows", "f8", "window"),
    ("bars", "i8", 1),
    ("place", "i8", 1),
    ("is_open", "i8", 2),
)
HIGHS = 9
"""Where the ring of highs begins in `d`; that of lows follows it."""


def is_swing(d: "array[float]", start: int, oldest: int, left: int, right: int, sign: float) -> bool:
    """Return True if the bar `left` after the oldest of a ring is a swing.

    Args:
        d: Holds a ring of `left` + `right` + 1 prices.
        start: Where the ring begins in `d`.
        oldest: Place of its oldest price.
        left: Bars before.
        right: Bars after.
        sign: 1 for a swing high, -1 for a swing low.
    """
    count = left + right + 1
    middle = oldest + left if oldest + left < count else oldest + left - count
    x, place = sign * d[start + middle], oldest
    for n in range(count):
        other = sign * d[start + place]
        if (n < left and other >= x) or (n > left and other > x):
            return False
        place = after(place, count)
    return True


def seek(d: "array[float]", at: int, oldest: int, left: int, right: int, sign: float) -> None:
    """Put (low, high) of the order block's candidate at `at`.

    It is among the bars after a swing and before the newest; of equal ones the latest.

    Args:
        d: As in `STATE`.
        at: Where to.
        oldest: Place of the oldest bar.
        left: Bars before the swing.
        right: Bars after it, at least 2.
        sign: 1 after a swing high (the lowest low is sought), -1 after a swing low.
    """
    count = left + right + 1
    place = oldest
    for n in range(count - 1):
        high, low = d[HIGHS + place], d[HIGHS + count + place]
        if n > left:
            reach, best = (low, d[at]) if sign > 0.0 else (-high, -d[at + 1])
            if n == left + 1 or reach <= best:
                d[at], d[at + 1] = low, high
        place = after(place, count)


def learn(d: "array[float]", q: "array[int]", left: int, right: int) -> None:
    """Take over a swing that the newest bar confirms."""
    count = left + right + 1
    middle = q[1] + left if q[1] + left < count else q[1] + left - count
    if is_swing(d, HIGHS, q[1], left, right, 1.0):
        d[0], q[2] = d[HIGHS + middle], 1
        seek(d, 5, q[1], left, right, 1.0)
    if is_swing(d, HIGHS + count, q[1], left, right, -1.0):
        d[1], q[3] = d[HIGHS + count + middle], 1
        seek(d, 7, q[1], left, right, -1.0)


def breaks(d: "array[float]", q: "array[int]", close: float) -> float:
    """Return what a close breaks: 1 structure, 2 character, negative downwards, 0 nothing.

    Where it breaks both ways it is the one downwards.
    """
    found = 0.0
    if q[2] == 1 and close > d[0]:
        q[2] = 0
        found = 2.0 if d[2] < 0.0 else 1.0
        d[2], d[3], d[4] = 1.0, d[5], d[6]
    if q[3] == 1 and close < d[1]:
        q[3] = 0
        found = -2.0 if d[2] > 0.0 else -1.0
        d[2], d[3], d[4] = -1.0, d[7], d[8]
    return found


def follow_structure(d: "array[float]", q: "array[int]", row: Row, left: int, right: int) -> float:
    """Take one bar into what `d` and `q` hold as in `STATE`; return what it breaks."""
    count = left + right + 1
    d[HIGHS + q[1]], d[HIGHS + count + q[1]] = row.high, row.low
    q[0] += 1
    q[1] = after(q[1], count)
    if q[0] >= count:
        learn(d, q, left, right)
    found = breaks(d, q, row.close)
    # The bar of the break is no block of its own, but one of the next.
    if row.low <= d[5]:
        d[5], d[6] = row.low, row.high
    if row.high >= d[8]:
        d[7], d[8] = row.low, row.high
    return found


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return 1 for a break of structure, 2 for a change of character.

    Downwards it is negative, without a break 0. It is NaN before `left` + `right` + 1 bars. Levels, trend and the
    latest block stand in `d[0]` to `d[4]`.
    """
    found = follow_structure(state.d, state.q, row, int(params[0]), int(params[1]))
    return found if state.q[0] > params[0] + params[1] else math.nan
