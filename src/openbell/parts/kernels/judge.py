"""What rules with facts of their own say of an order, in the kernels."""

from numba import int64

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.core.types import DAY_NS, NS
from openbell.parts.kernels.apart import APART
from openbell.parts.kernels.arith import HALF_EVEN, ratio
from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.conduct import MINUTE, all_sent_since, is_exit, sent_since
from openbell.parts.kernels.exposure import EXPOSURE, Exposure, grouped, used_by
from openbell.parts.kernels.floor import pending
from openbell.parts.kernels.grids import FLOAT_GRID, GRID
from openbell.parts.kernels.history import all_moved, cluster_risk, moved
from openbell.parts.kernels.layout import (
    ALLOW_LIST,
    C_INTERVAL,
    C_STOP_DEN,
    C_STOP_NUM,
    CASH,
    CLOCK,
    CLOCKS,
    COLLAR,
    CONCENTRATION,
    COOL_DOWN,
    CORRELATION,
    DEPLOYMENTS,
    ENTRY,
    EQUITY,
    EXECUTIONS,
    FILLS,
    GROSS_EXPOSURE,
    H_AHEAD,
    H_AT,
    KEEPS,
    L_REASON,
    LANE_ROWS,
    LANES,
    LEVERAGE,
    LIMIT,
    LIQUIDITY,
    MARKET,
    MAX_PER_INSTRUMENT,
    MIN_CASH,
    MOST_TRADES,
    NEAR_CLOSE,
    NET_EXPOSURE,
    NOBODY,
    O_ARRIVAL,
    O_LOTS,
    O_PAIR,
    O_PX,
    O_SIDE,
    O_TYPE,
    ONE,
    OPEN_ORDERS,
    ORDER_NOTIONAL,
    ORDER_QUANTITY,
    ORDER_RATE,
    ORDERS,
    P_DEPLOYMENT,
    P_QTY,
    P_THING,
    PORTFOLIO_RISK,
    PORTFOLIO_VOLATILITY,
    POSITION_QUANTITY,
    PRICE_COLLAR,
    R_KIND,
    R_PARAMS,
    RATE,
    S_END,
    S_REAL,
    SELF_MATCH,
    STALE_DATA,
    STOP,
    SYMBOL_VOLATILITY,
    T_ADV,
    T_CALENDAR,
    T_CLASS,
    T_COUNT,
    T_FIRST,
    T_FX,
    T_ISSUER,
    T_LARGE,
    T_LAST,
    T_LAST_TS,
    T_LISTED,
    T_MARK,
    T_QUANTUM,
    T_SECTOR,
    T_UNIT,
    THINGS,
    TRADE_RISK,
    TRADING_HOURS,
    TRAILING,
    X_GAIN,
    X_ORDER,
    X_PAIR,
    X_TS,
    ZERO,
    Floats,
    Ints,
    fixed,
)
from openbell.parts.kernels.ledger import value_of
from openbell.parts.kernels.prices import stop_distance, tick_at
from openbell.parts.kernels.rules import (
    AgeFacts,
    CashFacts,
    CloseFacts,
    ClusterFacts,
    CollarFacts,
    CoolFacts,
    CrowdFacts,
    GrossFacts,
    GroupFacts,
    HourFacts,
    LeverageFacts,
    LiquidityFacts,
    ListFacts,
    MatchFacts,
    MoveFacts,
    NetFacts,
    NotionalFacts,
    OrderFacts,
    QuantityFacts,
    RateFacts,
    RiskFacts,
    StopFacts,
    SymbolFacts,
    UnitFacts,
    allow_list_check,
    concentration_check,
    cool_down_check,
    correlation_check,
    five,
    four,
    gross_exposure_check,
    leverage_check,
    liquidity_check,
    max_per_instrument_check,
    min_cash_check,
    near_close_check,
    net_exposure_check,
    one,
    open_orders_check,
    order_notional_check,
    order_quantity_check,
    order_rate_check,
    portfolio_risk_check,
    portfolio_volatility_check,
    position_quantity_check,
    price_collar_check,
    second_of,
    self_match_check,
    seven,
    six,
    stale_data_check,
    symbol_volatility_check,
    ten,
    three,
    trade_risk_check,
    trading_hours_check,
    two,
    weekday_of,
)

