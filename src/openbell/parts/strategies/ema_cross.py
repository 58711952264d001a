"""Long after the fast average has crossed above the slow one.

It is flat (or short) after it has crossed below. Averages are seeded with the first close. Crosses count from bar
`slow` on; a fast average that is already above the slow one by then has not crossed, so nothing is bought.
"""

import math
from array import array

from pydantic import model_validator

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.ema import follow
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `fast` and `slow` in bars, 1 <= fast < slow."""

    fast: int = 12
    slow: int = 26

    @model_validator(mode="after")
    def _ordered(self) -> "Config":
        if not 1 <= self.fast < self.slow:
            raise ValueError(f"fast ({self.fast}) must be at least 1 and below slow ({self.slow})")
        return self


PARAMS = ("fast", "slow")
STATE = (("fast", "f8", 1), ("slow", "f8", 1), ("bars", "i8", 1), ("above", "i8", 1), ("target", "i8", 1))

WARMING_UP = int(Code.WARMING_UP)
NO_SIGNAL = int(Code.NO_SIGNAL)
CROSS_UP = int(Code.CROSS_UP)
CROSS_DOWN = int(Code.CROSS_DOWN)


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason.

    The target is 1 after a cross up, -1 after a cross down, 0 before any, NaN while warming up.
    """
    d, q = state.d, state.q
    close = row.close
    bars = q[0]
    if bars == 0:
        fast = close
        slow = close
    else:
        fast = follow(d[0], close, params[0])
        slow = follow(d[1], close, params[1])
    d[0] = fast
    d[1] = slow
    above = 1 if fast > slow else 0
    has_crossed = above != q[1]
    q[0] = bars + 1
    q[1] = above
    if bars < params[1]:
        return math.nan, WARMING_UP
    if has_crossed:
        q[2] = 1 if above == 1 else -1
        return float(q[2]), CROSS_UP if above == 1 else CROSS_DOWN
    return float(q[2]), NO_SIGNAL
