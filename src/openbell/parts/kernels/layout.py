"""What the kernels work on: a handful of flat arrays, and the names of their rows and columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Order types and kinds.
MARKET, STOP, LIMIT = 0, 1, 2
ENTRY, EXIT = 0, 1
# Why a kernel gave up; 0 means it did not.
FINE, TOO_MANY_ORDERS, ODD_TARGET, CLASHING_CHANGE, NET_MISMATCH, LOG_FULL = 0, 1, 2, 3, 4, 5
# Rules, by number.
KILL, SESSION_HOURS, DAILY_LOSS, MAX_POSITION, MAX_POSITIONS, DUPLICATE, DRAWDOWN = range(7)
RULES = ("kill", "session_hours", "daily_loss", "max_position", "max_positions", "duplicate", "drawdown")
"""Kinds of rules with a compiled twin, by number."""

# fmt: off
# Account (1-d): money in 1e-8 of the base currency.
(
    CASH, VALUES, EQUITY, PEAK, TROUGH, DEEP_PEAK, SESSION_EQUITY, ENTRIES, COUNTER, EVENTS, FILLS, TRADES, WINS, SEEN,
    FEES, ALERTS, STATUS, FIRST, BARS, LEVERAGE_NUM, LEVERAGE_DEN, CALENDAR, CLOCK, DEAD, TOP, ACCOUNT_SIZE,
) = range(26)
# Events (2-d, by event): 0 bar, 1 session begins, 2 session ends; instrument or calendar; instants in ns.
M_WHAT, M_PLACE, M_TS, M_OPEN_TS, M_BEGIN, M_END, M_NEW, M_COLUMNS = range(8)
# Bars (2-d, by event): prices in quote currency, volume in units.
B_OPEN, B_HIGH, B_LOW, B_CLOSE, B_VOLUME, B_COLUMNS = range(6)
# Instruments (2-d, by field): a lot at one quantum is worth K_NUM / K_DEN in 1e-8; prices in quanta.
(
    T_STEPS, T_K_NUM, T_K_DEN, T_MIN_LOTS, T_MIN_VALUE, T_CAN_SHORT, T_POSITIVE, T_CALENDAR, T_BANDS, T_FIRST, T_LAST,
    T_MARK, T_LAST_TS, T_SUSPECTS, T_NET, T_COUNT, T_FIELDS,
) = range(17)
# What changes of instruments in floats (2-d, by field): last accepted close, close that looked like a jump.
C_CLOSE, C_SUSPECT, C_FIELDS = range(3)
# Pairs (2-d, by field), grouped by instrument: money in 1e-8, quantities in lots, distances as fractions.
(
    P_THING, P_DEPLOYMENT, P_CAPITAL, P_SIZE_KIND, P_SIZE_NUM, P_SIZE_DEN, P_STOP_NUM, P_STOP_DEN, P_TAKE_NUM,
    P_TAKE_DEN, P_MOST, P_SHORT, P_QTY, P_COST, P_REALISED, P_FEES, P_VALUE, P_ENTRIES, P_PARENT, P_CODE, P_CODE_TS,
    P_OPENED, P_LAST_TS, P_LAST_SIDE, P_LAST_LOTS, P_STEP, P_FIELDS,
) = range(27)
# Orders (2-d, by field): a DEAD one is cancelled, but the engine has not heard of it yet and counts it.
(
    O_PAIR, O_TYPE, O_KIND, O_SIDE, O_LOTS, O_PX, O_INDEX, O_SINCE, O_RESTED, O_CHANGING, O_DEAD, O_FREE, O_FIELDS,
) = range(13)
# Venue (1-d): path 0 pessimistic, 1 low first, 2 high first; fees 0 none, 1 per_share, 2 per_notional, 3 maker_taker.
(
    V_SLIP_NUM, V_SLIP_DEN, V_PATH, V_THROUGH, V_FEE_KIND, V_MAKER_NUM, V_MAKER_DEN, V_MINIMUM, V_MAX_NUM, V_MAX_DEN,
    V_FIELDS,
) = range(11)
# Rules (2-d, by rule): kind, four parameters, does it watch, does it open with the session, is it closed, since (ns).
R_KIND, R_PARAM, R_WATCH, R_BY_SESSION, R_LATCHED, R_SINCE, R_COLUMNS = 0, 1, 5, 6, 7, 8, 9
# Logs (2-d, by row).
L_TS, L_PAIR, L_SIDE, L_LOTS, L_TYPE, L_PX, L_PARENT, L_REASON, L_REDUCE, L_COLUMNS = range(10)
F_TS, F_TIME, F_ORDER, F_PAIR, F_SIDE, F_LOTS, F_PX, F_FEE, F_MAKER, F_COLUMNS = range(10)
# Counts by reason code (2-d, by sort).
N_DECISIONS, N_REJECTED, N_QUARANTINED, N_SORTS, N_CODES = 0, 1, 2, 3, 512
# fmt: on


class State(NamedTuple):
    """Everything of a run, handed through all kernels.

    Attributes:
        account, events, bars, things, closes, pairs, orders, venue, rules: As their columns are named above.
        bands: Order tick tables: 0 from which price on, 1 tick, by instrument and band (quanta).
        slots: Live orders of each instrument in order of arrival, -1 beyond their count.
        decided: Last target by pair, NaN before the first. d, q, params: Strategy state and parameters by pair.
        rates: Fee rates by instrument: numerator, denominator; per_share already in 1e-8 per lot.
        half_spread: Share of the price, in an array of one.
        sessions: Bounds by calendar: 0 begin, 1 end (ns).
        order_log, fill_log, counts, equity: What comes out; equity in 1e-8 after each event.
    """

    account: Ints
    events: Ints
    bars: Floats
    things: Ints
    closes: Floats
    bands: Ints
    pairs: Ints
    decided: Floats
    d: Floats
    q: Ints
    params: Floats
    slots: Ints
    orders: Ints
    venue: Ints
    rates: Ints
    half_spread: Floats
    rules: Ints
    sessions: Ints
    order_log: Ints
    fill_log: Ints
    counts: Ints
    equity: Ints