SECOND, DAY, SECTOR, ISSUER = fixed(NS), fixed(DAY_NS), fixed(T_SECTOR), fixed(T_ISSUER)
STOP_LOSS, TRAILING_STOP = int(Code.STOP_LOSS), int(Code.TRAILING_STOP)
BY_CLOSES = (SYMBOL_VOLATILITY, PORTFOLIO_VOLATILITY, CORRELATION)
"""Rules that look at closes of sessions."""


@kernel
def judge(g: Ints, log: Ints, rule: int, draft: int, exposure: Exposure, facts: Facts) -> int:
    """Return the code of a rule that has facts of its own, 0 to let a drafted entry pass."""
    kind, pair, lots = g[R_KIND, rule], g[O_PAIR, draft], g[O_LOTS, draft]
    thing, equity, code = g[P_THING, pair], facts.equity, 0
    if kind == ORDER_QUANTITY:
        found = QuantityFacts(lots * g[T_UNIT, thing], g[T_CLASS, thing])
        code = order_quantity_check(five(g, rule), found)
    elif kind == POSITION_QUANTITY:
        code = position_quantity_check(five(g, rule), UnitFacts(exposure.lots * g[T_UNIT, thing], g[T_CLASS, thing]))
    elif kind == ORDER_NOTIONAL:
        code = order_notional_check(three(g, rule), NotionalFacts(facts.order_value, equity))
    elif kind == LIQUIDITY:
        code = liquidity_check(four(g, rule), LiquidityFacts(lots * g[T_UNIT, thing], g[T_ADV, thing], NOBODY))
    elif kind == OPEN_ORDERS:
        code = open_orders_check(two(g, rule), OrderFacts(g[T_COUNT, thing] + 1, _open_orders(g) + 1))
    elif kind == GROSS_EXPOSURE:
        code = gross_exposure_check(three(g, rule), GrossFacts(exposure.gross, equity))
    elif kind == NET_EXPOSURE:
        net = max(abs(exposure.upper), abs(exposure.lower))
        code = net_exposure_check(three(g, rule), NetFacts(net, equity))
    elif kind == CONCENTRATION:
        sector = grouped(g, draft, SECTOR, exposure.instrument)
        issuer = grouped(g, draft, ISSUER, exposure.instrument)
        groups = GroupFacts(equity, exposure.instrument, sector, issuer, exposure.gross, ZERO)
        code = concentration_check(ten(g, rule), groups)
    elif kind == LEVERAGE:
        code = leverage_check(two(g, rule), LeverageFacts(exposure.gross, equity))
    elif kind == MIN_CASH:
        code = min_cash_check(two(g, rule), CashFacts(g[CASH, 0], exposure.buys, equity))
    else:
        code = _judge_more(g, log, rule, draft, facts)
    return code


@APART(GRID, FLOAT_GRID, int64, int64, EXPOSURE, when=KEEPS)
def judge_by_closes(g: Ints, f: Floats, rule: int, draft: int, exposure: Exposure) -> int:
    """As `judge`, for the rules that look at closes of sessions."""
    kind = g[R_KIND, rule]
    if kind == CORRELATION:
        facts = ClusterFacts(cluster_risk(g, f, rule, draft, exposure), g[EQUITY, 0])
        return correlation_check(six(g, rule), facts)  # type: ignore[no-any-return]  # it is an int
    if kind == PORTFOLIO_VOLATILITY:
        found = MoveFacts(all_moved(g, f, rule, draft, exposure))
        return portfolio_volatility_check(four(g, rule), found)  # type: ignore[no-any-return]  # it is an int
    thing = g[P_THING, g[O_PAIR, draft]]
    own = SymbolFacts(moved(g, f, thing, g[R_PARAMS + 2, rule], g[R_PARAMS + 3, rule]))
    return symbol_volatility_check(four(g, rule), own)  # type: ignore[no-any-return]  # it is an int


