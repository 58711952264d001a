"""The gate in the kernels: worst case, core checks, rules, in the core's order."""

from numba import int64

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.parts.kernels.apart import APART, LOG
from openbell.parts.kernels.arith import HALF_EVEN, ratio
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.exposure import EXPOSURE, Exposure, measure, used_by
from openbell.parts.kernels.grids import FLOAT_GRID, GRID
from openbell.parts.kernels.judge import BY_CLOSES, judge, judge_by_closes
from openbell.parts.kernels.layout import (
    C_ENTRIES,
    C_HOLDS,
    C_ORDERS,
    CLOCK,
    CLOSED,
    DAILY_LOSS,
    DAILY_TRADES,
    DRAWDOWN,
    DUPLICATE,
    ENTRIES,
    ENTRY,
    EQUITY,
    GATES,
    KILL,
    LANE_ROWS,
    LANES,
    LEVERAGE_DEN,
    LEVERAGE_NUM,
    MAX_POSITION,
    MAX_POSITIONS,
    MONTHLY_LOSS,
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
    R_GATE,
    R_KIND,
    S_BEGIN,
    S_END,
    SESSION_EQUITY,
    SESSION_HOURS,
    T_CALENDAR,
    T_CAN_SHORT,
    T_COUNT,
    T_FIRST,
    T_LAST,
    T_MARK,
    T_MIN_LOTS,
    T_MIN_VALUE,
    WEEKLY_LOSS,
    Floats,
    Ints,
)
from openbell.parts.kernels.ledger import deployment_equity, value_of
from openbell.parts.kernels.rules import (
    ask,
)

LATCHED, BELOW_MINIMUM = int(Code.LATCHED), int(Code.BELOW_MINIMUM)
SHORT_NOT_ALLOWED, NETTING = int(Code.SHORT_NOT_ALLOWED), int(Code.NETTING)
BUYING_POWER, BUDGET, TOO_MANY = int(Code.BUYING_POWER), int(Code.BUDGET), int(Code.MAX_POSITIONS)
TOO_OFTEN = int(Code.DAILY_TRADES)
PLAIN = (
    KILL, SESSION_HOURS, DAILY_LOSS, MAX_POSITION, MAX_POSITIONS, DUPLICATE, DRAWDOWN, DAILY_TRADES, WEEKLY_LOSS,
    MONTHLY_LOSS,
)  # fmt: skip
"""Rules that look at nothing but the facts that all of them share."""


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
def review(g: Ints, f: Floats, log: Ints, draft: int) -> int:
    """Return the first code against a drafted entry, 0 if it may go."""
    pair, side, lots = g[O_PAIR, draft], g[O_SIDE, draft], g[O_LOTS, draft]
    thing, deployment = g[P_THING, pair], g[P_DEPLOYMENT, pair]
    value = value_of(g, thing, lots, g[T_MARK, thing])
    if g[CLOSED, 0] != 0 or g[C_HOLDS, deployment] != 0:
        return LATCHED
    if lots < g[T_MIN_LOTS, thing] or value < g[T_MIN_VALUE, thing]:
        return BELOW_MINIMUM
    if side < 0 and g[T_CAN_SHORT, thing] == 0 and g[P_QTY, pair] < lots:
        return SHORT_NOT_ALLOWED
    if _has_opposite(g, pair, side):
        return NETTING
    exposure = measure(g, draft)
    if exposure.gross > ratio(g[EQUITY, 0] * g[LEVERAGE_NUM, 0], g[LEVERAGE_DEN, 0], HALF_EVEN):
        return BUYING_POWER
    if used_by(g, deployment, pair, lots) > deployment_equity(g, deployment):
        return BUDGET
    if g[P_MOST, pair] != 0 and exposure.own > g[P_MOST, pair]:
        return TOO_MANY
    if g[C_ENTRIES, deployment] != 0 and g[C_ORDERS, deployment] >= g[C_ENTRIES, deployment]:
        return TOO_OFTEN
    return ruled(g, f, log, draft, exposure, value) if g[GATES, 0] > 0 else 0


@APART(GRID, FLOAT_GRID, LOG, int64, EXPOSURE, int64, when=GATES)
def ruled(g: Ints, f: Floats, log: Ints, draft: int, exposure: Exposure, value: int) -> int:
    """Return the first code that a rule gives against a drafted entry, 0 if it may go."""
    pair, side, lots = g[O_PAIR, draft], g[O_SIDE, draft], g[O_LOTS, draft]
    ts, calendar = g[CLOCK, 0], g[T_CALENDAR, g[P_THING, pair]]
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
        exposure.instrument,
        exposure.gross,
        exposure.positions,
        g[ENTRIES, 0],
        ts - g[P_LAST_TS, pair] if is_repeat else -1,
        0,
    )
    for place in range(g[GATES, 0]):
        rule = g[R_GATE, place]
        if g[R_KIND, rule] in PLAIN:
            code = ask(g, rule, facts)
        elif g[R_KIND, rule] in BY_CLOSES:
            code = judge_by_closes(g, f, rule, draft, exposure)
        else:
            code = judge(g, log, rule, draft, exposure, facts)
        if code != 0:
            return code
    return 0
