"""Orders in the kernels: their slots, and what goes from the engine to the venue and back.

As in the plain engine, the venue changes an order at once and its answer waits: the engine goes on as if it did not
know until `answers.deliver` brings it.
"""

from typing import Any

from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.conduct import judge_flow, note_sent
from openbell.parts.kernels.layout import (
    BUSIES,
    BUSY,
    C_ORDERS,
    CANCELLING,
    CANCELS,
    CLOCK,
    COLUMNS,
    COUNTER,
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
    L_TRAIL,
    L_TS,
    L_TYPE,
    LANE_ROWS,
    LANES,
    LOG_FULL,
    MARKET,
    O_ARRIVAL,
    O_AT_LOTS,
    O_AT_PX,
    O_FREE,
    O_GROUP,
    O_INDEX,
    O_KIND,
    O_LIVE,
    O_LOTS,
    O_PAIR,
    O_PARENT,
    O_PX,
    O_REASON,
    O_RESTED,
    O_SENT,
    O_SIDE,
    O_SINCE,
    O_STATE,
    O_TRAIL,
    O_TYPE,
    O_WANT,
    OPEN,
    ORDERS,
    P_DEPLOYMENT,
    P_ENTRIES,
    P_LAST_LOTS,
    P_LAST_SIDE,
    P_LAST_TS,
    P_QTY,
    P_THING,
    PLAYING,
    Q_KIND,
    Q_LOTS,
    Q_PAIR,
    Q_PX,
    Q_SLOT,
    Q_WHAT,
    RATE,
    REPLACING,
    SAY_CANCELLED,
    SAY_CANNOT_CANCEL,
    SAY_REDUCED,
    SAY_REPLACED,
    SAY_TOO_LATE,
    STATUS,
    T_BUSY,
    T_COUNT,
    T_MARK,
    T_MOST_LOTS,
    TAIL,
    TOO_LARGE,
    TOO_MANY_ORDERS,
    TOP,
    Ints,
)


@kernel
def claim(g: Ints, pair: int, kind: int, side: int, lots: int) -> Any:
    """Return the slot of a market order that is still to be sent, -1 where none is left."""
    thing = g[P_THING, pair]
    if g[TOP, 0] == 0:
        g[STATUS, 0] = TOO_MANY_ORDERS
        return -1
    if lots > g[T_MOST_LOTS, thing]:
        g[STATUS, 0] = TOO_LARGE
        return -1
    slot = g[O_FREE, g[TOP, 0] - 1]
    g[O_PAIR, slot], g[O_KIND, slot] = pair, kind
    g[O_SIDE, slot], g[O_LOTS, slot] = side, lots
    g[O_TYPE, slot], g[O_PX, slot] = MARKET, 0
    g[O_PARENT, slot], g[O_REASON, slot], g[O_TRAIL, slot] = 0, 0, 0
    return slot


