"""Average true ranges in the kernels: worked out where exits are measured in them."""

import math
from typing import Any

from openbell.parts.indicators import atr
from openbell.parts.kernels.arith import HALF_EVEN, ticks
from openbell.parts.kernels.compiling import RowView, StateView, kernel
from openbell.parts.kernels.layout import P_QTY, P_RANGE, P_THING, T_STEPS, Ints
from openbell.parts.kernels.protect import guard

average_true_range = atr.step


def step(state: StateView, params: Any, row: RowView) -> tuple[float, int]:
    """Answer with the range (quote currency, NaN while unknown) in place of a target."""
    return average_true_range(state, params, row), 0  # type: ignore[arg-type]  # views of the same arrays


@kernel
def feel(g: Ints, log: Ints, pair: int, value: float) -> None:
    """Take note of a pair's range (quote currency); protect what has waited for it."""
    g[P_RANGE, pair] = 0 if math.isnan(value) else ticks(value, g[T_STEPS, g[P_THING, pair]], HALF_EVEN)
    if g[P_QTY, pair] != 0 and g[P_RANGE, pair] != 0:
        guard(g, log, pair)
