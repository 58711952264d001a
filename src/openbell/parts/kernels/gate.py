"""The gate in the kernels: worst-case exposure, core checks, rules and latches, in the core's own order."""

from numba import njit

from openbell.core.codes import Code
from openbell.parts.kernels.arith import HALF_EVEN, ratio
from openbell.parts.kernels.floor import cancel_all_entries
from openbell.parts.kernels.layout import (
    ALERTS,
    ENTRIES,
    ENTRY,
    EQUITY,
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
    PEAK,
    R_KIND,
    R_LATCHED,
    R_PARAM,
    R_SINCE,
    R_WATCH,
    SEEN,
    SESSION_EQUITY,
    T_CALENDAR,
    T_CAN_SHORT,
    T_COUNT,
    T_FIRST,
    T_LAST,
    T_MARK,
    T_MIN_LOTS,
    T_MIN_VALUE,
    State,
)
from openbell.parts.kernels.ledger import deployment_equity, value_of
from openbell.parts.kernels.rules import KernelFacts, ask

LATCHED, BELOW_MINIMUM = int(Code.LATCHED), int(Code.BELOW_MINIMUM)
SHORT_NOT_ALLOWED, NETTING = int(Code.SHORT_NOT_ALLOWED), int(Code.NETTING)
BUYING_POWER, BUDGET, TOO_MANY = int(Code.BUYING_POWER), int(Code.BUDGET), int(Code.MAX_POSITIONS)


@njit(cache=True)
def worst_lots(s: State, thing: int, draft_side: int, draft_lots: int) -> int:
    """Return the largest absolute quantity an instrument can reach, a draft included."""
    o = s.orders
    net, buys, sells, reduce_buys, reduce_sells = 0, 0, 0, 0, 0
    for pair in range(s.things[T_FIRST, thing], s.things[T_LAST, thing]):
        net += s.pairs[P_QTY, pair]
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_SIDE, slot] > 0:
            if o[O_KIND, slot] == ENTRY:
                buys += o[O_LOTS, slot]
            else:
                reduce_buys += o[O_LOTS, slot]
        elif o[O_KIND, slot] == ENTRY:
            sells += o[O_LOTS, slot]
        else:
            reduce_sells += o[O_LOTS, slot]
    if draft_side > 0:
        buys += draft_lots
    else:
        sells += draft_lots
    upper = net + buys + min(reduce_buys, max(-net, 0))
    lower = net - sells - min(reduce_sells, max(net, 0))
    return max(abs(upper), max(abs(lower), abs(net)))


@njit(cache=True)
def has_entry(s: State, pair: int) -> bool:
    """Return True if an entry of the pair may still fill."""
    o = s.orders
    thing = s.pairs[P_THING, pair]
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_PAIR, slot] == pair and o[O_KIND, slot] == ENTRY:
            return True
    return False


@njit(cache=True)
def entry_lots(s: State, pair: int) -> int:
    """Return the lots of a pair's entries that may still fill."""
    o = s.orders
    thing = s.pairs[P_THING, pair]
    total = 0
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        if o[O_PAIR, slot] == pair and o[O_KIND, slot] == ENTRY:
            total += o[O_LOTS, slot]
    return total


@njit(cache=True)
def used_by(s: State, deployment: int, draft_pair: int, draft_lots: int) -> int:
    """Return the value a deployment holds or is entering, a draft included, 1e-8."""
    p = s.pairs
    total = 0
    for pair in range(p.shape[1]):
        if p[P_DEPLOYMENT, pair] == deployment:
            lots = abs(p[P_QTY, pair]) + entry_lots(s, pair)
            if pair == draft_pair:
                lots += draft_lots
            if lots != 0:
                total += value_of(s, p[P_THING, pair], lots, s.things[T_MARK, p[P_THING, pair]])
    return total


@njit(cache=True)
def _has_opposite(s: State, pair: int, side: int) -> bool:
    p, o = s.pairs, s.orders
    thing = p[P_THING, pair]
    for other in range(s.things[T_FIRST, thing], s.things[T_LAST, thing]):
        if p[P_DEPLOYMENT, other] != p[P_DEPLOYMENT, pair] and p[P_QTY, other] * side < 0:
            return True
    for place in range(s.things[T_COUNT, thing]):
        slot = s.slots[thing, place]
        is_other = p[P_DEPLOYMENT, o[O_PAIR, slot]] != p[P_DEPLOYMENT, pair]
        if is_other and o[O_KIND, slot] == ENTRY and o[O_SIDE, slot] != side:
            return True
    return False


