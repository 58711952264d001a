"""Worst-case exposure in the kernels: what would be held if all in flight filled."""

from typing import NamedTuple

from numba import int64
from numba.core.types import NamedUniTuple

from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.floor import leaves, pending
from openbell.parts.kernels.layout import (
    BUSIES,
    BUSY,
    C_HOLDINGS,
    ENTRY,
    GROSS,
    HOLDINGS,
    LANE_ROWS,
    LANES,
    NET,
    O_KIND,
    O_LOTS,
    O_PAIR,
    O_SIDE,
    ONE,
    P_DEPLOYMENT,
    P_QTY,
    P_THING,
    P_VALUE,
    P_WORTH,
    T_COUNT,
    T_FIRST,
    T_LAST,
    T_MARK,
    T_WORTH,
    THINGS,
    ZERO,
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


EXPOSURE = NamedUniTuple(int64, len(Exposure._fields), Exposure)  # type: ignore[no-untyped-call]  # numba's own


@kernel
def swing(g: Ints, thing: int, draft_side: int, draft_lots: int) -> tuple[int, int, int]:
    """Return how low and how high an instrument can reach, in lots, and what could be bought.

    A draft is included.
    """
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
    total = g[P_WORTH, deployment]
    for place in range(g[BUSIES, 0]):
        thing = g[BUSY, place]
        for pair in range(g[T_FIRST, thing], g[T_LAST, thing]):
            if pair != draft_pair and g[P_DEPLOYMENT, pair] == deployment:
                total += _entering(g, pair, ZERO)
    if draft_pair >= 0 and g[P_DEPLOYMENT, draft_pair] == deployment:
        total += _entering(g, draft_pair, draft_lots)
    return total  # type: ignore[no-any-return]  # it is an int


@kernel
def _entering(g: Ints, pair: int, draft_lots: int) -> int:
    """Return by how much more a pair would be worth if its entries and a draft had executed at the mark, 1e-8."""
    entering, thing = pending(g, pair, ENTRY) + draft_lots, g[P_THING, pair]
    if entering == 0:
        return 0
    worth = value_of(g, thing, abs(g[P_QTY, pair]) + entering, g[T_MARK, thing])
    return worth - abs(g[P_VALUE, pair])  # type: ignore[no-any-return]  # it is an int


@kernel
def measure(g: Ints, draft: int) -> Exposure:
    """Return the worst case of the account with a drafted entry.

    Instruments without orders are worth what they were valued at; only the others are looked at.
    """
    pair = g[O_PAIR, draft]
    thing, bought = g[P_THING, pair], 0
    gross, upper, lower = g[GROSS, 0], g[NET, 0], g[NET, 0]
    instrument, most = 0, 0
    # The draft's own instrument comes last, whether it has orders or not.
    for place in range(g[BUSIES, 0] + 1):
        is_last = place == g[BUSIES, 0]
        other = thing if is_last else g[BUSY, place]
        if is_last or other != thing:
            low, high, buys = swing(g, other, g[O_SIDE, draft], g[O_LOTS, draft] if is_last else 0)
            mark, worth = g[T_MARK, other], g[T_WORTH, other]
            top, bottom = value_of(g, other, high, mark), value_of(g, other, low, mark)
            instrument, most = max(abs(top), abs(bottom)), max(abs(low), abs(high))
            gross += instrument - abs(worth)
            upper += top - worth
            lower += bottom - worth
            bought += value_of(g, other, buys, mark)
    count, own = _in_play(g, pair)
    return Exposure(gross, upper, lower, instrument, most, count, own, bought)


@kernel
def _in_play(g: Ints, pair: int) -> tuple[int, int]:
    """Return how many pairs are held or entered with one that is to be, and how many of its deployment."""
    deployment = g[P_DEPLOYMENT, pair]
    count, own = g[HOLDINGS, 0], g[C_HOLDINGS, deployment]
    for place in range(g[BUSIES, 0]):
        thing = g[BUSY, place]
        for other in range(g[T_FIRST, thing], g[T_LAST, thing]):
            if other != pair and g[P_QTY, other] == 0 and pending(g, other, ENTRY) != 0:
                count += 1
                own += 1 if g[P_DEPLOYMENT, other] == deployment else 0
    if g[P_QTY, pair] == 0:
        count += 1
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
            low, high, _ = swing(g, other, ONE, ZERO)
            mark = g[T_MARK, other]
            total += max(abs(value_of(g, other, high, mark)), abs(value_of(g, other, low, mark)))
    return total
