"""Protective orders in the kernels: where stops and target stand, and bringing them there."""

from typing import Any

from openbell.core.codes import Code
from openbell.parts.kernels.arith import CEIL, FLOOR, ratio
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.floor import amend, claim, has_stale_exit, leaves, send
from openbell.parts.kernels.judge import judge_exit
from openbell.parts.kernels.layout import (
    ALERTS,
    COLLAR,
    EXIT,
    EXPOSED,
    LANE_ROWS,
    LANES,
    LIMIT,
    O_AT_PX,
    O_GROUP,
    O_KIND,
    O_LIVE,
    O_PAIR,
    O_PARENT,
    O_PX,
    O_REASON,
    O_STATE,
    O_TRAIL,
    O_TYPE,
    OF_RANGE,
    ONE,
    OPEN,
    P_ENTRIES,
    P_PARENT,
    P_QTY,
    P_RANGE,
    P_SHADE,
    P_STOP_DEN,
    P_STOP_NUM,
    P_STOP_OF,
    P_TAKE_DEN,
    P_TAKE_NUM,
    P_THING,
    P_TRAIL_DEN,
    P_TRAIL_NUM,
    P_TRAIL_OF,
    RATE,
    STALE_EXIT,
    STATUS,
    STOP,
    T_COUNT,
    TRAILING,
    Ints,
)
from openbell.parts.kernels.prices import average, measure, on_tick, tick_at

STOP_LOSS, TAKE_PROFIT, TRAILING_STOP = int(Code.STOP_LOSS), int(Code.TAKE_PROFIT), int(Code.TRAILING_STOP)


@kernel
def guard(g: Ints, log: Ints, pair: int) -> None:
    """Bring a holding's stop, trailing stop and target to where they should be."""
    stop, trail, take = g[P_STOP_NUM, pair], g[P_TRAIL_NUM, pair], g[P_TAKE_NUM, pair]
    if g[P_QTY, pair] == 0 or (stop == 0 and trail == 0 and take == 0):
        return
    thing, entry = g[P_THING, pair], average(g, pair)
    sign = 1 if g[P_QTY, pair] > 0 else -1
    has_stop = stop == 0 and trail == 0
    away = stop * measure(g, pair, g[P_STOP_OF, pair], entry)
    if away != 0:
        den = g[P_STOP_DEN, pair]
        px = on_tick(g, thing, entry * den - sign * away, den, FLOOR if sign > 0 else CEIL)
        has_stop = px > 0
        _place(g, log, pair, STOP, px, 0)
    away = trail * measure(g, pair, g[P_TRAIL_OF, pair], entry)
    if away != 0:
        tick = tick_at(g, thing, entry, ONE)
        away = ratio(away, g[P_TRAIL_DEN, pair] * tick, CEIL) * tick
        px = on_tick(g, thing, entry - sign * away, ONE, FLOOR if sign > 0 else CEIL)
        has_stop = has_stop or px > 0
        _place(g, log, pair, TRAILING, px, away)
    if not has_stop or (g[P_SHADE, pair] >= 0 and g[P_RANGE, pair] == 0):
        # Somebody is told that nothing protects what is held.
        g[ALERTS, 0] += 1
    if take != 0:
        den = g[P_TAKE_DEN, pair]
        px = on_tick(g, thing, entry * (den + sign * take), den, CEIL if sign > 0 else FLOOR)
        _place(g, log, pair, LIMIT, px, 0)


@kernel
def _adjust(g: Ints, slot: int, lots: int, px: int, trail: int) -> None:
    """Bring a standing protective order to what is held, and to its price where it has one of its own."""
    kind, pair = g[O_TYPE, slot], g[O_PAIR, slot]
    if kind == TRAILING:
        # It has moved on by itself: a change of its size must not loosen it.
        if lots > leaves(g, slot):
            if g[O_LIVE, slot] == 1:
                g[O_TRAIL, slot] = trail
            amend(g, slot, lots, g[O_AT_PX, slot])
    elif kind == STOP and g[P_STOP_OF, pair] == OF_RANGE and lots == leaves(g, slot):
        # Placed by the true range of its entry: it neither follows the range nor gives way to it.
        return
    elif g[O_PX, slot] != px or lots > leaves(g, slot):
        amend(g, slot, lots, px)


@kernel
def _standing(g: Ints, pair: int, kind: int) -> Any:
    """Return the slot of the holding's protective order of a type, -1 for none."""
    thing = g[P_THING, pair]
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        is_exit = g[O_PAIR, slot] == pair and g[O_KIND, slot] == EXIT and g[O_TYPE, slot] == kind
        if is_exit and g[O_GROUP, slot] == g[P_ENTRIES, pair]:
            return slot
    return -1


@kernel
def _place(g: Ints, log: Ints, pair: int, kind: int, px: int, trail: int) -> None:
    if px <= 0:
        return
    lots, side = abs(g[P_QTY, pair]), -1 if g[P_QTY, pair] > 0 else 1
    slot = _standing(g, pair, kind)
    if slot >= 0:
        if g[O_STATE, slot] == OPEN:
            _adjust(g, slot, lots, px, trail)
        return
    if has_stale_exit(g, pair, side):
        # The gate would refuse it, because the older one still seems to reduce the same holding.
        g[STATUS, 0] = STALE_EXIT
        return
    slot = claim(g, pair, EXIT, side, lots)
    if slot >= 0:
        if (g[COLLAR, 0] >= 0 or g[RATE, 0] >= 0) and judge_exit(g, pair, side, px if kind == LIMIT else 0) != 0:
            # The plain engine gets out of what it cannot protect.
            g[STATUS, 0] = EXPOSED
            return
        g[O_TYPE, slot], g[O_PX, slot], g[O_PARENT, slot] = kind, px, g[P_PARENT, pair]
        g[O_TRAIL, slot] = trail
        g[O_REASON, slot] = TAKE_PROFIT if kind == LIMIT else TRAILING_STOP if kind == TRAILING else STOP_LOSS
        send(g, log, slot)
