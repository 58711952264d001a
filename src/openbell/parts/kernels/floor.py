"""Orders in the kernels: slots by instrument in order of arrival, their birth, change and end."""

from numba import njit

from openbell.parts.kernels.layout import (
    COUNTER,
    DEAD,
    ENTRIES,
    ENTRY,
    EVENTS,
    EXIT,
    L_LOTS,
    L_PAIR,
    L_PARENT,
    L_PX,
    L_REASON,
    L_REDUCE,
    L_SIDE,
    L_TS,
    L_TYPE,
    LOG_FULL,
    MARKET,
    O_CHANGING,
    O_DEAD,
    O_FREE,
    O_INDEX,
    O_KIND,
    O_LOTS,
    O_PAIR,
    O_PX,
    O_RESTED,
    O_SIDE,
    O_SINCE,
    O_TYPE,
    P_LAST_LOTS,
    P_LAST_SIDE,
    P_LAST_TS,
    P_THING,
    STATUS,
    T_COUNT,
    TOO_MANY_ORDERS,
    TOP,
    State,
)


@njit(cache=True)
def submit(s: State, pair, kind, side, lots, type_, px, parent, reason, ts, since):  # type: ignore[no-untyped-def]  # numba infers the types
    """Send an order: log it, give it a slot and count its acknowledgement."""
    a, o = s.account, s.orders
    thing = s.pairs[P_THING, pair]
    if s.account[TOP] == 0 or s.things[T_COUNT, thing] >= s.slots.shape[1]:
        a[STATUS] = TOO_MANY_ORDERS
        return
    if a[COUNTER] >= s.order_log.shape[0]:
        a[STATUS] = LOG_FULL
        return
    row = s.order_log[a[COUNTER]]
    a[COUNTER] += 1
    row[L_TS], row[L_PAIR], row[L_SIDE], row[L_LOTS] = ts, pair, side, lots
    row[L_TYPE], row[L_PX], row[L_PARENT], row[L_REASON], row[L_REDUCE] = type_, px, parent, reason, kind
    s.account[TOP] -= 1
    slot = o[O_FREE, s.account[TOP]]
    o[O_PAIR, slot], o[O_TYPE, slot], o[O_KIND, slot], o[O_SIDE, slot] = pair, type_, kind, side
    o[O_LOTS, slot], o[O_PX, slot], o[O_INDEX, slot], o[O_SINCE, slot] = lots, px, a[COUNTER], since
    o[O_RESTED, slot], o[O_CHANGING, slot], o[O_DEAD, slot] = 0, 0, 0
    s.slots[thing, s.things[T_COUNT, thing]] = slot
    s.things[T_COUNT, thing] += 1
    a[EVENTS] += 1
    if kind == ENTRY:
        a[ENTRIES] += 1
        s.pairs[P_LAST_TS, pair], s.pairs[P_LAST_SIDE, pair], s.pairs[P_LAST_LOTS, pair] = ts, side, lots


@njit(cache=True)
def remove(s: State, thing: int, slot: int) -> None:
    """Take an order off its instrument's list and free its slot."""
    o = s.orders
    count = s.things[T_COUNT, thing]
    place = 0
    while s.slots[thing, place] != slot:
        place += 1
    for i in range(place, count - 1):
        s.slots[thing, i] = s.slots[thing, i + 1]
    s.slots[thing, count - 1] = -1
    s.things[T_COUNT, thing] = count - 1
    o[O_FREE, s.account[TOP]] = slot
    s.account[TOP] += 1


@njit(cache=True)
def cancel(s: State, thing: int, slot: int) -> None:
    """Cancel an order; the confirmation is one event."""
    remove(s, thing, slot)
    s.account[EVENTS] += 1


@njit(cache=True)
def cancel_kind(s: State, pair: int, kind: int) -> None:
    """Cancel a pair's market entries or exits: dead at the venue at once, forgotten with the next answers."""
    o = s.orders
    thing = s.pairs[P_THING, pair]
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_PAIR, slot] == pair and o[O_KIND, slot] == kind and o[O_TYPE, slot] == MARKET and o[O_DEAD, slot] == 0:
            o[O_DEAD, slot] = 1
            s.account[DEAD] += 1
            s.account[EVENTS] += 1


@njit(cache=True)
def sweep(s: State) -> None:
    """The confirmations of cancels have come: forget what is dead."""
    o = s.orders
    if s.account[DEAD] == 0:
        return
    s.account[DEAD] = 0
    for thing in range(s.things.shape[1]):
        place = 0
        while place < s.things[T_COUNT, thing]:
            slot = s.slots[thing, place]
            if o[O_DEAD, slot] == 1:
                remove(s, thing, slot)
            else:
                place += 1


@njit(cache=True)
def cancel_all_entries(s: State) -> None:
    """Cancel every entry of the account."""
    for pair in range(s.pairs.shape[1]):
        cancel_kind(s, pair, ENTRY)


@njit(cache=True)
def shrink_group(s: State, done: int, lots: int) -> None:
    """A filled exit shrinks the other exits of its pair; what shrinks to nothing is cancelled."""
    o = s.orders
    pair = o[O_PAIR, done]
    thing = s.pairs[P_THING, pair]
    place = 0
    while place < s.things[T_COUNT, thing]:
        slot = s.slots[thing, place]
        if slot == done or o[O_PAIR, slot] != pair or o[O_KIND, slot] != EXIT or o[O_DEAD, slot] == 1:
            place += 1
        elif o[O_LOTS, slot] <= lots:
            cancel(s, thing, slot)
        else:
            o[O_LOTS, slot] -= lots
            s.account[EVENTS] += 1
            place += 1


@njit(cache=True)
def pending(s: State, pair: int, kind: int) -> int:
    """Return the lots of a pair's market orders of a kind that may still fill."""
    o = s.orders
    thing = s.pairs[P_THING, pair]
    total = 0
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_PAIR, slot] == pair and o[O_KIND, slot] == kind and o[O_TYPE, slot] == MARKET:
            total += o[O_LOTS, slot]
    return total


@njit(cache=True)
def protective(s: State, pair: int, type_: int) -> int:
    """Return the slot of a pair's protective order of a type, -1 for none."""
    o = s.orders
    thing = s.pairs[P_THING, pair]
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_PAIR, slot] == pair and o[O_KIND, slot] == EXIT and o[O_TYPE, slot] == type_:
            return slot
    return -1
