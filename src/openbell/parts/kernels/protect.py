"""Protective orders in the kernels: where stop and target stand, and bringing them there."""

from typing import Any

from openbell.core.codes import Code
from openbell.parts.kernels.arith import CEIL, FLOOR
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.floor import amend, claim, has_stale_exit, leaves, send
from openbell.parts.kernels.judge import judge_exit
from openbell.parts.kernels.layout import (
    COLLAR,
    EXIT,
    EXPOSED,
    LANE_ROWS,
    LANES,
    LIMIT,
    O_GROUP,
    O_KIND,
    O_PAIR,
    O_PARENT,
    O_PX,
    O_REASON,
    O_STATE,
    O_TYPE,
    OPEN,
    P_ENTRIES,
    P_PARENT,
    P_QTY,
    P_STOP_DEN,
    P_STOP_NUM,
    P_TAKE_DEN,
    P_TAKE_NUM,
    P_THING,
    RATE,
    STALE_EXIT,
    STATUS,
    STOP,
    T_COUNT,
    Ints,
)
from openbell.parts.kernels.prices import average, on_tick

STOP_LOSS, TAKE_PROFIT = int(Code.STOP_LOSS), int(Code.TAKE_PROFIT)


@kernel
def guard(g: Ints, log: Ints, pair: int) -> None:
    """Bring a holding's stop and target to where they should be."""
    stop, take = g[P_STOP_NUM, pair], g[P_TAKE_NUM, pair]
    if g[P_QTY, pair] == 0 or (stop == 0 and take == 0):
        return
    thing, entry = g[P_THING, pair], average(g, pair)
    sign = 1 if g[P_QTY, pair] > 0 else -1
    if stop != 0:
        den = g[P_STOP_DEN, pair]
        px = on_tick(g, thing, entry * (den - sign * stop), den, FLOOR if sign > 0 else CEIL)
        _place(g, log, pair, STOP, px)
    if take != 0:
        den = g[P_TAKE_DEN, pair]
        px = on_tick(g, thing, entry * (den + sign * take), den, CEIL if sign > 0 else FLOOR)
        _place(g, log, pair, LIMIT, px)


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
def _place(g: Ints, log: Ints, pair: int, kind: int, px: int) -> None:
    if px <= 0:
        return
    lots, side = abs(g[P_QTY, pair]), -1 if g[P_QTY, pair] > 0 else 1
    slot = _standing(g, pair, kind)
    if slot >= 0:
        if g[O_STATE, slot] == OPEN and (g[O_PX, slot] != px or lots > leaves(g, slot)):
            amend(g, slot, lots, px)
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
        g[O_REASON, slot] = STOP_LOSS if kind == STOP else TAKE_PROFIT
        send(g, log, slot)