@kernel
def send(g: Ints, log: Ints, slot: int) -> None:
    """Send a claimed order: log it, list it, and count its acknowledgement."""
    pair, now, number = g[O_PAIR, slot], g[CLOCK, 0], g[COUNTER, 0]
    thing, kind = g[P_THING, pair], g[O_KIND, slot]
    if number >= log.shape[1]:
        g[STATUS, 0] = LOG_FULL
        return
    row = log[ORDERS, number]
    row[L_TS], row[L_PAIR] = now, pair
    row[L_SIDE], row[L_LOTS] = g[O_SIDE, slot], g[O_LOTS, slot]
    row[L_TYPE], row[L_PX], row[L_PARENT] = g[O_TYPE, slot], g[O_PX, slot], g[O_PARENT, slot]
    row[L_REASON], row[L_REDUCE], row[L_TRAIL] = g[O_REASON, slot], kind, g[O_TRAIL, slot]
    g[COUNTER, 0] = number + 1
    g[TOP, 0] -= 1
    g[O_INDEX, slot], g[O_STATE, slot], g[O_WANT, slot] = number + 1, OPEN, 0
    g[O_GROUP, slot] = g[P_ENTRIES, pair] if kind == EXIT else -1
    g[O_LIVE, slot], g[O_AT_LOTS, slot], g[O_AT_PX, slot] = 1, g[O_LOTS, slot], g[O_PX, slot]
    # An order that comes while its instrument's bar is being played takes part in the rest of it.
    g[O_SINCE, slot] = 0 if g[PLAYING, 0] == thing else now
    g[O_RESTED, slot] = 0
    g[O_ARRIVAL, slot], g[O_SENT, slot] = g[T_MARK, thing], now
    if g[RATE, 0] >= 0:
        note_sent(g, g[P_DEPLOYMENT, pair])
    if g[T_COUNT, thing] == 0:
        g[BUSY, g[BUSIES, 0]], g[T_BUSY, thing] = thing, g[BUSIES, 0]
        g[BUSIES, 0] += 1
    g[LANES + LANE_ROWS * thing, g[T_COUNT, thing]] = slot
    g[T_COUNT, thing] += 1
    g[EVENTS, 0] += 1
    if kind == ENTRY:
        g[ENTRIES, 0] += 1
        g[C_ORDERS, g[P_DEPLOYMENT, pair]] += 1
        if g[CANCELS, 0] >= 0:
            judge_flow(g, g[P_DEPLOYMENT, pair])
        g[P_LAST_TS, pair], g[P_LAST_SIDE, pair], g[P_LAST_LOTS, pair] = now, g[O_SIDE, slot], g[O_LOTS, slot]


@kernel
def forget(g: Ints, slot: int) -> None:
    """Take an order that has ended, as the engine knows by now, off its list; free its slot."""
    thing = g[P_THING, g[O_PAIR, slot]]
    lane, count = LANES + LANE_ROWS * thing, g[T_COUNT, thing]
    place = 0
    while place < count and g[lane, place] != slot:
        place += 1
    for i in range(place, count - 1):
        g[lane, i] = g[lane, i + 1]
    g[T_COUNT, thing] = count - 1
    if count == 1:
        last = g[BUSIES, 0] - 1
        other = g[BUSY, last]
        g[BUSY, g[T_BUSY, thing]], g[T_BUSY, other] = other, g[T_BUSY, thing]
        g[BUSIES, 0] = last
    g[O_LIVE, slot] = 0
    g[O_FREE, g[TOP, 0]] = slot
    g[TOP, 0] += 1


@kernel
def say(g: Ints, what: int, slot: int) -> None:
    """Put an answer of the venue about an order in line."""
    tail = g[TAIL, 0]
    if tail >= g[COLUMNS, 0]:
        g[STATUS, 0] = TOO_MANY_ORDERS
        return
    g[Q_WHAT, tail], g[Q_SLOT, tail], g[Q_PAIR, tail] = what, slot, g[O_PAIR, slot]
    g[Q_KIND, tail], g[Q_LOTS, tail], g[Q_PX, tail] = g[O_KIND, slot], g[O_AT_LOTS, slot], g[O_AT_PX, slot]
    g[TAIL, 0] = tail + 1


@kernel
def cancel(g: Ints, slot: int) -> None:
    """Ask for an order back."""
    if g[RATE, 0] >= 0:
        note_sent(g, g[P_DEPLOYMENT, g[O_PAIR, slot]])
    g[O_STATE, slot] = CANCELLING
    if g[O_LIVE, slot] == 1:
        g[O_LIVE, slot] = 0
        say(g, SAY_CANCELLED, slot)
    else:
        say(g, SAY_CANNOT_CANCEL, slot)


@kernel
def amend(g: Ints, slot: int, lots: int, px: int) -> None:
    """Ask for another quantity and price of an order."""
    if g[RATE, 0] >= 0:
        note_sent(g, g[P_DEPLOYMENT, g[O_PAIR, slot]])
    g[O_STATE, slot], g[O_WANT, slot] = REPLACING, lots
    if g[O_LIVE, slot] == 1:
        g[O_AT_LOTS, slot], g[O_AT_PX, slot] = lots, px
        say(g, SAY_REPLACED, slot)
    else:
        say(g, SAY_TOO_LATE, slot)


