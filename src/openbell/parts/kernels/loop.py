"""The compiled loop: bars in, orders out, decision by decision as the plain engine."""

import math
from typing import Any

from openbell.core.codes import Code
from openbell.parts.kernels.answers import deliver_all
from openbell.parts.kernels.apart import APART, INTS_ROW, LOG
from openbell.parts.kernels.arith import HALF_EVEN, ticks
from openbell.parts.kernels.calls import ask
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.desk import WAITING_FOR_ORDER, act, conclude, leave
from openbell.parts.kernels.floor import cancel_kind
from openbell.parts.kernels.grids import FLOAT_GRID, GRID, grids
from openbell.parts.kernels.history import keep_closes
from openbell.parts.kernels.holds import not_rung, note_results, settled
from openbell.parts.kernels.layout import (
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    B_VOLUME,
    BARS,
    BOUNDED,
    BY_HAND,
    BY_SESSION,
    BY_WEEK,
    C_CANCELS,
    C_CAPITAL,
    C_HEAD,
    C_HELD,
    C_HOLDS,
    C_LOST,
    C_OPENED,
    C_ORDERS,
    C_REFUSED,
    C_WAITS,
    CALENDAR,
    CLOCK,
    CLOSED,
    CLOSING,
    COLUMNS,
    D_BEGIN,
    D_CALENDAR,
    D_END,
    D_EQUITY,
    D_IS_MONTH,
    D_IS_NEW,
    D_IS_REAL,
    D_IS_WEEK,
    DEPLOYMENTS,
    E_GOOD,
    E_OPEN_TS,
    E_PLACE,
    E_TS,
    ENDING,
    ENTRIES,
    ENTRY,
    EQUITY,
    EVENTS,
    F_CLOSE,
    F_DECIDED,
    F_HIGHEST,
    F_MAX_JUMP,
    F_SUSPECT,
    F_WISH,
    FIRST,
    INSTANT,
    KEEPS,
    LOOK_AT,
    MOMENT,
    MONTH_EQUITY,
    N_QUARANTINED,
    P_DAYS,
    P_EQUITY,
    P_NEXT,
    P_QTY,
    P_SHADE,
    P_STEP,
    P_THING,
    P_WISH,
    P_WISHES,
    PAIRS,
    R_LATCHED,
    R_RELEASE,
    R_SINCE,
    R_WARNED,
    RULES_COUNT,
    S_BEGIN,
    S_END,
    S_IS_OPEN,
    S_REAL,
    SELLS_OLD,
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
from openbell.parts.kernels.ranges import feel
from openbell.parts.kernels.rules import (
    DayFacts,
    holding_period_check,
    one,
)
from openbell.parts.kernels.watching import look_until, look_with_bar
from openbell.parts.kernels.wishes import REBALANCE, end_instant, hear_more

AGREEMENT, CONFIRMATIONS = 5.0, 3
OUT_OF_SESSION, OVER, CLOSE = fixed(Code.OUT_OF_SESSION), fixed(Code.HOLDING_PERIOD), fixed(Code.NEAR_CLOSE)
BAD_NAN, BAD_ZERO, BAD_OHLC = int(Code.BAD_NAN), int(Code.BAD_ZERO), int(Code.BAD_OHLC)
BAD_VOLUME, BAD_DUPLICATE = int(Code.BAD_VOLUME), int(Code.BAD_DUPLICATE)
BAD_ORDER, BAD_JUMP = int(Code.BAD_ORDER), int(Code.BAD_JUMP)


@kernel
def begin_session(g: Ints, f: Floats, day: Ints) -> None:
    """A session begins: its bounds, the account's new day, latches that open with it."""
    calendar = day[D_CALENDAR]
    g[S_BEGIN, calendar], g[S_END, calendar], g[S_REAL, calendar] = day[D_BEGIN], day[D_END], day[D_IS_REAL]
    g[S_IS_OPEN, calendar] = 1
    if day[D_IS_NEW] == 1:
        if g[KEEPS, 0] == 1:
            keep_closes(g, f, calendar)
        for pair in range(g[PAIRS, 0]):
            if g[P_QTY, pair] != 0 and g[T_CALENDAR, g[P_THING, pair]] == calendar:
                g[P_DAYS, pair] += 1
    if calendar != g[CALENDAR, 0]:
        return
    if day[D_IS_NEW] == 1:
        g[SESSION_EQUITY, 0] = day[D_EQUITY] = g[EQUITY, 0]
        g[ENTRIES, 0] = 0
        if day[D_IS_WEEK] == 1:
            g[WEEK_EQUITY, 0] = g[EQUITY, 0]
        if day[D_IS_MONTH] == 1:
            g[MONTH_EQUITY, 0] = g[EQUITY, 0]
        for deployment in range(g[DEPLOYMENTS, 0]):
            g[C_ORDERS, deployment], g[C_CANCELS, deployment], g[C_REFUSED, deployment] = 0, 0, 0
            g[C_OPENED, deployment] = g[P_EQUITY, deployment] - g[C_CAPITAL, deployment]
    for rule in range(g[RULES_COUNT, 0]):
        if g[R_RELEASE, rule] != BY_HAND and _is_over(day, g[R_RELEASE, rule]):
            if g[R_LATCHED, rule] == 1 and g[R_SINCE, rule] < day[D_BEGIN]:
                g[R_LATCHED, rule], g[R_WARNED, rule] = 0, 0
                g[CLOSED, 0] -= 1
            _let_go(g, rule, day[D_BEGIN])
    for deployment in range(g[DEPLOYMENTS, 0]):
        if 0 < g[C_LOST, deployment] < day[D_BEGIN]:
            g[C_LOST, deployment] = 0
            g[C_HOLDS, deployment] -= 1


@kernel
def _is_over(day: Ints, release: int) -> bool:
    """Return True if a session begins what a closed gate waits for."""
    if release == BY_SESSION:
        return True
    found: bool = (day[D_IS_WEEK] if release == BY_WEEK else day[D_IS_MONTH]) == 1
    return found


@kernel
def _let_go(g: Ints, rule: int, begin: int) -> None:
    """Open the gates of deployments that a rule holds until a session."""
    for deployment in range(g[DEPLOYMENTS, 0]):
        if g[C_HELD, deployment] & (1 << rule) != 0 and g[C_WAITS, deployment] < begin:
            g[C_HELD, deployment] ^= 1 << rule
            g[C_HOLDS, deployment] -= 1


@kernel
def sell_old(g: Ints, log: Ints, calendar: int) -> None:
    """Get out of what has been held for too many sessions of a calendar."""
    rule = g[SELLS_OLD, 0]
    for pair in range(g[PAIRS, 0]):
        is_held = g[P_QTY, pair] != 0 and g[T_CALENDAR, g[P_THING, pair]] == calendar
        if is_held and holding_period_check(one(g, rule), DayFacts(g[P_DAYS, pair])) != 0:
            leave(g, log, pair, OVER)


@kernel
def leave_before_close(g: Ints, log: Ints, calendar: int, deployment: int) -> None:
    """Get a deployment out of what it holds and enters, because a close is near."""
    pair = g[C_HEAD, deployment]
    while pair >= 0:
        if g[T_CALENDAR, g[P_THING, pair]] == calendar:
            cancel_kind(g, pair, ENTRY)
            if g[P_QTY, pair] != 0:
                leave(g, log, pair, CLOSE)
        pair = g[P_NEXT, pair]


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


@hot
def is_refused(g: Ints, f: Floats, log: Ints, thing: int, bar: Floats) -> bool:
    """Return True for a bar that is refused; what the clock brings with it comes all the same."""
    ts = g[CLOCK, 0]
    if screen(g, f, thing, ts, bar) == 0:
        return False
    if ts >= g[LOOK_AT, 0]:
        look_until(g, log, ts)
    return True


@APART(GRID, FLOAT_GRID, LOG, INTS_ROW)
def turn(g: Ints, f: Floats, log: Ints, day: Ints) -> int:
    """A session begins, or a timer before a close rings."""
    calendar = day[D_CALENDAR]
    if g[LOOK_AT, 0] < g[CLOCK, 0]:
        look_until(g, log, g[CLOCK, 0] - 1)
    if calendar >= 0:
        begin_session(g, f, day)
        if g[SELLS_OLD, 0] >= 0:
            sell_old(g, log, calendar)
    elif calendar == CLOSING:
        leave_before_close(g, log, day[D_BEGIN], day[D_END])
        if g[TAIL, 0] > 0:
            deliver_all(g, f, log)
    elif calendar == ENDING:
        g[S_IS_OPEN, day[D_BEGIN]] = 0
    elif calendar == INSTANT:
        end_instant(g, f, log)
    return 0


def run(ints: Ints, floats: Floats, log: Ints, tape: Tape, memory: Memory, steps: Any) -> int:
    """Take every event and return 0, or the number of why the plain engine has to do it."""
    g, f = grids((ints, floats))
    events, bars, days = tape.events, tape.bars, tape.days
    g[EVENTS, 0] += events.shape[0]
    for event in range(events.shape[0]):
        thing, ts, open_ts = events[event, E_PLACE], events[event, E_TS], events[event, E_OPEN_TS]
        g[CLOCK, 0] = ts
        if thing < 0:
            turn(g, f, log, days[-1 - thing])
            continue
        bar = bars[event]
        if events[event, E_GOOD] == 0:
            if is_refused(g, f, log, thing, bar):
                continue
            # A price beyond the bounds ends this run, and is to end the next one as well.
            events[event, E_GOOD] = 1 if g[STATUS, 0] == 0 else 0
        if ts >= g[LOOK_AT, 0]:
            look_with_bar(g, log, ts)
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
            if g[BOUNDED, 0] != 0:
                note_results(g)
        for pair in range(g[T_FIRST, thing], g[T_LAST, thing]):
            if not is_inside:
                conclude(g, pair, OUT_OF_SESSION)
                continue
            shade = g[P_SHADE, pair]
            if shade >= 0:
                value, _ = ask(steps[g[P_STEP, shade]], g, memory, tape, shade, event)
                feel(g, log, pair, value)
            target, code = ask(steps[g[P_STEP, pair]], g, memory, tape, pair, event)
            if code < 0 or code >= g[COLUMNS, 0]:
                hear_more(g, f, log, code)
                continue
            # As `wishes.obey`, written out: taken in from there it made every bar an eighth slower.
            signal, is_target = code, not math.isnan(target)
            is_acting = is_target and (target != f[F_DECIDED, pair] or signal == REBALANCE)
            if is_acting:
                code = act(g, f, log, pair, target, signal)
            if is_target:
                f[F_DECIDED, pair] = target
            conclude(g, pair, code)
            if is_acting and code == WAITING_FOR_ORDER:
                g[P_WISHES, pair], g[P_WISH, pair], f[F_WISH, pair] = 1, signal, target
        settled(g)
        if g[TAIL, 0] > 0:
            deliver_all(g, f, log)
        if g[STATUS, 0] != 0:
            return g[STATUS, 0]  # type: ignore[no-any-return]  # a call of int() would be compiled
    if g[CLOCK, 0] >= g[LOOK_AT, 0]:
        look_until(g, log, g[CLOCK, 0])
    g[EVENTS, 0] -= not_rung(g)
    return g[STATUS, 0]  # type: ignore[no-any-return]  # a call of int() would be compiled
