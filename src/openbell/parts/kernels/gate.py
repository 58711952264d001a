"""The gate in the kernels: worst case, core checks, rules, latches, in the core's order."""

from openbell.core.codes import Code
from openbell.core.risk import EASED, Facts
from openbell.parts.kernels.arith import HALF_EVEN, ratio
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.floor import cancel_all_entries, leaves, pending
from openbell.parts.kernels.layout import (
    ALERTS,
    CLOCK,
    CLOSED,
    CLOSED_FOR_GOOD,
    ENTRIES,
    ENTRY,
    EQUITY,
    LANE_ROWS,
    LANES,
    LEVERAGE_DEN,
    LEVERAGE_NUM,
    O_KIND,
    O_LOTS,
    O_PAIR,
    O_SIDE,
    P_DEPLOYMENT,
    P_LAST_LOTS,
    P_LAST_SIDE,
    P_LAST_TS,
    P_MOST,
    P_QTY,
    P_THING,
    P_VALUE,
    PAIRS,
    PEAK,
    R_BY_SESSION,
    R_LATCHED,
    R_SINCE,
    R_WARN_DEN,
    R_WARN_NUM,
    R_WARNED,
    R_WATCH,
    RULES_COUNT,
    S_BEGIN,
    S_END,
    SEEN,
    SESSION_EQUITY,
    STATUS,
    T_CALENDAR,
    T_CAN_SHORT,
    T_COUNT,
    T_FIRST,
    T_LAST,
    T_MARK,
    T_MIN_LOTS,
    T_MIN_VALUE,
    THINGS,
    Ints,
)
from openbell.parts.kernels.ledger import deployment_equity, value_of
from openbell.parts.kernels.rules import ask

EASED_NUM, EASED_DEN = EASED
LATCHED, BELOW_MINIMUM = int(Code.LATCHED), int(Code.BELOW_MINIMUM)
SHORT_NOT_ALLOWED, NETTING = int(Code.SHORT_NOT_ALLOWED), int(Code.NETTING)
BUYING_POWER, BUDGET, TOO_MANY = int(Code.BUYING_POWER), int(Code.BUDGET), int(Code.MAX_POSITIONS)


@kernel
def worst_lots(g: Ints, thing: int, draft_side: int, draft_lots: int) -> int:
    """Return the largest absolute quantity an instrument can reach, a draft included."""
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
    return max(abs(upper), abs(lower), abs(net))


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
def _has_opposite(g: Ints, pair: int, side: int) -> bool:
    thing = g[P_THING, pair]
    for other in range(g[T_FIRST, thing], g[T_LAST, thing]):
        if other != pair and g[P_QTY, other] * side < 0:
            return True
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        if g[O_PAIR, slot] != pair and g[O_KIND, slot] == ENTRY and g[O_SIDE, slot] != side:
            return True
    return False


@kernel
def _measured(g: Ints, draft: int) -> tuple[int, int, int, int]:
    """Return of a drafted entry: worst value of the account, of the instrument, pairs in play, those of its own."""
    pair = g[O_PAIR, draft]
    thing, side, lots = g[P_THING, pair], g[O_SIDE, draft], g[O_LOTS, draft]
    gross, instrument, count, own = 0, 0, 0, 0
    for other in range(g[THINGS, 0]):
        if other != thing and g[T_COUNT, other] == 0:
            pairs = g[T_LAST, other] - g[T_FIRST, other]
            if pairs == 0:
                continue
            if pairs == 1:
                gross += abs(g[P_VALUE, g[T_FIRST, other]])
                continue
        worst = worst_lots(g, other, side, lots if other == thing else 0)
        if worst != 0:
            value = value_of(g, other, worst, g[T_MARK, other])
            gross += value
            if other == thing:
                instrument = value
    for other in range(g[PAIRS, 0]):
        is_held = other == pair or g[P_QTY, other] != 0
        if is_held or (g[T_COUNT, g[P_THING, other]] > 0 and pending(g, other, ENTRY) != 0):
            count += 1
            if g[P_DEPLOYMENT, other] == g[P_DEPLOYMENT, pair]:
                own += 1
    return gross, instrument, count, own


