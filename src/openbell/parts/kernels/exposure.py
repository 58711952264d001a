"""Worst-case exposure in the kernels: what would be held if all in flight filled."""

from typing import NamedTuple

from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.floor import leaves, pending
from openbell.parts.kernels.layout import (
    ENTRY,
    LANE_ROWS,
    LANES,
    O_KIND,
    O_LOTS,
    O_PAIR,
    O_SIDE,
    P_DEPLOYMENT,
    P_QTY,
    P_THING,
    P_VALUE,
    PAIRS,
    T_COUNT,
    T_FIRST,
    T_LAST,
    T_MARK,
    THINGS,
    Ints,
)
from openbell.parts.kernels.ledger import value_of


class Exposure(NamedTuple):
    """Worst case of the account with a drafted entry, 1e-8; as `core.exposure`.

    Attributes:
        gross: Sum of all instruments. upper, lower: Sums of the highest and lowest signed values.
        instrument: Of the draft's own. lots: The same in lots.
        positions: Pairs held or being entered. own: Those of the draft's deployment.
        buys: Entries that could still buy.
    """

    gross: int
    upper: int
    lower: int
    instrument: int
    lots: int
    positions: int
    own: int
    buys: int


@kernel
def _swing(g: Ints, thing: int, draft_side: int, draft_lots: int) -> tuple[int, int, int]:
    """Return the lowest and highest quantity an instrument can reach, a draft included, and what could be bought."""
    net, buys, sells, reduce_buys, reduce_sells = 0, 0, 0, 0, 0
    for pair in range(g[T_FIRST, thing], g[T_LAST, thing]):
        net += g[P_QTY, pair]
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        lots, is_entry = leaves(g, slot), g[O_KIND, slot] == ENTRY
        if g[O_SIDE, slot] > 0:
            buys += lots if is_entry else 0
            reduce_buys += 0 if is_entry else lots
        else:
            sells += lots if is_entry else 0
            reduce_sells += 0 if is_entry else lots
    if draft_side > 0:
        buys += draft_lots
    else:
        sells += draft_lots
    upper = net + buys + min(reduce_buys, max(-net, 0))
    lower = net - sells - min(reduce_sells, max(net, 0))
    return min(lower, net), max(upper, net), buys


@kernel
def used_by(g: Ints, deployment: int, draft_pair: int, draft_lots: int) -> int:
    """Return the value a deployment holds or is entering, a draft included, 1e-8."""
    total = 0
    for pair in range(g[PAIRS, 0]):
        if g[P_DEPLOYMENT, pair] == deployment:
            if pair != draft_pair and g[T_COUNT, g[P_THING, pair]] == 0:
                # Without orders, what is held is worth what it was valued at the mark: its value stands there.
                total += abs(g[P_VALUE, pair])
                continue
            lots = abs(g[P_QTY, pair]) + pending(g, pair, ENTRY)
            if pair == draft_pair:
                lots += draft_lots
            if lots != 0:
                total += value_of(g, g[P_THING, pair], lots, g[T_MARK, g[P_THING, pair]])
    return total


@kernel
def measure(g: Ints, draft: int) -> Exposure:
    """Return the worst case of the account with a drafted entry."""
    pair = g[O_PAIR, draft]
    thing, side, lots = g[P_THING, pair], g[O_SIDE, draft], g[O_LOTS, draft]
    gross, upper, lower, instrument, most, bought = 0, 0, 0, 0, 0, 0
    for other in range(g[THINGS, 0]):
        value = 0
        if other != thing and g[T_COUNT, other] == 0 and g[T_LAST, other] - g[T_FIRST, other] <= 1:
            # Without orders, what is held is worth what it was valued at the mark: its value stands there.
            if g[T_LAST, other] == g[T_FIRST, other]:
                continue
            held = g[P_VALUE, g[T_FIRST, other]]
            value = abs(held)
            upper += held
            lower += held
        else:
            low, high, buys = _swing(g, other, side, lots if other == thing else 0)
            if low == 0 and high == 0:
                continue
            mark = g[T_MARK, other]
            top, bottom = value_of(g, other, high, mark), value_of(g, other, low, mark)
            value = max(abs(top), abs(bottom))
            upper += top
            lower += bottom
            bought += value_of(g, other, buys, mark) if buys != 0 else 0
            if other == thing:
                instrument, most = value, max(abs(low), abs(high))
        gross += value
    count, own = _in_play(g, pair)
    return Exposure(gross, upper, lower, instrument, most, count, own, bought)


@kernel
def _in_play(g: Ints, pair: int) -> tuple[int, int]:
    """Return how many pairs are held or entered with one that is to be, and how many of its deployment."""
    count, own = 0, 0
    for other in range(g[PAIRS, 0]):
        is_held = other == pair or g[P_QTY, other] != 0
        if is_held or (g[T_COUNT, g[P_THING, other]] > 0 and pending(g, other, ENTRY) != 0):
            count += 1
            if g[P_DEPLOYMENT, other] == g[P_DEPLOYMENT, pair]:
                own += 1
    return count, own


@kernel
def grouped(g: Ints, draft: int, row: int, own: int) -> int:
    """Return the worst case in all instruments of a draft's group, 1e-8.

    `own` is that of its own instrument; `row` is where instruments have the number of their group.
    """
    thing = g[P_THING, g[O_PAIR, draft]]
    if g[row, thing] < 0:
        return 0
    total = own
    for other in range(g[THINGS, 0]):
        if other != thing and g[row, other] == g[row, thing]:
            low, high, _ = _swing(g, other, 1, 0)
            mark = g[T_MARK, other]
            total += max(abs(value_of(g, other, high, mark)), abs(value_of(g, other, low, mark)))
    return total
