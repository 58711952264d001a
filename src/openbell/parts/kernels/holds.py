"""Closed gates in the kernels: limits on equity, what executions tell, kills."""

from openbell.core.codes import Code
from openbell.core.risk import EASED, FLATTEN, HOLD, NOTHING, WARN, Facts
from openbell.parts.kernels.apart import APART, LOG
from openbell.parts.kernels.arith import is_greater_product
from openbell.parts.kernels.compiling import hot, kernel
from openbell.parts.kernels.conduct import drift, is_exit, is_wash, reason_of
from openbell.parts.kernels.floor import cancel
from openbell.parts.kernels.grids import GRID
from openbell.parts.kernels.layout import (
    ALERTS,
    ANSWERED,
    ANSWERS,
    BOUNDED,
    BREACHED,
    BY_HAND,
    C_BEST,
    C_BREACH,
    C_CAPITAL,
    C_FALL_DEN,
    C_FALL_NUM,
    C_FALLEN,
    C_HELD,
    C_HOLDS,
    C_LOST,
    C_MAX_LOSS,
    C_OPENED,
    C_REFUSED,
    C_SINCE,
    C_STAGE,
    C_TIMER,
    C_WAITS,
    CANCELLING,
    CLOCK,
    CLOSED,
    DEPLOYMENTS,
    EARS,
    ENTRIES,
    ENTRY,
    EQUITY,
    EVENTS,
    EXECUTIONS,
    FILLS,
    K_STAGE,
    K_TIMER,
    K_WAIT,
    KILLS,
    LANE_ROWS,
    LANES,
    LOSS_STREAK,
    MOST_TRADES,
    NOBODY,
    O_KIND,
    O_PAIR,
    O_STATE,
    ONE,
    P_DEPLOYMENT,
    P_EQUITY,
    P_THING,
    PEAK,
    PRICE_DRIFT,
    R_EAR,
    R_KIND,
    R_LATCHED,
    R_PARAMS,
    R_RELEASE,
    R_SINCE,
    R_WARNED,
    R_WARNS,
    R_WATCHER,
    RATE,
    REPEATED_FILLS,
    S_BEGIN,
    SEEN,
    SESSION_EQUITY,
    SLIPPAGE,
    SOLD_OUT,
    STATUS,
    STOP_OUTS,
    SURVEILLANCE,
    T_CALENDAR,
    T_COUNT,
    THINGS,
    WATCHERS,
    X_GAIN,
    X_PAID,
    X_PAIR,
    X_TS,
    X_WORSE,
    Ints,
    fixed,
)
from openbell.parts.kernels.rules import (
    DriftFacts,
    RepeatFacts,
    SlipFacts,
    StopOutFacts,
    StreakFacts,
    five,
    loss_streak_check,
    price_drift_check,
    repeated_fills_check,
    slippage_stage,
    stage_of,
    stop_outs_check,
    three,
    two,
)

EASED_NUM, EASED_DEN = map(fixed, EASED)
STOP_LOSS, TRAILING_STOP = int(Code.STOP_LOSS), int(Code.TRAILING_STOP)


@kernel
def take_back(g: Ints, deployment: int) -> int:
    """A gate closes: ask every entry of a deployment (-1: all) back; return how many are open."""
    total = 0
    if g[ANSWERS, 0] != 0:
        g[STATUS, 0] = ANSWERED
    for thing in range(g[THINGS, 0]):
        for place in range(g[T_COUNT, thing]):
            slot = g[LANES + LANE_ROWS * thing, place]
            is_meant = deployment < 0 or g[P_DEPLOYMENT, g[O_PAIR, slot]] == deployment
            if not is_meant or g[O_KIND, slot] != ENTRY:
                continue
            total += 1
            if g[O_STATE, slot] != CANCELLING:
                cancel(g, slot)
    return total


@kernel
def _is_clear(g: Ints, deployment: int) -> bool:
    for thing in range(g[THINGS, 0]):
        for place in range(g[T_COUNT, thing]):
            slot = g[LANES + LANE_ROWS * thing, place]
            is_meant = deployment < 0 or g[P_DEPLOYMENT, g[O_PAIR, slot]] == deployment
            if is_meant and g[O_KIND, slot] == ENTRY:
                return False
    return True


@kernel
def pull(g: Ints, deployment: int) -> None:
    """Pull the kill ladder's first tier over a deployment, -1 for the account.

    One alert begins it, another one ends it.
    """
    g[ALERTS, 0] += 1
    stage, timer, at = (K_STAGE, K_TIMER, 0) if deployment < 0 else (C_STAGE, C_TIMER, deployment)
    before = g[stage, at]
    if take_back(g, deployment) == 0:
        g[ALERTS, 0] += 1
        g[stage, at] = 0
    else:
        g[stage, at] = 1
        if g[timer, at] <= g[CLOCK, 0]:
            # It rings when nothing is left to be done, and is one event more.
            g[timer, at] = g[CLOCK, 0] + g[K_WAIT, 0]
            g[EVENTS, 0] += 1
    g[KILLS, 0] += g[stage, at] - before


