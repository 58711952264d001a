"""True range: how far a bar reached, the gap from the close before it included."""

import math
from array import array

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.atr import true_range
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS: tuple[str, ...] = ()
STATE = (("close", "f8", 1), ("bars", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return its range in price units, NaN for the first bar."""
    found = true_range(row.high, row.low, state.d[0]) if state.q[0] > 0 else math.nan
    state.d[0] = row.close
    state.q[0] += 1
    return found