@njit(cache=True)
def _held_or_entered(s: State, pair: int, draft_pair: int) -> bool:
    return pair == draft_pair or s.pairs[P_QTY, pair] != 0 or has_entry(s, pair)


@njit(cache=True)
def review(s: State, pair: int, side: int, lots: int, ts: int) -> int:
    """Return the first code against an entry, 0 if it may go."""
    a, p, t = s.account, s.pairs, s.things
    thing = p[P_THING, pair]
    value = value_of(s, thing, lots, t[T_MARK, thing])
    for rule in range(s.rules.shape[0]):
        if s.rules[rule, R_LATCHED] == 1:
            return LATCHED
    if lots < t[T_MIN_LOTS, thing] or value < t[T_MIN_VALUE, thing]:
        return BELOW_MINIMUM
    if side < 0 and t[T_CAN_SHORT, thing] == 0 and p[P_QTY, pair] < lots:
        return SHORT_NOT_ALLOWED
    if _has_opposite(s, pair, side):
        return NETTING
    gross, instrument, count, own = 0, 0, 0, 0
    for other in range(t.shape[1]):
        drafted = lots if other == thing else 0
        worst = worst_lots(s, other, side, drafted)
        if worst != 0:
            worst_value = value_of(s, other, worst, t[T_MARK, other])
            gross += worst_value
            if other == thing:
                instrument = worst_value
    for other in range(p.shape[1]):
        if _held_or_entered(s, other, pair):
            count += 1
            if p[P_DEPLOYMENT, other] == p[P_DEPLOYMENT, pair]:
                own += 1
    if gross > ratio(a[EQUITY] * a[LEVERAGE_NUM], a[LEVERAGE_DEN], HALF_EVEN):
        return BUYING_POWER
    if used_by(s, p[P_DEPLOYMENT, pair], pair, lots) > deployment_equity(s, p[P_DEPLOYMENT, pair]):
        return BUDGET
    if p[P_MOST, pair] != 0 and own > p[P_MOST, pair]:
        return TOO_MANY
    return _rules(s, pair, side, lots, ts, value, instrument, gross, count)


@njit(cache=True)
def _rules(s: State, pair, side, lots, ts, value, instrument, gross, count):  # type: ignore[no-untyped-def]  # numba infers the types
    a, p = s.account, s.pairs
    calendar = s.things[T_CALENDAR, p[P_THING, pair]]
    begin, end = s.sessions[0, calendar], s.sessions[1, calendar]
    is_repeat = p[P_LAST_TS, pair] >= 0 and p[P_LAST_SIDE, pair] == side and p[P_LAST_LOTS, pair] == lots
    facts = KernelFacts(
        1 if begin < ts <= end else 0,
        ts - begin,
        end - ts,
        a[EQUITY],
        a[SESSION_EQUITY],
        0,
        a[PEAK],
        value,
        instrument,
        gross,
        count,
        a[ENTRIES],
        ts - p[P_LAST_TS, pair] if is_repeat else -1,
        0,
    )
    for rule in range(s.rules.shape[0]):
        code = ask(s.rules[rule, R_KIND], s.rules[rule, R_PARAM:R_WATCH], facts)
        if code != 0:
            return code
    return 0


@njit(cache=True)
def watch(s: State, ts: int) -> None:
    """Ask the rules that watch equity; one that objects closes the gate and pulls every entry."""
    a = s.account
    if a[EQUITY] == a[SEEN]:
        return
    a[SEEN] = a[EQUITY]
    facts = KernelFacts(1, 0, 0, a[EQUITY], a[SESSION_EQUITY], 0, a[PEAK], 0, 0, 0, 0, a[ENTRIES], -1, 0)
    for rule in range(s.rules.shape[0]):
        if s.rules[rule, R_WATCH] == 1 and s.rules[rule, R_LATCHED] == 0 and ask(s.rules[rule, R_KIND], s.rules[rule, R_PARAM:R_WATCH], facts) != 0:
            s.rules[rule, R_LATCHED] = 1
            s.rules[rule, R_SINCE] = ts
            a[ALERTS] += 1
            cancel_all_entries(s)
