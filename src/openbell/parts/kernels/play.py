"""Plays a bar in the kernels: the path, what executes on it, and what the engine does about each fill."""

from numba import njit

from openbell.parts.kernels.arith import CEIL, FLOOR, ratio, ticks
from openbell.parts.kernels.floor import remove, shrink_group, sweep
from openbell.parts.kernels.gate import watch
from openbell.parts.kernels.layout import (
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    ENTRY,
    EVENTS,
    EXIT,
    F_FEE,
    F_LOTS,
    F_MAKER,
    F_ORDER,
    F_PAIR,
    F_PX,
    F_SIDE,
    F_TIME,
    F_TS,
    FILLS,
    LIMIT,
    LOG_FULL,
    M_OPEN_TS,
    M_PLACE,
    M_TS,
    MARKET,
    NET_MISMATCH,
    O_DEAD,
    O_INDEX,
    O_KIND,
    O_LOTS,
    O_PAIR,
    O_PX,
    O_RESTED,
    O_SIDE,
    O_SINCE,
    O_TYPE,
    P_PARENT,
    P_THING,
    STATUS,
    STOP,
    T_COUNT,
    T_NET,
    T_STEPS,
    V_PATH,
    V_SLIP_DEN,
    V_SLIP_NUM,
    V_THROUGH,
    State,
)
from openbell.parts.kernels.ledger import charge, settle, trade
from openbell.parts.kernels.protect import guard, settle_changes


@njit(cache=True)
def play(s: State, event: int) -> None:
    """Execute what a bar executes, phase by phase."""
    m = s.events
    thing = m[event, M_PLACE]
    if s.things[T_COUNT, thing] == 0 or not _is_touched(s, event, thing):
        return
    open_, high, low, close = s.bars[event, B_OPEN], s.bars[event, B_HIGH], s.bars[event, B_LOW], s.bars[event, B_CLOSE]
    third = (m[event, M_TS] - m[event, M_OPEN_TS]) // 3
    _leg(s, event, open_, open_, m[event, M_OPEN_TS])
    settle_changes(s, thing)
    if _is_low_first(s, thing):
        first, second = low, high
    else:
        first, second = high, low
    _leg(s, event, open_, first, m[event, M_OPEN_TS] + third)
    settle_changes(s, thing)
    _leg(s, event, first, second, m[event, M_OPEN_TS] + 2 * third)
    settle_changes(s, thing)
    _leg(s, event, second, close, m[event, M_TS])
    settle_changes(s, thing)


@njit(cache=True)
def _is_touched(s: State, event: int, thing: int) -> bool:
    o = s.orders
    steps = s.things[T_STEPS, thing]
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_TYPE, slot] == MARKET:
            return True
        edge = o[O_PX, slot] / steps
        falls = (o[O_TYPE, slot] == STOP) == (o[O_SIDE, slot] < 0)
        if (falls and s.bars[event, B_LOW] <= edge) or (not falls and s.bars[event, B_HIGH] >= edge):
            return True
    return False


@njit(cache=True)
def _is_low_first(s: State, thing: int) -> bool:
    if s.venue[V_PATH] != 0:
        return s.venue[V_PATH] == 1
    net = s.things[T_NET, thing]
    if net != 0:
        return net > 0
    o = s.orders
    for place in range(s.things[T_COUNT, thing]):
        if o[O_SIDE, s.slots[thing, place]] > 0:
            return False
    return True


@njit(cache=True)
def _leg(s: State, event: int, start: float, end: float, moment: int) -> None:
    """Execute what can execute on one piece of the path, nearest first."""
    m, o = s.events, s.orders
    thing = m[event, M_PLACE]
    sweep(s)
    while True:
        best = -1
        best_way, best_px, best_maker = 0.0, 0, False
        for place in range(s.things[T_COUNT, thing]):
            slot = s.slots[thing, place]
            if o[O_SINCE, slot] > m[event, M_OPEN_TS] or o[O_DEAD, slot] == 1:
                continue
            is_hit, way, px, is_maker = _match(s, thing, slot, start, end)
            if is_hit and (best < 0 or way < best_way):
                best, best_way, best_px, best_maker = slot, way, px, is_maker
        if best < 0:
            break
        _execute(s, event, best, best_px, best_maker, moment)
        if s.account[STATUS] != 0:
            return
    for place in range(s.things[T_COUNT, thing]):
        o[O_RESTED, s.slots[thing, place]] = 1


