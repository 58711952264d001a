"""What the kernels work on: two grids, a log, and the names of their rows.

Helpers receive very few arrays, because each one is seven numbers in every call. All whole numbers of a run stand
in one grid `g`, all floats in one grid `f`; a row is a field, a column the thing that has it: `g[P_QTY, pair]`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openbell.core.book import KEPT_CLOSES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def fixed(number: int) -> Any:
    """Return a constant that is handed from function to function, as int64.

    Numba compiles a function anew for every plain int that it is given.
    """
    return np.int64(number)


NOBODY, ZERO, ONE = map(fixed, (-1, 0, 1))
MARKET, STOP, LIMIT, TRAILING = map(fixed, range(4))
OF_PRICE, OF_RANGE, OF_ONE = map(fixed, range(3))
ENTRY, EXIT = map(fixed, range(2))
OPEN, REPLACING, CANCELLING = map(fixed, range(3))
SAY_CANCELLED, SAY_REDUCED, SAY_REPLACED, SAY_TOO_LATE, SAY_CANNOT_CANCEL = map(fixed, range(5))
# Kinds of sizes and fees, paths through a bar.
QUANTITY, NOTIONAL, WEIGHT, RISK, RISK_PAID = range(5)
NO_FEE, PER_SHARE, PER_NOTIONAL, MAKER_TAKER = range(4)
PESSIMISTIC, LOW_FIRST, HIGH_FIRST = range(3)
# Why a kernel gave up; 0 means it did not.
(
    FINE,
    TOO_MANY_ORDERS,
    ODD_TARGET,
    OUT_OF_STEP,
    NET_MISMATCH,
    LOG_FULL,
    TOO_LARGE,
    ODD_CODE,
    STALE_EXIT,
    SOLD_OUT,
    EXPOSED,
    CROWDED,
    WATCHED,
    ANSWERED,
) = range(14)
RULES = (
    "kill", "session_hours", "daily_loss", "max_position", "max_positions", "duplicate", "drawdown", "order_quantity",
    "position_quantity", "order_notional", "liquidity", "price_collar", "price_drift", "repeated_fills", "order_rate",
    "daily_trades", "open_orders", "gross_exposure", "net_exposure", "concentration", "leverage", "min_cash",
    "trade_risk", "portfolio_risk", "weekly_loss", "monthly_loss", "stop_outs", "self_match", "allow_list",
    "stale_data", "near_close", "holding_period", "slippage", "surveillance", "cool_down", "loss_streak",
    "max_per_instrument", "trading_hours", "symbol_volatility", "portfolio_volatility", "correlation",
    "volatility_size", "watch",
)  # fmt: skip
"""Kinds of rules with a compiled twin, by number."""
IDLE = ("order_timeout", "mismatch", "reject_streak", "disconnect", "armed", "source_budget", "recovery")
"""Kinds of rules that never have anything to say in a run with market orders on the exchange in the process, which
holds no real money, listens to nobody outside and takes no word."""
ANSWERING = ("cut",)
"""Kinds of rules that have nothing to say before a limit closes a gate; the plain engine goes on from there."""
(
    KILL, SESSION_HOURS, DAILY_LOSS, MAX_POSITION, MAX_POSITIONS, DUPLICATE, DRAWDOWN, ORDER_QUANTITY,
    POSITION_QUANTITY, ORDER_NOTIONAL, LIQUIDITY, PRICE_COLLAR, PRICE_DRIFT, REPEATED_FILLS, ORDER_RATE,
    DAILY_TRADES, OPEN_ORDERS, GROSS_EXPOSURE, NET_EXPOSURE, CONCENTRATION, LEVERAGE, MIN_CASH,
    TRADE_RISK, PORTFOLIO_RISK, WEEKLY_LOSS, MONTHLY_LOSS, STOP_OUTS, SELF_MATCH, ALLOW_LIST,
    STALE_DATA, NEAR_CLOSE, HOLDING_PERIOD, SLIPPAGE, SURVEILLANCE, COOL_DOWN, LOSS_STREAK,
    MAX_PER_INSTRUMENT, TRADING_HOURS, SYMBOL_VOLATILITY, PORTFOLIO_VOLATILITY, CORRELATION,
    VOLATILITY_SIZE, WATCH,
) = range(len(RULES))  # fmt: skip
RULE_PARAMS = 12
"""Most options of a rule."""
BY_SESSION, BY_WEEK, BY_MONTH, BY_HAND = range(4)
"""What opens a gate again that a rule has closed."""
INSTANTS = 64
"""Instants of the last minute at which messages of a deployment are remembered."""
MOST_TRADES = 500
"""Executions of a deployment that are remembered; as `core.conduct`."""
CODES = 512
"""Reason codes are counted in columns, so they end here."""
NEVER = 1 << 62
"""An instant that never comes, ns."""

# fmt: off
# The account, in column 0: money in 1e-8 of the base currency. NET and GROSS are what its holdings are worth, with
# their sign and without, those of one instrument taken together; HOLDINGS counts pairs held, BUSIES instruments with
# orders.
(
    CASH, VALUES, NET, GROSS, EQUITY, PEAK, TROUGH, DEEP_PEAK, SESSION_EQUITY, SEEN, FEES, ENTRIES, COUNTER, EVENTS,
    FILLS, TRADES, WINS, ALERTS, BARS, FIRST, CLOCK, STATUS, HOLDINGS, BUSIES,
) = range(24)
# What holds for the whole run, in column 0: numbers of things, pairs and rules; the largest sum of money that no
# product can take past 2^62; the instrument whose bar is being played, -1 between bars.
(
    THINGS, PAIRS, RULES_COUNT, LEVERAGE_NUM, LEVERAGE_DEN, CALENDAR, MOST_MONEY, TOP, PLAYING, HEAD, TAIL, HITS,
    CLOSED,
) = range(24, 37)
# The venue, in column 0.
(
    V_SLIP_NUM, V_SLIP_DEN, V_PATH, V_THROUGH, V_FEE_KIND, V_MAKER_NUM, V_MAKER_DEN, V_MINIMUM, V_MAX_NUM, V_MAX_DEN,
) = range(37, 47)
# Instruments: a lot at one price quantum is worth K_NUM / K_DEN in 1e-8; prices in quanta; NET as the venue counts;
# WORTH is that of all its pairs at the mark (1e-8), BUSY its place in the list of those with orders.
(
    T_STEPS, T_K_NUM, T_K_DEN, T_MIN_LOTS, T_MIN_VALUE, T_CAN_SHORT, T_CALENDAR, T_BANDS, T_FIRST, T_LAST, T_MARK,
    T_LAST_TS, T_SUSPECTS, T_NET, T_COUNT, T_HELD, T_WORTH, T_MOST_LOTS, T_FEE_NUM, T_FEE_DEN, T_BUSY,
) = range(47, 68)
# Pairs of deployment and instrument, grouped by instrument: quantities in lots, distances as fractions. BEFORE is what
# had been realised when the holding was opened; WISHES is 1 while something (WISH is its reason) has to wait. EQUITY
# and WORTH are a deployment's, by its number: capital and result, and what its holdings are worth without their sign.
(
    P_THING, P_DEPLOYMENT, P_EQUITY, P_WORTH, P_SIZE_KIND, P_SIZE_NUM, P_SIZE_DEN, P_STOP_NUM, P_STOP_DEN, P_TAKE_NUM,
    P_TAKE_DEN, P_MOST, P_SHORT, P_STEP, P_FLOATS, P_INTS, P_PARAMS, P_QTY, P_COST, P_REALISED, P_FEES, P_VALUE,
    P_ENTRIES, P_PARENT, P_OPENED, P_LAST_TS, P_LAST_SIDE, P_LAST_LOTS, P_CODE, P_CODE_TS, P_BEFORE, P_WISHES, P_WISH,
) = range(68, 101)
# Orders, by slot: as the engine knows them, then as they stand at the venue. GROUP is the holding that an exit is of.
# Behind them the instruments with orders, in no order.
(
    O_PAIR, O_TYPE, O_KIND, O_SIDE, O_LOTS, O_PX, O_PARENT, O_REASON, O_INDEX, O_GROUP, O_STATE, O_WANT,
    O_LIVE, O_AT_LOTS, O_AT_PX, O_SINCE, O_RESTED, O_FREE, BUSY,
) = range(101, 120)
# Answers of the venue on their way to the engine, from HEAD to TAIL.
Q_WHAT, Q_SLOT, Q_PAIR, Q_KIND, Q_LOTS, Q_PX = range(120, 126)
# Executions of one phase, HITS of them; instants (ns) of the points of a bar's path.
X_SLOT, X_LOTS, X_PX, X_MAKER, MOMENT = range(126, 131)
# Rules: their options begin at the last of these; sessions by calendar (ns), REAL where one has a real close, IS_OPEN
# until it ends; counts by reason code.
R_KIND, R_WATCHER, R_EAR, R_RELEASE, R_LATCHED, R_SINCE, R_WARNS, R_WARNED, R_GATE, R_PARAMS = range(131, 141)
S_BEGIN, S_END, S_REAL, S_IS_OPEN, N_DECISIONS, N_REJECTED, N_QUARANTINED = range(R_PARAMS + RULE_PARAMS, 159)
# What the results of the week and the month are measured from, in column 0: money in 1e-8 of the base currency.
WEEK_EQUITY, MONTH_EQUITY = 159, 160
# In column 0: how many rules judge entries, watch equity, hear of executions and shrink new positions (their numbers
# stand in R_GATE, R_WATCHER, R_EAR, R_SCALE); the numbers of rules that bound prices and messages, look at cancels and
# sell what is held for long, -1 for none; kills under way, deployments with limits of their own, whether a refusal for
# too many messages has not been heard of yet, when the account is looked at again (ns; 0 with the next bar, NEVER where
# nobody does), deployments; the kill of the account: its stage, when its timer rings and how long that takes (ns).
(
    GATES, WATCHERS, EARS, SCALERS, COLLAR, RATE, CANCELS, SELLS_OLD, KILLS, BOUNDED, BREACHED, LOOK_AT, DEPLOYMENTS,
    K_STAGE, K_TIMER, K_WAIT,
) = range(161, 177)
# Also there: is it noted what executions came to, are closes of sessions kept, calendars, changes of the clock of the
# zone with trading hours, the number of the rule that looks at the account again and again, 1 where there is one.
NOTED, KEEPS, CALENDARS, CLOCKS, LOOKER, LOOKS = range(177, 183)
# Rules that shrink new positions; by number of the figure, 1 where its alert has been given; when the clock of the zone
# with trading hours changes (ns), and how far it is ahead of UTC from then on (s).
R_SCALE, TOLD, H_AT, H_AHEAD = range(183, 187)
# Deployments, by number: rules that hold it (a bit each), how many latches do, since when, and since when until a
# session; its kill; entries sent, cancelled unfilled and refused for too many messages in the session; its result then,
# and its best one; limits of its own and what they closed; the share of the nearest stop; how many pairs
# of it are held; length of its bars (ns); how many instants are remembered of it; its first pair, in the order of its
# instruments.
(
    C_HELD, C_HOLDS, C_SINCE, C_WAITS, C_STAGE, C_TIMER, C_ORDERS, C_CANCELS, C_REFUSED, C_BREACH, C_OPENED,
    C_BEST, C_CAPITAL, C_MAX_LOSS, C_FALL_NUM, C_FALL_DEN, C_LOST, C_FALLEN, C_ENTRIES, C_STOP_NUM, C_STOP_DEN,
    C_HOLDINGS, C_INTERVAL, C_INSTANT, C_HEAD,
) = range(187, 212)
# Instants at which it sent messages, and how many.
C_AT, C_COUNT = 212, 212 + INSTANTS
# More of instruments: a lot in 1e-8 units, its class for the limits of quantities, is it large, a currency pair, on the
# list; a price quantum in 1e-8; sector, issuer, currency and source of signals by number, -1 for none; units usually
# traded in a day (1e-8); a lot at one price quantum without the multiplier; closes of sessions that are kept.
(
    T_UNIT, T_CLASS, T_LARGE, T_FX, T_LISTED, T_QUANTUM, T_SECTOR, T_ISSUER, T_ADV, T_J_NUM, T_J_DEN, T_CLOSES,
) = range(C_COUNT + INSTANTS, C_COUNT + INSTANTS + 12)
# More of pairs: the largest value of a position (1e-8), sessions it has been held, the next of its deployment, -1
# for none; how far the trailing stop is, and what that and the distance of the stop are a share of: the price, the
# average true range, or one quantum; the range (quanta, 0 while unknown), and the column behind the pairs in which it
# is asked for as strategies are, -1 for none. Of orders: the mark at which it was sent (quanta), and when (ns); how far
# behind a trailing stop follows, at the venue (quanta).
(
    P_MAX_VALUE, P_DAYS, P_NEXT, P_TRAIL_NUM, P_TRAIL_DEN, P_TRAIL_OF, P_STOP_OF, P_RANGE, P_SHADE, O_ARRIVAL, O_SENT,
    O_TRAIL,
) = range(T_CLOSES + 1, T_CLOSES + 13)
# In column 0: how many columns there are; where functions are that are compiled by themselves.
COLUMNS, FAR, FAR_ROWS = O_TRAIL + 1, O_TRAIL + 2, 11
# Also there: the function that tells the wishes of free strategies one by one, the reason code of the last one, and 1
# where a rule answers to a gate that closes.
W_ADDRESS, W_SAID, ANSWERS = range(FAR + FAR_ROWS, FAR + FAR_ROWS + 3)
# Three rows for each instrument, from here on: slots of its open orders in order of arrival, then its order ticks:
# from which price on (quanta), and the tick (quanta).
LANES, LANE_ROWS = FAR + FAR_ROWS + 3, 3
# The grid of floats: last accepted close and the one that looked like a jump, highest price that the bounds allow;
# last target of a pair, NaN before the first, and the one that has to wait; points of a bar's path; half
# the spread and the largest jump; the target of the wish that was told last, NaN where nothing is to be done.
F_CLOSE, F_SUSPECT, F_HIGHEST, F_DECIDED, F_WISH, F_PATH, F_HALF_SPREAD, F_MAX_JUMP, F_WANTED, F_ROWS = range(10)
# Only where rules look at them: closes of the latest sessions, oldest first; moves of the account, in column 0.
F_CLOSES, F_MOVES, F_ALL_ROWS = F_ROWS, F_ROWS + KEPT_CLOSES, F_ROWS + 2 * KEPT_CLOSES
# Logs, by row: which of the two, then the column.
ORDERS, EXECUTIONS, LOGS = 0, 1, 2
L_TS, L_PAIR, L_SIDE, L_LOTS, L_TYPE, L_PX, L_PARENT, L_REASON, L_REDUCE, L_TRAIL = range(10)
X_TS, X_TIME, X_ORDER, X_PAIR, X_SIDE, X_AMOUNT, X_PRICE, X_FEE, X_IS_MAKER, X_PAID, X_WORSE, X_GAIN = range(12)
X_KNOWN, L_COLUMNS = 12, 13
# Events, by column: instrument (a session's number below zero: -1 is the first), instant, when the bar opened (ns);
# and, written by the loop, 1 where the bar was found to be good: the next run of the same bars need not look again.
E_PLACE, E_TS, E_OPEN_TS, E_GOOD, E_COLUMNS = range(5)
# Sessions, by column: calendar, bounds (ns), is it a new trading day, week, month; and, written by the loop, what the
# account was worth when a new day of its own began (1e-8). In the row of a timer the calendar is CLOSING, and the two
# behind it are a calendar and the deployment that must not hold anything of it; where one ends it is ENDING, and behind
# it stands its calendar; where all bars of an instant have been told it is INSTANT.
D_CALENDAR, D_BEGIN, D_END, D_IS_NEW, D_IS_WEEK, D_IS_MONTH, D_IS_REAL, D_EQUITY, D_COLUMNS = range(9)
CLOSING, ENDING, INSTANT = -2, -3, -4
# Bars, by column: prices in quote currency, volume in units.
B_OPEN, B_HIGH, B_LOW, B_CLOSE, B_VOLUME, B_COLUMNS = range(6)
# fmt: on


class Tape(NamedTuple):
    """What a run is told: events with their bars, and the sessions that some events begin."""

    events: Ints
    bars: Floats
    days: Ints


class Memory(NamedTuple):
    """What strategies remember and their parameters, a row for each pair."""

    d: Floats
    q: Ints
    params: Floats


class State(NamedTuple):
    """Everything of a run, laid out."""

    g: Ints
    f: Floats
    log: Ints
    tape: Tape
    memory: Memory


def blank(things: int, pairs: int, slots: int, *, keeps: bool = False) -> tuple[Ints, Floats]:
    """Return both grids, all zero.

    Args:
        things: Number of instruments.
        pairs: Number of pairs, and of the columns behind them in which true ranges are asked for.
        slots: Orders that can be alive at once.
        keeps: True where rules look at closes of sessions.
    """
    most = max(CODES, things, pairs, slots)
    # All fields of one thing lie side by side: the place of each is then a constant, and they share lines of the cache.
    # Things must not all fall into the same set of it: an odd number of its lines apart.
    apart = ((LANES + LANE_ROWS * things) // 16 * 2 + 3) * 8
    g = np.zeros((apart, most), np.int64, order="F")
    g[COLUMNS, 0] = most
    return g, np.zeros((F_ALL_ROWS if keeps else F_ROWS, max(things, pairs, 8)), np.float64, order="F")