@kernel
def shrink_group(g: Ints, done: int, lots: int) -> None:
    """At the venue: a filled exit shrinks the others of its holding to what is left.

    The resting ones all stand for the same lots, each market order for lots of its own.
    """
    pair = g[O_PAIR, done]
    thing = g[P_THING, pair]
    lane = LANES + LANE_ROWS * thing
    at_market = lots if g[O_TYPE, done] == MARKET else 0
    most = lots
    for place in range(g[T_COUNT, thing]):
        slot = g[lane, place]
        if _is_of_group(g, slot, done):
            most = max(most, g[O_AT_LOTS, slot])
            at_market += g[O_AT_LOTS, slot] if g[O_TYPE, slot] == MARKET else 0
    left = max(at_market, most) - lots
    free = left
    for place in range(g[T_COUNT, thing]):
        slot = g[lane, place]
        if not _is_of_group(g, slot, done):
            continue
        room = free if g[O_TYPE, slot] == MARKET else left
        if room <= 0:
            g[O_LIVE, slot] = 0
        what = SAY_REDUCED if room > 0 else SAY_CANCELLED
        if room < g[O_AT_LOTS, slot]:
            g[O_AT_LOTS, slot] = max(room, 0)
            say(g, what, slot)
        if g[O_TYPE, slot] == MARKET:
            free -= g[O_AT_LOTS, slot]


@kernel
def _is_of_group(g: Ints, slot: int, done: int) -> bool:
    """Return True if a live order is another exit of the same holding."""
    is_same = g[O_PAIR, slot] == g[O_PAIR, done] and g[O_GROUP, slot] == g[O_GROUP, done]
    return slot != done and g[O_LIVE, slot] == 1 and is_same


@kernel
def cancel_kind(g: Ints, pair: int, kind: int) -> None:
    """Ask a pair's market orders of a kind back, once."""
    thing = g[P_THING, pair]
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        is_meant = g[O_PAIR, slot] == pair and g[O_KIND, slot] == kind and g[O_TYPE, slot] == MARKET
        if is_meant and g[O_STATE, slot] != CANCELLING:
            cancel(g, slot)


@kernel
def take_back(g: Ints, reduced: int, pair: int) -> None:
    """Ask back what its group leaves of a holding.

    That is all of one that is gone, and the exit that was just reduced of one that has turned.
    """
    thing, qty = g[P_THING, pair], g[P_QTY, pair]
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        if g[O_PAIR, slot] != pair or g[O_KIND, slot] != EXIT:
            continue
        is_left = qty == 0 and g[O_TYPE, slot] != MARKET and g[O_STATE, slot] != CANCELLING
        if is_left or (slot == reduced and g[O_SIDE, slot] * qty > 0):
            cancel(g, slot)


@kernel
def leaves(g: Ints, slot: int) -> Any:
    """Return the lots that may still fill; the larger number while a change is unanswered."""
    return max(g[O_LOTS, slot], g[O_WANT, slot])


@kernel
def pending(g: Ints, pair: int, kind: int) -> int:
    """Return the lots of a pair's market orders of a kind that may still fill."""
    thing = g[P_THING, pair]
    total = 0
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        if g[O_PAIR, slot] == pair and g[O_KIND, slot] == kind and g[O_TYPE, slot] == MARKET:
            total += leaves(g, slot)
    return total


@kernel
def has_stale_exit(g: Ints, pair: int, side: int) -> bool:
    """Return True if an exit of an earlier holding, to the same side, still seems to be open."""
    thing = g[P_THING, pair]
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        is_exit = g[O_PAIR, slot] == pair and g[O_KIND, slot] == EXIT and g[O_SIDE, slot] == side
        if is_exit and g[O_GROUP, slot] != g[P_ENTRIES, pair]:
            return True
    return False