@kernel
def review(g: Ints, draft: int) -> int:
    """Return the first code against a drafted entry, 0 if it may go."""
    pair, side, lots = g[O_PAIR, draft], g[O_SIDE, draft], g[O_LOTS, draft]
    thing, deployment = g[P_THING, pair], g[P_DEPLOYMENT, pair]
    value = value_of(g, thing, lots, g[T_MARK, thing])
    if g[CLOSED, 0] != 0:
        return LATCHED
    if lots < g[T_MIN_LOTS, thing] or value < g[T_MIN_VALUE, thing]:
        return BELOW_MINIMUM
    if side < 0 and g[T_CAN_SHORT, thing] == 0 and g[P_QTY, pair] < lots:
        return SHORT_NOT_ALLOWED
    if _has_opposite(g, pair, side):
        return NETTING
    gross, instrument, count, own = _measured(g, draft)
    if gross > ratio(g[EQUITY, 0] * g[LEVERAGE_NUM, 0], g[LEVERAGE_DEN, 0], HALF_EVEN):
        return BUYING_POWER
    if used_by(g, deployment, pair, lots) > deployment_equity(g, deployment):
        return BUDGET
    if g[P_MOST, pair] != 0 and own > g[P_MOST, pair]:
        return TOO_MANY
    ts, calendar = g[CLOCK, 0], g[T_CALENDAR, thing]
    begin, end = g[S_BEGIN, calendar], g[S_END, calendar]
    is_repeat = g[P_LAST_TS, pair] >= 0 and g[P_LAST_SIDE, pair] == side and g[P_LAST_LOTS, pair] == lots
    facts = Facts(
        1 if begin < ts <= end else 0,
        ts - begin,
        end - ts,
        g[EQUITY, 0],
        g[SESSION_EQUITY, 0],
        0,
        g[PEAK, 0],
        value,
        instrument,
        gross,
        count,
        g[ENTRIES, 0],
        ts - g[P_LAST_TS, pair] if is_repeat else -1,
        0,
    )
    for rule in range(g[RULES_COUNT, 0]):
        code = ask(g, rule, facts)
        if code != 0:
            return code
    return 0


@kernel
def _warn(g: Ints, rule: int, lost: int) -> None:
    """Give the warning of a rule, or take it back once the loss is a fifth smaller; as `core.monitor`."""
    num, den, whole = g[R_WARN_NUM, rule], g[R_WARN_DEN, rule], g[SESSION_EQUITY, 0]
    if g[R_WARNED, rule] == 0:
        if lost > 0 and lost * den >= num * whole:
            g[R_WARNED, rule] = 1
            g[ALERTS, 0] += 1
    elif not (lost > 0 and lost * den * EASED_DEN >= num * EASED_NUM * whole):
        g[R_WARNED, rule] = 0


@hot
def watch(g: Ints) -> None:
    """Let the rules that watch equity look at it if it has changed."""
    if g[EQUITY, 0] != g[SEEN, 0]:
        g[SEEN, 0] = g[EQUITY, 0]
        if g[RULES_COUNT, 0] > 0:
            look(g)


@kernel
def look(g: Ints) -> None:
    """Ask the rules that watch equity; one that objects closes the gate and pulls every entry."""
    equity = g[EQUITY, 0]
    facts = Facts(1, 0, 0, equity, g[SESSION_EQUITY, 0], 0, g[PEAK, 0], 0, 0, 0, 0, g[ENTRIES, 0], -1, 0)
    for rule in range(g[RULES_COUNT, 0]):
        if g[R_WARN_NUM, rule] != 0:
            _warn(g, rule, g[SESSION_EQUITY, 0] - equity)
        if g[R_WATCH, rule] == 1 and g[R_LATCHED, rule] == 0 and ask(g, rule, facts) != 0:
            g[R_LATCHED, rule], g[R_SINCE, rule] = 1, g[CLOCK, 0]
            g[CLOSED, 0] += 1
            g[ALERTS, 0] += 1
            cancel_all_entries(g)
            if g[R_BY_SESSION, rule] == 0:
                # What a person alone opens is a kill, and its ladder is climbed by the plain engine.
                g[STATUS, 0] = CLOSED_FOR_GOOD
