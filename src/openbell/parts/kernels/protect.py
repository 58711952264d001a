"""Protective orders in the kernels: where stop and target stand, and bringing them there after a fill."""

from numba import njit

from openbell.core.codes import Code
from openbell.parts.kernels.arith import CEIL, FLOOR, HALF_EVEN, ratio
from openbell.parts.kernels.floor import protective, submit
from openbell.parts.kernels.layout import (
    CLASHING_CHANGE,
    EVENTS,
    EXIT,
    LIMIT,
    O_CHANGING,
    O_LOTS,
    O_PX,
    P_COST,
    P_PARENT,
    P_QTY,
    P_STOP_DEN,
    P_STOP_NUM,
    P_TAKE_DEN,
    P_TAKE_NUM,
    P_THING,
    STATUS,
    STOP,
    T_BANDS,
    T_COUNT,
    T_K_DEN,
    T_K_NUM,
    T_POSITIVE,
    State,
)

STOP_LOSS, TAKE_PROFIT = int(Code.STOP_LOSS), int(Code.TAKE_PROFIT)


@njit(cache=True)
def average(s: State, pair: int) -> int:
    """Return the average entry price of a holding in quanta, half-even."""
    p, t = s.pairs, s.things
    thing = p[P_THING, pair]
    num, den = p[P_COST, pair] * t[T_K_DEN, thing], p[P_QTY, pair] * t[T_K_NUM, thing]
    return ratio(num, den, HALF_EVEN) if den > 0 else ratio(-num, -den, HALF_EVEN)


@njit(cache=True)
def on_tick(s: State, thing: int, num: int, den: int, rounding: int) -> int:
    """Return the price `num / den` (quanta) on the order tick grid, in quanta."""
    t = s.things
    tick = s.bands[1, thing, 0]
    for band in range(t[T_BANDS, thing]):
        if s.bands[0, thing, band] * den > num:
            break
        tick = s.bands[1, thing, band]
    return ratio(num, den * tick, rounding) * tick


@njit(cache=True)
def guard(s: State, pair: int, ts: int) -> None:
    """Bring a holding's stop and target to where they should be."""
    p = s.pairs
    if p[P_QTY, pair] == 0 or (p[P_STOP_NUM, pair] == 0 and p[P_TAKE_NUM, pair] == 0):
        return
    thing = p[P_THING, pair]
    entry = average(s, pair)
    sign = 1 if p[P_QTY, pair] > 0 else -1
    if p[P_STOP_NUM, pair] != 0:
        den = p[P_STOP_DEN, pair]
        px = on_tick(s, thing, entry * (den - sign * p[P_STOP_NUM, pair]), den, FLOOR if sign > 0 else CEIL)
        _place(s, pair, STOP, px, STOP_LOSS, ts)
    if p[P_TAKE_NUM, pair] != 0:
        den = p[P_TAKE_DEN, pair]
        px = on_tick(s, thing, entry * (den + sign * p[P_TAKE_NUM, pair]), den, CEIL if sign > 0 else FLOOR)
        _place(s, pair, LIMIT, px, TAKE_PROFIT, ts)


@njit(cache=True)
def _place(s: State, pair, type_, px, reason, ts):  # type: ignore[no-untyped-def]  # numba infers the types
    p, o = s.pairs, s.orders
    if px <= 0 and s.things[T_POSITIVE, p[P_THING, pair]] == 1:
        return
    lots = abs(p[P_QTY, pair])
    slot = protective(s, pair, type_)
    if slot < 0:
        side = -1 if p[P_QTY, pair] > 0 else 1
        submit(s, pair, EXIT, side, lots, type_, px, p[P_PARENT, pair], reason, ts, 0)
        return
    if o[O_PX, slot] == px and lots <= o[O_LOTS, slot]:
        return
    if o[O_CHANGING, slot] == 1:
        s.account[STATUS] = CLASHING_CHANGE
        return
    o[O_PX, slot] = px
    o[O_LOTS, slot] = lots
    o[O_CHANGING, slot] = 1
    s.account[EVENTS] += 1


@njit(cache=True)
def settle_changes(s: State, thing: int) -> None:
    """The answers to changes have come: orders may be changed again."""
    o = s.orders
    for place in range(s.things[T_COUNT, thing]):
        o[O_CHANGING, s.slots[thing, place]] = 0