@kernel
def _judge_more(g: Ints, log: Ints, rule: int, draft: int, facts: Facts) -> int:
    """As `judge`, for the other half of the rules."""
    kind, pair, side, lots = g[R_KIND, rule], g[O_PAIR, draft], g[O_SIDE, draft], g[O_LOTS, draft]
    thing, equity, code = g[P_THING, pair], facts.equity, 0
    if kind == TRADE_RISK:
        code = trade_risk_check(three(g, rule), RiskFacts(_risk(g, pair, lots, g[O_ARRIVAL, draft]), equity))
    elif kind == PORTFOLIO_RISK:
        risk, gaps = _all_risk(g, rule, pair, lots)
        code = portfolio_risk_check(three(g, rule), StopFacts(risk, gaps, equity))
    elif kind == SELF_MATCH:
        code = self_match_check(one(g, rule), MatchFacts(_crossing(g, thing, side)))
    elif kind == ALLOW_LIST:
        is_short = 1 if side < 0 and g[P_QTY, pair] < lots else 0
        code = allow_list_check(two(g, rule), ListFacts(g[T_LISTED, thing], MARKET, is_short))
    elif kind == STALE_DATA:
        age, interval = g[CLOCK, 0] - g[T_LAST_TS, thing], max(g[C_INTERVAL, g[P_DEPLOYMENT, pair]], 1)
        code = stale_data_check(four(g, rule), AgeFacts(age, interval))
    elif kind == NEAR_CLOSE:
        is_real = g[S_REAL, g[T_CALENDAR, thing]] if g[C_INTERVAL, g[P_DEPLOYMENT, pair]] < DAY else ZERO
        code = near_close_check(two(g, rule), CloseFacts(facts.to_close, is_real))
    elif kind == TRADING_HOURS:
        found = HourFacts(second_of(g[CLOCK, 0], _ahead(g)), weekday_of(g[S_END, g[T_CALENDAR, thing]]))
        code = trading_hours_check(three(g, rule), found)
    elif kind == COOL_DOWN:
        is_held = 1 if g[P_QTY, pair] != 0 else 0
        code = cool_down_check(two(g, rule), CoolFacts(_since_exit(g, log, rule, pair), is_held))
    elif kind == MAX_PER_INSTRUMENT:
        code = max_per_instrument_check(one(g, rule), CrowdFacts(_others(g, pair)))
    elif kind == PRICE_COLLAR:
        code = _collar(g, rule, thing, side, ZERO, ZERO)
    elif kind == ORDER_RATE:
        code = _rate(g, rule, g[P_DEPLOYMENT, pair], ZERO)
    return code


@kernel
def _ahead(g: Ints) -> int:
    """Return how far the zone with trading hours is ahead of UTC, s."""
    low, high = 0, g[CLOCKS, 0]
    while low < high:
        middle = (low + high) // 2
        if g[H_AT, middle] <= g[CLOCK, 0]:
            low = middle + 1
        else:
            high = middle
    return g[H_AHEAD, max(low - 1, 0)]  # type: ignore[no-any-return]  # it is an int


@kernel
def judge_exit(g: Ints, pair: int, side: int, limit: int) -> int:
    """Return the first code against an exit, 0 if it may go; `limit` in quanta, 0 for none."""
    collar, rate, thing = g[COLLAR, 0], g[RATE, 0], g[P_THING, pair]
    first = 0
    if collar >= 0:
        first = _collar(g, collar, thing, side, limit, ONE)
    if rate >= 0 and (first == 0 or rate < collar):
        code = _rate(g, rate, g[P_DEPLOYMENT, pair], ONE)
        if code != 0:
            first = code
    return first


@kernel
def _collar(g: Ints, rule: int, thing: int, side: int, limit: int, is_leaving: int) -> int:
    mark, quantum = g[T_MARK, thing], g[T_QUANTUM, thing]
    if mark == 0:
        return price_collar_check(seven(g, rule), CollarFacts(ZERO, ZERO, ZERO, ZERO, is_leaving))  # type: ignore[no-any-return]  # it is an int
    worse = (limit - mark) * quantum * side if limit != 0 else ZERO
    tick = tick_at(g, thing, mark, ONE) * quantum if g[T_FX, thing] == 1 else ZERO
    facts = CollarFacts(mark * quantum, worse, tick, g[T_LARGE, thing], is_leaving)
    return price_collar_check(seven(g, rule), facts)  # type: ignore[no-any-return]  # it is an int


