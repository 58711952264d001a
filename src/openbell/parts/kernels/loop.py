"""The compiled loop: bars in, orders out, decision by decision what the plain engine decides."""

import math

from numba import njit, types

from openbell.core.codes import Code
from openbell.parts.kernels.arith import CEIL, FLOOR, HALF_EVEN, ticks
from openbell.parts.kernels.compiling import STEP_TYPE, RowView, StateView
from openbell.parts.kernels.floor import cancel_kind, pending, submit, sweep
from openbell.parts.kernels.gate import review, used_by, watch
from openbell.parts.kernels.layout import (
    ALERTS,
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    B_VOLUME,
    BARS,
    C_CLOSE,
    C_SUSPECT,
    CALENDAR,
    CLOCK,
    ENTRIES,
    ENTRY,
    EQUITY,
    EVENTS,
    EXIT,
    FIRST,
    M_BEGIN,
    M_END,
    M_NEW,
    M_OPEN_TS,
    M_PLACE,
    M_TS,
    M_WHAT,
    MARKET,
    N_DECISIONS,
    N_QUARANTINED,
    N_REJECTED,
    ODD_TARGET,
    P_CODE,
    P_CODE_TS,
    P_DEPLOYMENT,
    P_QTY,
    P_SHORT,
    P_SIZE_DEN,
    P_SIZE_KIND,
    P_SIZE_NUM,
    P_STEP,
    P_STOP_DEN,
    P_STOP_NUM,
    P_THING,
    R_BY_SESSION,
    R_LATCHED,
    R_SINCE,
    SESSION_EQUITY,
    STATUS,
    T_CALENDAR,
    T_COUNT,
    T_FIRST,
    T_K_DEN,
    T_K_NUM,
    T_LAST,
    T_LAST_TS,
    T_POSITIVE,
    T_STEPS,
    T_SUSPECTS,
    State,
)
from openbell.parts.kernels.ledger import deployment_equity, revalue, settle
from openbell.parts.kernels.play import play

STEPS = 8
"""Strategies one run can hold: the tuple of functions has this length, so that its type is always the same."""
STEPS_TYPE = types.UniTuple(STEP_TYPE, STEPS)
MAX_JUMP, AGREEMENT, CONFIRMATIONS = 10.0, 5.0, 3

OUT_OF_SESSION, ALREADY_AT_TARGET = int(Code.OUT_OF_SESSION), int(Code.ALREADY_AT_TARGET)
WAITING_FOR_ORDER, BELOW_MINIMUM = int(Code.WAITING_FOR_ORDER), int(Code.BELOW_MINIMUM)
BUDGET, REBALANCE, KILLED = int(Code.BUDGET), int(Code.REBALANCE), int(Code.KILLED)
BAD_NAN, BAD_ZERO, BAD_OHLC = int(Code.BAD_NAN), int(Code.BAD_ZERO), int(Code.BAD_OHLC)
BAD_VOLUME, BAD_DUPLICATE = int(Code.BAD_VOLUME), int(Code.BAD_DUPLICATE)
BAD_ORDER, BAD_JUMP = int(Code.BAD_ORDER), int(Code.BAD_JUMP)


@njit(cache=True)
def _begin_session(s: State, event: int) -> None:
    """A session begins: its bounds, the account's new day, latches that open with it."""
    m, a = s.events, s.account
    place = m[event, M_PLACE]
    s.sessions[0, place], s.sessions[1, place] = m[event, M_BEGIN], m[event, M_END]
    if place != a[CALENDAR]:
        return
    if m[event, M_NEW] == 1:
        a[SESSION_EQUITY] = a[EQUITY]
        a[ENTRIES] = 0
    for rule in range(s.rules.shape[0]):
        if s.rules[rule, R_LATCHED] == 1 and s.rules[rule, R_BY_SESSION] == 1 and s.rules[rule, R_SINCE] < m[event, M_BEGIN]:
            s.rules[rule, R_LATCHED] = 0