@njit(cache=True)
def _match(s: State, thing, slot, start, end):  # type: ignore[no-untyped-def]  # numba infers the types
    """Return (does it execute, how far along, price in quanta, was it resting)."""
    o, v = s.orders, s.venue
    steps = s.things[T_STEPS, thing]
    side, half = o[O_SIDE, slot], s.half_spread[0]
    against = CEIL if side > 0 else FLOOR
    if o[O_TYPE, slot] == MARKET:
        return True, 0.0, _taken(s, ticks(start + start * half * side, steps, against), side), False
    edge = o[O_PX, slot] / steps
    if o[O_TYPE, slot] == LIMIT:
        first, last = start + start * half * side, end + end * half * side
        if (first <= edge) if side > 0 else (first >= edge):
            px = ticks(first, steps, against)
            px = min(px, o[O_PX, slot]) if side > 0 else max(px, o[O_PX, slot])
            return True, 0.0, px, o[O_RESTED, slot] == 1
        reached = (last <= edge) if side > 0 else (last >= edge)
        if v[V_THROUGH] == 1 and last == edge:
            reached = False
        return reached, _share(first, last, edge), o[O_PX, slot], True
    if (start >= edge) if side > 0 else (start <= edge):
        return True, 0.0, _taken(s, ticks(start + start * half * side, steps, against), side), False
    if (end >= edge) if side > 0 else (end <= edge):
        return True, _share(start, end, edge), _taken(s, ticks(edge + edge * half * side, steps, against), side), False
    return False, 0.0, 0, False


@njit(cache=True)
def _share(start: float, end: float, edge: float) -> float:
    return (edge - start) / (end - start) if end != start else 0.0


@njit(cache=True)
def _taken(s: State, px: int, side: int) -> int:
    """Return a price in quanta with slippage, rounded against us."""
    v = s.venue
    if v[V_SLIP_NUM] == 0:
        return px
    return ratio(px * (v[V_SLIP_DEN] + side * v[V_SLIP_NUM]), v[V_SLIP_DEN], CEIL if side > 0 else FLOOR)


@njit(cache=True)
def _execute(s: State, event: int, slot: int, px: int, is_maker: bool, moment: int) -> None:
    a, o, m, t = s.account, s.orders, s.events, s.things
    pair, side, lots, kind = o[O_PAIR, slot], o[O_SIDE, slot], o[O_LOTS, slot], o[O_KIND, slot]
    thing, ts = s.pairs[P_THING, pair], m[event, M_TS]
    if kind == EXIT and -side * t[T_NET, thing] < lots:
        # The account's holding and this deployment's part: the plain engine sorts that out.
        a[STATUS] = NET_MISMATCH
        return
    if a[FILLS] >= s.fill_log.shape[0]:
        a[STATUS] = LOG_FULL
        return
    t[T_NET, thing] += side * lots
    if kind == ENTRY:
        s.pairs[P_PARENT, pair] = o[O_INDEX, slot]
    index = o[O_INDEX, slot]
    if kind == EXIT:
        shrink_group(s, slot, lots)
    remove(s, thing, slot)
    a[EVENTS] += 1
    trade(s, pair, side * lots, px, ts)
    cost = charge(s, pair, lots, px, is_maker)
    settle(s)
    row = s.fill_log[a[FILLS]]
    a[FILLS] += 1
    row[F_TS], row[F_TIME], row[F_ORDER], row[F_PAIR], row[F_SIDE] = ts, moment, index, pair, side
    row[F_LOTS], row[F_PX], row[F_FEE], row[F_MAKER] = lots, px, cost, 1 if is_maker else 0
    guard(s, pair, ts)
    watch(s, ts)


