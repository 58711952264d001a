"""The compiled loop: bars in, orders out, decision by decision as the plain engine."""

import math
from typing import Any

from openbell.core.codes import Code
from openbell.parts.kernels.answers import deliver_all
from openbell.parts.kernels.arith import HALF_EVEN, ticks
from openbell.parts.kernels.calls import ask
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.desk import WAITING_FOR_ORDER, act, conclude
from openbell.parts.kernels.gate import watch
from openbell.parts.kernels.layout import (
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    B_VOLUME,
    BARS,
    CALENDAR,
    CLOCK,
    CLOSED,
    D_BEGIN,
    D_CALENDAR,
    D_END,
    D_EQUITY,
    D_IS_MONTH,
    D_IS_NEW,
    D_IS_WEEK,
    E_OPEN_TS,
    E_PLACE,
    E_TS,
    ENTRIES,
    EQUITY,
    EVENTS,
    F_CLOSE,
    F_DECIDED,
    F_HIGHEST,
    F_MAX_JUMP,
    F_SUSPECT,
    F_WISH,
    FIRST,
    MOMENT,
    MONTH_EQUITY,
    N_QUARANTINED,
    ODD_CODE,
    P_STEP,
    P_WISH,
    P_WISHES,
    R_BY_SESSION,
    R_LATCHED,
    R_SINCE,
    R_WARNED,
    RULES_COUNT,
    S_BEGIN,
    S_END,
    SESSION_EQUITY,
    STATUS,
    T_CALENDAR,
    T_COUNT,
    T_FIRST,
    T_HELD,
    T_LAST,
    T_LAST_TS,
    T_MARK,
    T_STEPS,
    T_SUSPECTS,
    TAIL,
    TOO_LARGE,
    WEEK_EQUITY,
    Floats,
    Ints,
    Memory,
    Tape,
    fixed,
)
from openbell.parts.kernels.ledger import revalue, settle
from openbell.parts.kernels.play import play

AGREEMENT, CONFIRMATIONS = 5.0, 3
OUT_OF_SESSION = fixed(Code.OUT_OF_SESSION)
REBALANCE = int(Code.REBALANCE)
BAD_NAN, BAD_ZERO, BAD_OHLC = int(Code.BAD_NAN), int(Code.BAD_ZERO), int(Code.BAD_OHLC)
BAD_VOLUME, BAD_DUPLICATE = int(Code.BAD_VOLUME), int(Code.BAD_DUPLICATE)
BAD_ORDER, BAD_JUMP = int(Code.BAD_ORDER), int(Code.BAD_JUMP)


@kernel
def begin_session(g: Ints, day: Ints) -> None:
    """A session begins: its bounds, the account's new day, latches that open with it."""
    calendar = day[D_CALENDAR]
    g[S_BEGIN, calendar], g[S_END, calendar] = day[D_BEGIN], day[D_END]
    if calendar != g[CALENDAR, 0]:
        return
    if day[D_IS_NEW] == 1:
        g[SESSION_EQUITY, 0] = day[D_EQUITY] = g[EQUITY, 0]
        g[ENTRIES, 0] = 0
        if day[D_IS_WEEK] == 1:
            g[WEEK_EQUITY, 0] = g[EQUITY, 0]
        if day[D_IS_MONTH] == 1:
            g[MONTH_EQUITY, 0] = g[EQUITY, 0]
    for rule in range(g[RULES_COUNT, 0]):
        if g[R_LATCHED, rule] == 1 and g[R_BY_SESSION, rule] == 1 and g[R_SINCE, rule] < day[D_BEGIN]:
            g[R_LATCHED, rule], g[R_WARNED, rule] = 0, 0
            g[CLOSED, 0] -= 1


@kernel
def defect(bar: Floats) -> int:
    """Return what is wrong with a bar as such, 0 for nothing; as `run.screen`."""
    o, h, low, c = bar[B_OPEN], bar[B_HIGH], bar[B_LOW], bar[B_CLOSE]
    if not (math.isfinite(o) and math.isfinite(h) and math.isfinite(low) and math.isfinite(c)):
        return BAD_NAN
    if o <= 0.0 or h <= 0.0 or low <= 0.0 or c <= 0.0:
        return BAD_ZERO
    if low > o or low > c or h < o or h < c:
        return BAD_OHLC
    # An unknown volume is NaN in some sources: it is not a defect of the price.
    return BAD_VOLUME if bar[B_VOLUME] < 0.0 or bar[B_VOLUME] == math.inf else 0