@kernel
def advance(g: Ints) -> None:
    """End every kill whose entries are all gone; there is one under way."""
    if g[K_STAGE, 0] == 1 and _is_clear(g, NOBODY):
        g[K_STAGE, 0] = 0
        g[KILLS, 0] -= 1
        g[ALERTS, 0] += 1
    for deployment in range(g[DEPLOYMENTS, 0]):
        if g[C_STAGE, deployment] == 1 and _is_clear(g, deployment):
            g[C_STAGE, deployment] = 0
            g[KILLS, 0] -= 1
            g[ALERTS, 0] += 1


@kernel
def not_rung(g: Ints) -> int:
    """Return how many timers of kills the run has ended before."""
    total = 1 if g[K_TIMER, 0] > g[CLOCK, 0] else 0
    for deployment in range(g[DEPLOYMENTS, 0]):
        total += 1 if g[C_TIMER, deployment] > g[CLOCK, 0] else 0
    return total


@kernel
def hold(g: Ints, number: int, deployment: int) -> None:
    """Close the gate of a deployment in the name of a rule, unless it already has."""
    bit = 1 << number
    if g[C_HELD, deployment] & bit != 0:
        return
    g[C_HELD, deployment] |= bit
    g[C_HOLDS, deployment] += 1
    g[C_SINCE, deployment] = g[CLOCK, 0]
    if g[R_RELEASE, number] == BY_HAND:
        pull(g, deployment)
    else:
        g[C_WAITS, deployment] = g[CLOCK, 0]
        g[ALERTS, 0] += 1
        take_back(g, deployment)


@APART(GRID, LOG, when=EARS)
def hear(g: Ints, log: Ints) -> int:
    """Tell the rules that hear of executions about the latest one."""
    row = log[EXECUTIONS, g[FILLS, 0] - 1]
    deployment = g[P_DEPLOYMENT, row[X_PAIR]]
    for ear in range(g[EARS, 0]):
        number = g[R_EAR, ear]
        kind, is_over = g[R_KIND, number], False
        if kind == PRICE_DRIFT:
            worse, paid = drift(g, log, deployment, row[X_TS] - g[R_PARAMS + 2, number])
            is_over = price_drift_check(three(g, number), DriftFacts(worse, paid)) != 0
        elif kind == SLIPPAGE:
            stage = slippage_stage(five(g, number), SlipFacts(row[X_WORSE], row[X_PAID], 0))
            is_over = stage == HOLD
            g[ALERTS, 0] += 1 if stage == WARN else 0
        elif kind == SURVEILLANCE:
            g[ALERTS, 0] += 1 if is_wash(g, log) else 0
        else:
            is_over = _counts_too_many(g, log, number)
        if is_over:
            hold(g, number, deployment)
    return 0


@kernel
def _counts_too_many(g: Ints, log: Ints, number: int) -> bool:
    """Return True if a rule that counts executions objects to the latest one."""
    row, kind = log[EXECUTIONS, g[FILLS, 0] - 1], g[R_KIND, number]
    since, found = row[X_TS] - g[R_PARAMS + 1, number], 0
    if kind == REPEATED_FILLS and not is_exit(log, row):
        found = repeated_fills_check(two(g, number), RepeatFacts(_entries_since(g, log, since)))
    elif kind == STOP_OUTS and _is_stop(log, row):
        found = stop_outs_check(two(g, number), StopOutFacts(_stops_since(g, log, since)))
    elif kind == LOSS_STREAK and is_exit(log, row):
        if g[R_RELEASE, number] != BY_HAND:
            # What the session before has lost was paid for with a hold of its own.
            since = max(since, g[S_BEGIN, g[T_CALENDAR, g[P_THING, row[X_PAIR]]]])
        found = loss_streak_check(three(g, number), StreakFacts(_losses_since(g, log, since)))
    return found != 0


@kernel
def _is_stop(log: Ints, row: Ints) -> bool:
    return reason_of(log, row) in (STOP_LOSS, TRAILING_STOP)


@kernel
def _entries_since(g: Ints, log: Ints, since: int) -> int:
    """Return how many entries in the instrument executed last have executed after `since` (ns) for its deployment."""
    number, own, total = g[FILLS, 0] - 1, 0, 0
    pair = log[EXECUTIONS, number, X_PAIR]
    while number >= 0 and own < MOST_TRADES and log[EXECUTIONS, number, X_TS] > since:
        row = log[EXECUTIONS, number]
        own += 1 if g[P_DEPLOYMENT, row[X_PAIR]] == g[P_DEPLOYMENT, pair] else 0
        if row[X_PAIR] == pair and not is_exit(log, row):
            total += 1
        number -= 1
    return total


@kernel
def _stops_since(g: Ints, log: Ints, since: int) -> int:
    """Return how many stops of the deployment executed last were hit after `since` (ns)."""
    number, own, total = g[FILLS, 0] - 1, 0, 0
    deployment = g[P_DEPLOYMENT, log[EXECUTIONS, number, X_PAIR]]
    while number >= 0 and own < MOST_TRADES and log[EXECUTIONS, number, X_TS] > since:
        row = log[EXECUTIONS, number]
        if g[P_DEPLOYMENT, row[X_PAIR]] == deployment:
            own += 1
            if _is_stop(log, row):
                total += 1
        number -= 1
    return total