@njit(cache=True)
def _screen(s: State, event: int) -> int:
    """Return why a bar is refused, 0 if it is good; as `core.screen.screen`."""
    m, t = s.events, s.things
    thing = m[event, M_PLACE]
    o, h, low, c, v = s.bars[event, B_OPEN], s.bars[event, B_HIGH], s.bars[event, B_LOW], s.bars[event, B_CLOSE], s.bars[event, B_VOLUME]
    if not (0.0 < low <= o <= h < math.inf and low <= c <= h and v >= 0.0):
        if not (math.isfinite(o) and math.isfinite(h) and math.isfinite(low) and math.isfinite(c)):
            return BAD_NAN
        if t[T_POSITIVE, thing] == 1 and min(min(o, h), min(low, c)) <= 0.0:
            return BAD_ZERO
        if not (low <= min(o, c) and max(o, c) <= h):
            return BAD_OHLC
        if v < 0.0:
            return BAD_VOLUME
    if t[T_LAST_TS, thing] < 0:
        return 0
    if m[event, M_TS] <= t[T_LAST_TS, thing]:
        return BAD_DUPLICATE if m[event, M_TS] == t[T_LAST_TS, thing] else BAD_ORDER
    mark = s.closes[C_CLOSE, thing]
    if mark * MAX_JUMP >= c and c * MAX_JUMP >= mark:
        return 0
    if mark <= 0.0 or c <= 0.0:
        return 0
    agrees = abs(c - s.closes[C_SUSPECT, thing]) * AGREEMENT <= s.closes[C_SUSPECT, thing]
    if agrees and t[T_SUSPECTS, thing] >= CONFIRMATIONS - 1:
        return 0
    return BAD_JUMP


@njit(cache=True)
def _refuse(s: State, event: int, code: int) -> None:
    t, c = s.things, s.bars[event, B_CLOSE]
    thing = s.events[event, M_PLACE]
    s.counts[N_QUARANTINED, code] += 1
    if code == BAD_JUMP:
        agrees = t[T_SUSPECTS, thing] != 0 and abs(c - s.closes[C_SUSPECT, thing]) * AGREEMENT <= s.closes[C_SUSPECT, thing]
        t[T_SUSPECTS, thing] = t[T_SUSPECTS, thing] + 1 if agrees else 1
        s.closes[C_SUSPECT, thing] = c


@njit(cache=True)
def _mark(s: State, event: int) -> None:
    """Take the bar's close as the mark and revalue what is held."""
    a, m, t = s.account, s.events, s.things
    thing = m[event, M_PLACE]
    a[BARS] += 1
    if a[FIRST] == 0:
        a[FIRST] = m[event, M_OPEN_TS]
    s.closes[C_CLOSE, thing] = s.bars[event, B_CLOSE]
    t[T_LAST_TS, thing] = m[event, M_TS]
    t[T_SUSPECTS, thing] = 0
    revalue(s, thing, ticks(s.bars[event, B_CLOSE], t[T_STEPS, thing], HALF_EVEN))
    settle(s)


@njit(cache=True)
def _full(s: State, pair: int, px: int) -> int:
    """Return the lots of a full position at `px` (quanta)."""
    p, t = s.pairs, s.things
    thing = p[P_THING, pair]
    unit = px * t[T_K_NUM, thing]
    kind = p[P_SIZE_KIND, pair]
    if unit <= 0:
        return 0
    if kind == 0:
        return p[P_SIZE_NUM, pair]
    if kind == 1:
        return p[P_SIZE_NUM, pair] * t[T_K_DEN, thing] // unit
    equity = deployment_equity(s, p[P_DEPLOYMENT, pair])
    if equity <= 0:
        return 0
    amount = equity * p[P_SIZE_NUM, pair]
    if kind == 2:
        return amount * t[T_K_DEN, thing] // (p[P_SIZE_DEN, pair] * unit)
    if p[P_STOP_NUM, pair] == 0:
        return 0
    return amount * t[T_K_DEN, thing] * p[P_STOP_DEN, pair] // (p[P_SIZE_DEN, pair] * unit * p[P_STOP_NUM, pair])


@njit(cache=True)
def _leave(s: State, pair: int, wanted: int, reason: int, ts: int) -> int:
    """Reduce a holding by `wanted` lots (-1 for all of it) with a market order and return the code."""
    p = s.pairs
    if p[P_QTY, pair] == 0:
        return WAITING_FOR_ORDER
    room = abs(p[P_QTY, pair]) - pending(s, pair, EXIT)
    lots = room if wanted < 0 else min(wanted, room)
    if lots <= 0:
        return WAITING_FOR_ORDER
    submit(s, pair, EXIT, -1 if p[P_QTY, pair] > 0 else 1, lots, MARKET, 0, 0, reason, ts, ts)
    return reason