@hot
def has_jumped(g: Ints, f: Floats, thing: int, close: float) -> bool:
    """Return True if a close is too far from the last one, and not yet confirmed."""
    mark, suspect, most = f[F_CLOSE, thing], f[F_SUSPECT, thing], f[F_MAX_JUMP, 0]
    if mark * most >= close and close * most >= mark:
        return False
    agrees = abs(close - suspect) * AGREEMENT <= suspect
    return not (agrees and g[T_SUSPECTS, thing] >= CONFIRMATIONS - 1)


@kernel
def refuse(g: Ints, f: Floats, thing: int, close: float, code: int) -> None:
    """Count a refused bar; a jumped close is remembered until others agree with it or not."""
    g[N_QUARANTINED, code] += 1
    if code == BAD_JUMP:
        suspect = f[F_SUSPECT, thing]
        agrees = g[T_SUSPECTS, thing] != 0 and abs(close - suspect) * AGREEMENT <= suspect
        g[T_SUSPECTS, thing] = g[T_SUSPECTS, thing] + 1 if agrees else 1
        f[F_SUSPECT, thing] = close


@hot
def screen(g: Ints, f: Floats, thing: int, ts: int, bar: Floats) -> int:
    """Return why a bar is refused, 0 if it is good; as `run.screen.screen`."""
    o, h, low, c = bar[B_OPEN], bar[B_HIGH], bar[B_LOW], bar[B_CLOSE]
    code = 0
    if not (0.0 < low <= o <= h < math.inf and low <= c <= h and 0.0 <= bar[B_VOLUME] < math.inf):
        code = defect(bar)
    last = g[T_LAST_TS, thing]
    if code == 0 and last >= 0:
        if ts <= last:
            code = BAD_DUPLICATE if ts == last else BAD_ORDER
        elif has_jumped(g, f, thing, c):
            code = BAD_JUMP
    if code != 0:
        refuse(g, f, thing, c, code)
    elif h > f[F_HIGHEST, thing]:
        g[STATUS, 0] = TOO_LARGE
    return code


def run(g: Ints, f: Floats, log: Ints, tape: Tape, memory: Memory, steps: Any) -> int:
    """Take every event and return 0, or the number of why the plain engine has to do it."""
    events, bars, days = tape.events, tape.bars, tape.days
    g[EVENTS, 0] += events.shape[0]
    for event in range(events.shape[0]):
        thing, ts, open_ts = events[event, E_PLACE], events[event, E_TS], events[event, E_OPEN_TS]
        g[CLOCK, 0] = ts
        if thing < 0:
            if days[-1 - thing, D_CALENDAR] >= 0:
                begin_session(g, days[-1 - thing])
            continue
        bar = bars[event]
        if screen(g, f, thing, ts, bar) != 0:
            continue
        g[BARS, 0] += 1
        calendar = g[T_CALENDAR, thing]
        is_inside = g[S_BEGIN, calendar] <= open_ts < g[S_END, calendar]
        if is_inside and g[T_COUNT, thing] > 0:
            third = (ts - open_ts) // 3
            g[MOMENT, 0], g[MOMENT, 1] = open_ts, open_ts + third
            g[MOMENT, 2], g[MOMENT, 3] = open_ts + 2 * third, ts
            play(g, f, log, thing, bar)
        if g[FIRST, 0] == 0:
            g[FIRST, 0] = open_ts
        f[F_CLOSE, thing], g[T_LAST_TS, thing], g[T_SUSPECTS, thing] = bar[B_CLOSE], ts, 0
        g[T_MARK, thing] = ticks(bar[B_CLOSE], g[T_STEPS, thing], HALF_EVEN)
        if g[T_HELD, thing] > 0:
            revalue(g, thing, g[T_MARK, thing])
            settle(g)
        for pair in range(g[T_FIRST, thing], g[T_LAST, thing]):
            if not is_inside:
                conclude(g, pair, OUT_OF_SESSION)
                continue
            target, code = ask(steps[g[P_STEP, pair]], g, memory, tape, pair, event)
            if code < 0 or code >= g.shape[1]:
                return ODD_CODE
            signal, is_target = code, not math.isnan(target)
            is_acting = is_target and (target != f[F_DECIDED, pair] or signal == REBALANCE)
            if is_acting:
                code = act(g, f, log, pair, target, signal)
            if is_target:
                f[F_DECIDED, pair] = target
            conclude(g, pair, code)
            if is_acting and code == WAITING_FOR_ORDER:
                g[P_WISHES, pair], g[P_WISH, pair], f[F_WISH, pair] = 1, signal, target
        watch(g)
        if g[TAIL, 0] > 0:
            deliver_all(g, f, log)
        if g[STATUS, 0] != 0:
            return g[STATUS, 0]  # type: ignore[no-any-return]  # a call of int() would be compiled
    return 0
