"""What the engine makes of the venue's answers, one by one, as they reach it."""

from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.conduct import count_cancel, paid_for, worse_than_at_arrival
from openbell.parts.kernels.desk import fulfil, refuse_fill
from openbell.parts.kernels.floor import forget, leaves, take_back
from openbell.parts.kernels.holds import advance, hear, hear_refusals, note_results, settled
from openbell.parts.kernels.layout import (
    BOUNDED,
    BREACHED,
    CLOCK,
    EARS,
    ENTRY,
    EVENTS,
    EXECUTIONS,
    FILLS,
    HEAD,
    KILLS,
    LOG_FULL,
    NOTED,
    O_INDEX,
    O_KIND,
    O_LOTS,
    O_PAIR,
    O_PX,
    O_SIDE,
    O_STATE,
    O_WANT,
    OPEN,
    OUT_OF_STEP,
    P_DEPLOYMENT,
    P_PARENT,
    P_REALISED,
    P_THING,
    Q_KIND,
    Q_LOTS,
    Q_PAIR,
    Q_PX,
    Q_SLOT,
    Q_WHAT,
    SAY_CANCELLED,
    SAY_CANNOT_CANCEL,
    SAY_REDUCED,
    SAY_REPLACED,
    SAY_TOO_LATE,
    STATUS,
    TAIL,
    X_AMOUNT,
    X_FEE,
    X_GAIN,
    X_IS_MAKER,
    X_KNOWN,
    X_LOTS,
    X_MAKER,
    X_ORDER,
    X_PAID,
    X_PAIR,
    X_PRICE,
    X_PX,
    X_SIDE,
    X_SLOT,
    X_TIME,
    X_TS,
    X_WORSE,
    Floats,
    Ints,
)
from openbell.parts.kernels.ledger import charge, settle, trade
from openbell.parts.kernels.protect import guard


@kernel
def take_fill(g: Ints, f: Floats, log: Ints, hit: int, moment: int) -> None:
    """Book an execution of this phase and protect what is held."""
    slot = g[X_SLOT, hit]
    pair, side = g[O_PAIR, slot], g[O_SIDE, slot]
    lots, px, is_maker = g[X_LOTS, hit], g[X_PX, hit], g[X_MAKER, hit]
    number = g[FILLS, 0]
    if leaves(g, slot) != lots:
        # The engine thinks of another quantity: the plain one has states for that.
        g[STATUS, 0] = OUT_OF_STEP
        return
    if number >= log.shape[1]:
        g[STATUS, 0] = LOG_FULL
        return
    g[EVENTS, 0] += 1
    g[FILLS, 0] = number + 1
    is_entry = g[O_KIND, slot] == ENTRY
    if is_entry:
        g[P_PARENT, pair] = g[O_INDEX, slot]
    before = g[P_REALISED, pair]
    trade(g, pair, side * lots, px)
    fee = charge(g, pair, lots, px, is_maker)
    settle(g)
    if g[BOUNDED, 0] != 0:
        note_results(g)
    row = log[EXECUTIONS, number]
    row[X_TS], row[X_TIME], row[X_ORDER] = g[CLOCK, 0], moment, g[O_INDEX, slot]
    row[X_PAIR], row[X_SIDE], row[X_AMOUNT] = pair, side, lots
    row[X_PRICE], row[X_FEE], row[X_IS_MAKER] = px, fee, is_maker
    if g[NOTED, 0] != 0:
        row[X_PAID] = paid_for(g, g[P_THING, pair], lots, px)
        row[X_WORSE], row[X_KNOWN] = worse_than_at_arrival(g, slot, lots, row[X_PAID])
        row[X_GAIN] = g[P_REALISED, pair] - before - fee
    forget(g, slot)
    guard(g, log, pair)
    if is_entry:
        refuse_fill(g, f, log, pair)
    if g[EARS, 0] != 0:
        hear(g, log)
    if g[KILLS, 0] != 0:
        advance(g)
    settled(g)


@kernel
def deliver(g: Ints, f: Floats, log: Ints, end: int) -> None:
    """Bring the engine the venue's answers in line before place `end`."""
    while g[HEAD, 0] < end and g[STATUS, 0] == 0:
        place = g[HEAD, 0]
        g[HEAD, 0] = place + 1
        g[EVENTS, 0] += 1
        what, slot = g[Q_WHAT, place], g[Q_SLOT, place]
        if what == SAY_CANCELLED:
            forget(g, slot)
            if g[Q_KIND, place] == ENTRY:
                count_cancel(g, g[P_DEPLOYMENT, g[Q_PAIR, place]])
        if what in (SAY_CANCELLED, SAY_CANNOT_CANCEL):
            if g[Q_KIND, place] == ENTRY:
                fulfil(g, f, log, g[Q_PAIR, place])
        elif what == SAY_REDUCED:
            g[O_LOTS, slot] = g[Q_LOTS, place]
            take_back(g, slot, g[Q_PAIR, place])
        elif what == SAY_REPLACED:
            g[O_STATE, slot], g[O_WANT, slot] = OPEN, 0
            g[O_LOTS, slot], g[O_PX, slot] = g[Q_LOTS, place], g[Q_PX, place]
            guard(g, log, g[Q_PAIR, place])
        elif what == SAY_TOO_LATE:
            guard(g, log, g[Q_PAIR, place])
        if g[BREACHED, 0] != 0:
            hear_refusals(g)
        if g[KILLS, 0] != 0:
            advance(g)


@kernel
def deliver_all(g: Ints, f: Floats, log: Ints) -> None:
    """Between bars: bring the engine every answer, those to its own replies included."""
    while g[HEAD, 0] < g[TAIL, 0] and g[STATUS, 0] == 0:
        deliver(g, f, log, g[TAIL, 0])
    g[HEAD, 0], g[TAIL, 0] = 0, 0