@njit(cache=True)
def _enter(s: State, pair: int, target: float, held: int, reason: int, ts: int) -> int:
    a, p, t = s.account, s.pairs, s.things
    thing = p[P_THING, pair]
    side = 1 if target > 0.0 else -1
    px = ticks(s.closes[C_CLOSE, thing], t[T_STEPS, thing], CEIL if side > 0 else FLOOR)
    missing = _full(s, pair, px) * side - held
    if missing * side < 0:
        return _leave(s, pair, abs(missing), reason, ts)
    if missing == 0:
        return ALREADY_AT_TARGET if held != 0 else BELOW_MINIMUM
    lots = abs(missing)
    free = deployment_equity(s, p[P_DEPLOYMENT, pair]) - used_by(s, p[P_DEPLOYMENT, pair], -1, 0)
    room = free * t[T_K_DEN, thing] // (px * t[T_K_NUM, thing]) if free > 0 and px > 0 else 0
    if room < lots:
        if room == 0:
            return BUDGET
        a[ALERTS] += 1
        lots = room
    code = review(s, pair, side, lots, ts)
    if code != 0:
        return code
    submit(s, pair, ENTRY, side, lots, MARKET, 0, 0, reason, ts, ts)
    return reason


@njit(cache=True)
def _act(s: State, pair: int, wanted: float, reason: int, ts: int) -> int:
    """Bring a pair to a target and return the code of how that went; as `core.desk.Desk.act`."""
    p = s.pairs
    target = wanted if p[P_SHORT, pair] == 1 else max(wanted, 0.0)
    qty = p[P_QTY, pair]
    is_turning = qty != 0 and (target == 0.0 or (target > 0.0) != (qty > 0))
    has_working = s.things[T_COUNT, p[P_THING, pair]] > 0
    if has_working:
        cancel_kind(s, pair, ENTRY)
    code = ALREADY_AT_TARGET
    if is_turning:
        code = _leave(s, pair, -1, reason, ts)
    elif has_working:
        cancel_kind(s, pair, EXIT)
    if target == 0.0:
        return code
    if target != 1.0 and target != -1.0:
        s.account[STATUS] = ODD_TARGET
        return code
    return _enter(s, pair, target, 0 if is_turning else qty, reason, ts)


@njit(cache=True)
def _conclude(s: State, pair: int, code: int, target: float, ts: int) -> None:
    p = s.pairs
    s.counts[N_DECISIONS, code] += 1
    p[P_CODE, pair], p[P_CODE_TS, pair] = code, ts
    if not math.isnan(target):
        s.decided[pair] = target
    if code >= KILLED:
        s.counts[N_REJECTED, code] += 1


@njit(cache=True)
def _evaluate(s: State, event: int, steps: STEPS_TYPE) -> None:
    """Let every pair of the bar's instrument decide."""
    m, t, p = s.events, s.things, s.pairs
    thing, ts = m[event, M_PLACE], m[event, M_TS]
    calendar = t[T_CALENDAR, thing]
    is_inside = s.sessions[0, calendar] <= m[event, M_OPEN_TS] < s.sessions[1, calendar]
    for pair in range(t[T_FIRST, thing], t[T_LAST, thing]):
        if not is_inside:
            _conclude(s, pair, OUT_OF_SESSION, math.nan, ts)
            continue
        row = RowView(s.bars[event, B_OPEN], s.bars[event, B_HIGH], s.bars[event, B_LOW], s.bars[event, B_CLOSE], s.bars[event, B_VOLUME])
        target, signal = steps[p[P_STEP, pair]](StateView(s.d[pair], s.q[pair]), s.params[pair], row)
        code = signal
        if not math.isnan(target) and (target != s.decided[pair] or signal == REBALANCE):
            code = _act(s, pair, target, signal, ts)
        _conclude(s, pair, code, target, ts)


def run(s: State, steps: STEPS_TYPE) -> int:
    """Take every event of the market and return the status: 0, or why the plain engine has to do it."""
    a, m, t = s.account, s.events, s.things
    for event in range(m.shape[0]):
        a[EVENTS] += 1
        a[CLOCK] = m[event, M_TS]
        if m[event, M_WHAT] != 0:
            if m[event, M_WHAT] == 1:
                _begin_session(s, event)
            continue
        code = _screen(s, event)
        if code != 0:
            _refuse(s, event, code)
            continue
        calendar = t[T_CALENDAR, m[event, M_PLACE]]
        if s.sessions[0, calendar] <= m[event, M_OPEN_TS] < s.sessions[1, calendar]:
            play(s, event)
        _mark(s, event)
        _evaluate(s, event, steps)
        watch(s, m[event, M_TS])
        sweep(s)
        s.equity[event] = a[EQUITY]
        if a[STATUS] != 0:
            return int(a[STATUS])
    return 0


