"""The rule that looks at the account again and again: its timer and its alerts."""

from numba import int64

from openbell.core.types import DAY_NS
from openbell.parts.kernels.apart import APART, LOG
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.grids import GRID
from openbell.parts.kernels.layout import (
    ALERTS,
    CALENDAR,
    CALENDARS,
    DEPLOYMENTS,
    ENTRIES,
    EQUITY,
    EVENTS,
    EXECUTIONS,
    FILLS,
    GROSS,
    LOOK_AT,
    LOOKER,
    LOOKS,
    MOST_TRADES,
    P_DEPLOYMENT,
    P_VALUE,
    PAIRS,
    R_PARAMS,
    S_BEGIN,
    S_IS_OPEN,
    T_WORTH,
    THINGS,
    TOLD,
    WEEK_EQUITY,
    X_KNOWN,
    X_PAID,
    X_PAIR,
    X_TS,
    X_WORSE,
    Ints,
    fixed,
)
from openbell.parts.kernels.rules import WatchFacts, place_of, place_of_entries
from openbell.parts.rules.watch import BELOW, FIGURES, PASSED

DAY, TRADES_TOLD = fixed(DAY_NS), len(FIGURES)
EXPOSURE, WEEK, POSITION, CONCENTRATION, SLIPPAGE = map(fixed, range(len(FIGURES)))


@APART(GRID, LOG, int64, when=LOOKS)
def look_until(g: Ints, log: Ints, ts: int) -> int:
    """Look at the account as often as its timer has rung until `ts` (ns)."""
    while 0 < g[LOOK_AT, 0] <= ts:
        _look(g, log)
    return 0


@APART(GRID, LOG, int64, when=LOOKS)
def look_with_bar(g: Ints, log: Ints, ts: int) -> int:
    """Do so when a bar has closed at `ts` (ns); it sets the timer where none is set."""
    look_until(g, log, ts)
    if g[LOOK_AT, 0] == 0:
        g[LOOK_AT, 0] = ts + g[R_PARAMS, g[LOOKER, 0]]
    return 0


@kernel
def _look(g: Ints, log: Ints) -> None:
    """Give an alert for each figure that has passed its threshold, and go on while a market is open."""
    equity = g[EQUITY, 0]
    worse, paid = _slipped(g, log)
    _compare(g, EXPOSURE, g[GROSS, 0], equity)
    _compare(g, WEEK, g[WEEK_EQUITY, 0] - equity, g[WEEK_EQUITY, 0])
    _compare(g, POSITION, _largest(g, P_VALUE, g[PAIRS, 0]), equity)
    _compare(g, CONCENTRATION, _largest(g, T_WORTH, g[THINGS, 0]), equity)
    _compare(g, SLIPPAGE, worse, paid)
    most = g[R_PARAMS + 1 + 2 * TRADES_TOLD, g[LOOKER, 0]]
    _tell(g, TRADES_TOLD, place_of_entries(most, g[ENTRIES, 0]))
    g[EVENTS, 0] += 1
    is_open = False
    for calendar in range(g[CALENDARS, 0]):
        is_open = is_open or g[S_IS_OPEN, calendar] == 1
    g[LOOK_AT, 0] = g[LOOK_AT, 0] + g[R_PARAMS, g[LOOKER, 0]] if is_open else 0


@kernel
def _compare(g: Ints, figure: int, some: int, whole: int) -> None:
    """Compare a figure with its threshold."""
    place = R_PARAMS + 1 + 2 * figure
    share = g[place, g[LOOKER, 0]], g[place + 1, g[LOOKER, 0]]
    if share[0] != 0:
        _tell(g, figure, place_of(share, WatchFacts(some, whole), figure))


@kernel
def _tell(g: Ints, figure: int, place: int) -> None:
    if place == PASSED and g[TOLD, figure] == 0:
        g[TOLD, figure] = 1
        g[ALERTS, 0] += 1
    elif place == BELOW:
        g[TOLD, figure] = 0


@kernel
def _largest(g: Ints, row: int, count: int) -> int:
    """Return the largest amount in a row, whatever its sign."""
    found = 0
    for place in range(count):
        found = max(found, abs(g[row, place]))
    return found


@kernel
def _slipped(g: Ints, log: Ints) -> tuple[int, int]:
    """Return how much worse than at sending this session's orders were executed, and what they came to, 1e-8."""
    worse, paid, opened = 0, 0, g[S_BEGIN, g[CALENDAR, 0]]
    for deployment in range(g[DEPLOYMENTS, 0]):
        number, own, since = g[FILLS, 0] - 1, 0, opened
        while number >= 0 and own < MOST_TRADES and log[EXECUTIONS, number, X_TS] >= since:
            row = log[EXECUTIONS, number]
            if g[P_DEPLOYMENT, row[X_PAIR]] == deployment:
                # Of a strategy are remembered the orders of the day before its latest one.
                since = max(since, row[X_TS] - DAY + 1) if own == 0 else since
                own += 1
                worse += row[X_WORSE] * row[X_KNOWN]
                paid += row[X_PAID] * row[X_KNOWN]
            number -= 1
    return worse, paid