@kernel
def _rate(g: Ints, rule: int, deployment: int, is_leaving: int) -> int:
    second, minute = g[CLOCK, 0] - SECOND, g[CLOCK, 0] - MINUTE
    own, own_all = sent_since(g, deployment, second), sent_since(g, deployment, minute)
    facts = RateFacts(own, own_all, all_sent_since(g, second), all_sent_since(g, minute), is_leaving)
    return order_rate_check(six(g, rule), facts)  # type: ignore[no-any-return]  # it is an int


@kernel
def _open_orders(g: Ints) -> int:
    total = 0
    for thing in range(g[THINGS, 0]):
        total += g[T_COUNT, thing]
    return total


@kernel
def _risk(g: Ints, pair: int, lots: int, px: int) -> int:
    """Return what an entry expected at `px` (quanta) loses at its stop, 1e-8; -1 where that is not known."""
    if g[C_STOP_NUM, g[P_DEPLOYMENT, pair]] == 0:
        return 0
    distance = stop_distance(g, pair, px)
    return value_of(g, g[P_THING, pair], lots, distance) if distance > 0 else -1


@kernel
def _all_risk(g: Ints, rule: int, draft_pair: int, draft_lots: int) -> tuple[int, int]:
    """Return what all deployments with a stop lose at it with a draft, and what gaps may add, 1e-8."""
    risk, worth = 0, 0
    for deployment in range(g[DEPLOYMENTS, 0]):
        num = g[C_STOP_NUM, deployment]
        if num != 0:
            used = used_by(g, deployment, draft_pair, draft_lots)
            worth += used
            risk += ratio(used * num, g[C_STOP_DEN, deployment], HALF_EVEN)
    return risk, ratio(worth * g[R_PARAMS + 3, rule], g[R_PARAMS + 4, rule], HALF_EVEN)


@kernel
def _crossing(g: Ints, thing: int, side: int) -> int:
    """Return with how many of our own orders a market order of a side could trade."""
    total, mark = 0, g[T_MARK, thing]
    for place in range(g[T_COUNT, thing]):
        slot = g[LANES + LANE_ROWS * thing, place]
        if g[O_SIDE, slot] == side or g[O_TYPE, slot] == STOP or g[O_TYPE, slot] == TRAILING:
            continue
        theirs = g[O_PX, slot] if g[O_TYPE, slot] == LIMIT else mark
        if (mark - theirs) * side >= 0:
            total += 1
    return total


@kernel
def _since_exit(g: Ints, log: Ints, rule: int, pair: int) -> int:
    """Return how long ago (ns) a pair was left in the way that a cool-down begins with, -1 where none is near."""
    wait, after = g[R_PARAMS, rule], g[R_PARAMS + 1, rule]
    number, own, now = g[FILLS, 0] - 1, 0, g[CLOCK, 0]
    while number >= 0 and own < MOST_TRADES and now - log[EXECUTIONS, number, X_TS] < wait:
        row = log[EXECUTIONS, number]
        own += 1 if g[P_DEPLOYMENT, row[X_PAIR]] == g[P_DEPLOYMENT, pair] else 0
        if row[X_PAIR] == pair and is_exit(log, row):
            is_stop = log[ORDERS, row[X_ORDER] - 1, L_REASON] in (STOP_LOSS, TRAILING_STOP)
            if after == 2 or (after == 0 and row[X_GAIN] < 0) or (after == 1 and is_stop):
                return now - row[X_TS]  # type: ignore[no-any-return]  # it is an int
        number -= 1
    return -1


@kernel
def _others(g: Ints, pair: int) -> int:
    """Return how many other deployments hold a pair's instrument or are entering it."""
    total, thing = 0, g[P_THING, pair]
    for other in range(g[T_FIRST, thing], g[T_LAST, thing]):
        if other != pair and (g[P_QTY, other] != 0 or pending(g, other, ENTRY) != 0):
            total += 1
    return total
