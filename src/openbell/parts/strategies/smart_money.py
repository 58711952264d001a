"""Goes with a break of structure when the price comes back to the order block it left.

After a break upwards it waits for a bar that reaches down into the block and buys; after one downwards it sells the
same way. A close beyond the far side of the block ends the wait and the position, and so does a break the other way.
Confidence is 1 after a break with the trend, 0.5 after one against it. It demonstrates these words; no edge is claimed.
"""

import math
from array import array

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.market_structure import HIGHS, follow_structure
from openbell.schema import Fraction, PartConfig, parse_fraction


class Config(PartConfig):
    """Options: `left` and `right`, bars before and after a swing; `min_confidence`, 0 to 1."""

    left: int = Field(default=5, ge=1)
    right: int = Field(default=5, ge=2)
    min_confidence: Fraction = Field(default=parse_fraction("0%"), ge=0, le=1)

    @property
    def window(self) -> int:
        """Bars that tell whether the one in their middle is a swing."""
        return self.left + self.right + 1


PARAMS = ("left", "right", "min_confidence")
STATE = (
    ("swing_high", "f8", 1),
    ("swing_low", "f8", 1),
    ("trend", "f8", 1),
    ("block_bottom", "f8", 1),
    ("block_top", "f8", 1),
    ("candidates", "f8", 4),
    ("highs", "f8", "window"),
    ("lows", "f8", "window"),
    ("confidence", "f8", 1),
    ("bars", "i8", 1),
    ("place", "i8", 1),
    ("is_open", "i8", 2),
    ("target", "i8", 1),
    ("awaited", "i8", 1),
)

WARMING_UP = int(Code.WARMING_UP)


def come_back(d: "array[float]", q: "array[int]", row: Row) -> None:
    """Follow what is awaited and what is held to their block, where there was no break."""
    if q[5] > 0 and row.low <= d[4]:
        q[4], q[5] = 1, 0
    elif q[5] < 0 and row.high >= d[3]:
        q[4], q[5] = -1, 0
    if (d[2] > 0.0 and row.close < d[3]) or (d[2] < 0.0 and row.close > d[4]):
        q[4], q[5] = 0, 0


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason, NaN while warming up."""
    d, q = state.d, state.q
    left, right = int(params[0]), int(params[1])
    before = q[4]
    confidence = HIGHS + 2 * (left + right + 1)
    found = follow_structure(d, q, row, left, right)
    if q[0] <= left + right:
        return math.nan, WARMING_UP
    if found != 0.0:
        side = 1 if found > 0.0 else -1
        d[confidence] = 1.0 if abs(found) == 1.0 else 0.5
        q[5] = side if d[confidence] >= params[2] else 0
        if before * side < 0:
            q[4] = 0
    else:
        come_back(d, q, row)
    return float(q[4]), signal(float(q[4]), float(before))
