"""Prices in the kernels: what was paid, the ticks around a price, how far its stop is."""

from typing import Any

from openbell.parts.kernels.arith import CEIL, HALF_EVEN, ratio
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.layout import (
    LANE_ROWS,
    LANES,
    OF_PRICE,
    OF_RANGE,
    ONE,
    P_COST,
    P_QTY,
    P_RANGE,
    P_STOP_DEN,
    P_STOP_NUM,
    P_STOP_OF,
    P_THING,
    P_TRAIL_DEN,
    P_TRAIL_NUM,
    P_TRAIL_OF,
    T_BANDS,
    T_K_DEN,
    T_K_NUM,
    Ints,
)


@kernel
def average(g: Ints, pair: int) -> int:
    """Return the average entry price of a holding in quanta, half-even."""
    thing = g[P_THING, pair]
    num, den = g[P_COST, pair] * g[T_K_DEN, thing], g[P_QTY, pair] * g[T_K_NUM, thing]
    return ratio(num, den, HALF_EVEN) if den > 0 else ratio(-num, -den, HALF_EVEN)


@kernel
def tick_at(g: Ints, thing: int, num: int, den: int) -> Any:
    """Return the order tick, in quanta, at the price `num / den` (quanta)."""
    above = LANES + LANE_ROWS * thing + 1
    tick = g[above + 1, 0]
    for band in range(1, g[T_BANDS, thing]):
        if g[above, band] * den > num:
            break
        tick = g[above + 1, band]
    return tick


@kernel
def on_tick(g: Ints, thing: int, num: int, den: int, rounding: int) -> Any:
    """Return the price `num / den` (quanta) on the order tick grid, in quanta."""
    tick = tick_at(g, thing, num, den)
    return ratio(num, den * tick, rounding) * tick


@kernel
def stop_distance(g: Ints, pair: int, px: int) -> int:
    """Return how far from an entry at `px` the nearer stop will stand, in quanta; 0 for none."""
    stop = g[P_STOP_NUM, pair] * measure(g, pair, g[P_STOP_OF, pair], px)
    trail = g[P_TRAIL_NUM, pair] * measure(g, pair, g[P_TRAIL_OF, pair], px)
    if stop == 0 and trail == 0:
        return 0
    tick = tick_at(g, g[P_THING, pair], px, ONE)
    near, away = ratio(stop, g[P_STOP_DEN, pair] * tick, CEIL), ratio(trail, g[P_TRAIL_DEN, pair] * tick, CEIL)
    if stop == 0 or (trail != 0 and away < near):
        near = away
    return near * tick  # type: ignore[no-any-return]  # whole numbers


@kernel
def measure(g: Ints, pair: int, of: int, px: int) -> int:
    """Return what a distance is a share of, quanta: the price, the true range, or one."""
    if of == OF_PRICE:
        return px
    found: int = g[P_RANGE, pair] if of == OF_RANGE else ONE
    return found