@kernel
def _losses_since(g: Ints, log: Ints, since: int) -> int:
    """Return how many exits of the deployment executed last have lost in a row after `since` (ns)."""
    number, own, total = g[FILLS, 0] - 1, 0, 0
    deployment = g[P_DEPLOYMENT, log[EXECUTIONS, number, X_PAIR]]
    while number >= 0 and own < MOST_TRADES:
        row = log[EXECUTIONS, number]
        number -= 1
        if g[P_DEPLOYMENT, row[X_PAIR]] != deployment:
            continue
        own += 1
        if is_exit(log, row) and (row[X_TS] <= since or row[X_GAIN] >= 0):
            break
        total += 1 if is_exit(log, row) else 0
    return total


@kernel
def hear_refusals(g: Ints) -> None:
    """Hold every deployment that was refused too often because it sent too many messages."""
    g[BREACHED, 0] = 0
    number = g[RATE, 0]
    for deployment in range(g[DEPLOYMENTS, 0]):
        if g[C_BREACH, deployment] != 0:
            g[C_BREACH, deployment] = 0
            if g[C_REFUSED, deployment] >= g[R_PARAMS + 5, number]:
                hold(g, number, deployment)


# --- limits on equity -------------------------------------------------------------------------------------------


@hot
def watch(g: Ints) -> None:
    """Let the rules that watch equity look at it if it has changed."""
    if g[EQUITY, 0] != g[SEEN, 0]:
        g[SEEN, 0] = g[EQUITY, 0]
        if g[WATCHERS, 0] > 0:
            look(g)


@APART(GRID, when=WATCHERS)
def look(g: Ints) -> int:
    """Ask the rules that watch equity; one that objects closes the gate and pulls every entry."""
    equity = g[EQUITY, 0]
    facts = Facts(1, 0, 0, equity, g[SESSION_EQUITY, 0], 0, g[PEAK, 0], 0, 0, 0, 0, g[ENTRIES, 0], -1, 0)
    for watcher in range(g[WATCHERS, 0]):
        number = g[R_WATCHER, watcher]
        stage = stage_of(g, number, facts, ONE, ONE)
        if g[R_WARNS, number] == 1:
            if stage >= WARN and g[R_WARNED, number] == 0:
                g[R_WARNED, number] = 1
                g[ALERTS, 0] += 1
            elif stage == NOTHING and g[R_WARNED, number] == 1:
                eased = stage_of(g, number, facts, EASED_NUM, EASED_DEN)
                g[R_WARNED, number] = 0 if eased == NOTHING else 1
        if stage == FLATTEN:
            # The ladder's last tiers are climbed by the plain engine.
            g[STATUS, 0] = SOLD_OUT
        elif stage == HOLD and g[R_LATCHED, number] == 0:
            g[R_LATCHED, number], g[R_SINCE, number] = 1, g[CLOCK, 0]
            g[CLOSED, 0] += 1
            if g[R_RELEASE, number] == BY_HAND:
                pull(g, NOBODY)
            else:
                g[ALERTS, 0] += 1
                take_back(g, NOBODY)
    return 0


@kernel
def note_results(g: Ints) -> None:
    """Remember the highest result of every deployment with limits of its own."""
    for deployment in range(g[DEPLOYMENTS, 0]):
        result = g[P_EQUITY, deployment] - g[C_CAPITAL, deployment]
        g[C_BEST, deployment] = max(g[C_BEST, deployment], result)


@kernel
def look_at_deployments(g: Ints) -> None:
    """Close the gate of each deployment that has reached a limit of its own."""
    for deployment in range(g[DEPLOYMENTS, 0]):
        result, best = g[P_EQUITY, deployment] - g[C_CAPITAL, deployment], g[C_BEST, deployment]
        most, num, den = g[C_MAX_LOSS, deployment], g[C_FALL_NUM, deployment], g[C_FALL_DEN, deployment]
        if most != 0 and g[C_LOST, deployment] == 0 and g[C_OPENED, deployment] - result >= most:
            g[C_LOST, deployment] = g[CLOCK, 0]
            g[C_HOLDS, deployment] += 1
            g[ALERTS, 0] += 1
            take_back(g, deployment)
        whole = g[C_CAPITAL, deployment] + best
        is_watched = num != 0 and g[C_FALLEN, deployment] == 0 and whole > 0
        if is_watched and not is_greater_product(num, whole, best - result, den):
            g[C_FALLEN, deployment] = g[CLOCK, 0]
            g[C_HOLDS, deployment] += 1
            pull(g, deployment)


@hot
def settled(g: Ints) -> None:
    """After every step: let limits look at what has changed."""
    if g[BREACHED, 0] != 0:
        hear_refusals(g)
    watch(g)
    if g[BOUNDED, 0] != 0:
        look_at_deployments(g)
