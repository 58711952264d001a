"""The rules' own `check` functions, compiled; they are asked with their own `Facts`.

What a rule looks at in the book, the kernels look up in their grids; how it judges is written once, in the rule.
"""

from typing import Any

from openbell.core.risk import HOLD, NOTHING, Facts
from openbell.parts.kernels.arith import is_greater_product
from openbell.parts.kernels.compiling import compiled, kernel
from openbell.parts.kernels.layout import (
    DAILY_LOSS,
    DAILY_TRADES,
    DRAWDOWN,
    DUPLICATE,
    KILL,
    MAX_POSITION,
    MAX_POSITIONS,
    MONTH_EQUITY,
    MONTHLY_LOSS,
    R_KIND,
    R_PARAMS,
    SESSION_HOURS,
    WEEK_EQUITY,
    WEEKLY_LOSS,
    ZERO,
    Ints,
)
from openbell.parts.rules import (
    _history,
    allow_list,
    concentration,
    cool_down,
    daily_loss,
    daily_trades,
    drawdown,
    duplicate,
    gross_exposure,
    holding_period,
    kill,
    leverage,
    liquidity,
    loss_streak,
    max_per_instrument,
    max_position,
    max_positions,
    min_cash,
    monthly_loss,
    near_close,
    net_exposure,
    open_orders,
    order_notional,
    order_quantity,
    order_rate,
    portfolio_risk,
    portfolio_volatility,
    position_quantity,
    price_collar,
    price_drift,
    repeated_fills,
    self_match,
    session_hours,
    slippage,
    stale_data,
    stop_outs,
    surveillance,
    symbol_volatility,
    trade_risk,
    trading_hours,
    volatility_size,
    watch,
    weekly_loss,
)
from openbell.parts.rules import correlation as correlation_rule
from openbell.parts.rules._limits import is_more


def rule(function: Any) -> Any:
    """Return a plain function of a rule as a kernel, whose products are compared exactly."""
    return compiled(function, {is_more: is_greater_product})


_kill, _session_hours = rule(kill.check), rule(session_hours.check)
_max_position, _max_positions = rule(max_position.check), rule(max_positions.check)
_duplicate, _daily_trades = rule(duplicate.check), rule(daily_trades.check)
_daily_loss, _daily_stages = rule(daily_loss.check), rule(daily_loss.stages)
_drawdown, _fallen_stages = rule(drawdown.check), rule(drawdown.stages)
_weekly_loss, _monthly_loss = rule(weekly_loss.check), rule(monthly_loss.check)
WeekFacts, MonthFacts = weekly_loss.Facts, monthly_loss.Facts
shrink = rule(drawdown.scale)
order_quantity_check, QuantityFacts = rule(order_quantity.check), order_quantity.Facts
position_quantity_check, UnitFacts = rule(position_quantity.check), position_quantity.Facts
order_notional_check, NotionalFacts = rule(order_notional.check), order_notional.Facts
liquidity_check, LiquidityFacts = rule(liquidity.check), liquidity.Facts
price_collar_check, CollarFacts = rule(price_collar.check), price_collar.Facts
price_drift_check, DriftFacts = rule(price_drift.check), price_drift.Facts
repeated_fills_check, RepeatFacts = rule(repeated_fills.check), repeated_fills.Facts
order_rate_check, RateFacts = rule(order_rate.check), order_rate.Facts
open_orders_check, OrderFacts = rule(open_orders.check), open_orders.Facts
gross_exposure_check, GrossFacts = rule(gross_exposure.check), gross_exposure.Facts
net_exposure_check, NetFacts = rule(net_exposure.check), net_exposure.Facts
concentration_check, GroupFacts = rule(concentration.check), concentration.Facts
leverage_check, LeverageFacts = rule(leverage.check), leverage.Facts
min_cash_check, CashFacts = rule(min_cash.check), min_cash.Facts
trade_risk_check, RiskFacts = rule(trade_risk.check), trade_risk.Facts
portfolio_risk_check, StopFacts = rule(portfolio_risk.check), portfolio_risk.Facts
stop_outs_check, StopOutFacts = rule(stop_outs.check), stop_outs.Facts
self_match_check, MatchFacts = rule(self_match.check), self_match.Facts
allow_list_check, ListFacts = rule(allow_list.check), allow_list.Facts
stale_data_check, AgeFacts = rule(stale_data.check), stale_data.Facts
near_close_check, CloseFacts = rule(near_close.check), near_close.Facts
holding_period_check, DayFacts = rule(holding_period.check), holding_period.Facts
slippage_stage, SlipFacts = rule(slippage.stage), slippage.Facts
surveillance_check, FlowFacts = rule(surveillance.check), surveillance.Facts
cool_down_check, CoolFacts = rule(cool_down.check), cool_down.Facts
loss_streak_check, StreakFacts = rule(loss_streak.check), loss_streak.Facts
max_per_instrument_check, CrowdFacts = rule(max_per_instrument.check), max_per_instrument.Facts
trading_hours_check, HourFacts = rule(trading_hours.check), trading_hours.Facts
second_of, weekday_of = rule(trading_hours.second_of), rule(trading_hours.weekday_of)
symbol_volatility_check, SymbolFacts = rule(symbol_volatility.check), symbol_volatility.Facts
portfolio_volatility_check, MoveFacts = rule(portfolio_volatility.check), portfolio_volatility.Facts
correlation_check, ClusterFacts = rule(correlation_rule.check), correlation_rule.Facts
is_together = rule(correlation_rule.is_together)
shrink_wild, WildFacts = rule(volatility_size.scale), volatility_size.Facts
place_of, place_of_entries, WatchFacts = rule(watch.place_of), rule(watch.place_of_entries), watch.Facts
volatility, correlation = rule(_history.volatility), rule(_history.correlation)
add_moves, deviation, millionths = rule(_history.add_moves), rule(_history.deviation), rule(_history.millionths)


@kernel
def one(g: Ints, number: int) -> Any:
    """Return the option of a rule that has one."""
    return (g[R_PARAMS, number],)


@kernel
def two(g: Ints, number: int) -> Any:
    """Return the first two options of a rule."""
    return g[R_PARAMS, number], g[R_PARAMS + 1, number]


@kernel
def three(g: Ints, number: int) -> Any:
    """Return the first three options of a rule."""
    return g[R_PARAMS, number], g[R_PARAMS + 1, number], g[R_PARAMS + 2, number]


@kernel
def four(g: Ints, number: int) -> Any:
    """Return the first four options of a rule."""
    return g[R_PARAMS, number], g[R_PARAMS + 1, number], g[R_PARAMS + 2, number], g[R_PARAMS + 3, number]


@kernel
def five(g: Ints, number: int) -> Any:
    """Return the first five options of a rule."""
    a, b, c, d = four(g, number)
    return a, b, c, d, g[R_PARAMS + 4, number]


@kernel
def six(g: Ints, number: int) -> Any:
    """Return the first six options of a rule; a stage that it does not have is 0, and off."""
    a, b, c, d = four(g, number)
    return a, b, c, d, g[R_PARAMS + 4, number], g[R_PARAMS + 5, number]


@kernel
def seven(g: Ints, number: int) -> Any:
    """Return the first seven options of a rule."""
    a, b, c, d, e, f = six(g, number)
    return a, b, c, d, e, f, g[R_PARAMS + 6, number]


@kernel
def ten(g: Ints, number: int) -> Any:
    """Return all options of a rule that has ten."""
    a, b, c, d, e, f, h = seven(g, number)
    return a, b, c, d, e, f, h, g[R_PARAMS + 7, number], g[R_PARAMS + 8, number], g[R_PARAMS + 9, number]


@kernel
def ask(g: Ints, number: int, facts: Facts) -> int:
    """Return the code of a rule that looks at the facts that all of them share, 0 to let pass."""
    kind = g[R_KIND, number]
    code = 0
    if kind == DAILY_LOSS:
        code = _daily_loss(six(g, number), facts)
    elif kind == MAX_POSITION:
        code = _max_position(four(g, number), facts)
    elif kind == MAX_POSITIONS:
        code = _max_positions(one(g, number), facts)
    elif kind == SESSION_HOURS:
        code = _session_hours(two(g, number), facts)
    elif kind == DUPLICATE:
        code = _duplicate(one(g, number), facts)
    elif kind == DRAWDOWN:
        code = _drawdown(six(g, number), facts)
    elif kind == DAILY_TRADES:
        code = _daily_trades(one(g, number), facts)
    elif kind == WEEKLY_LOSS:
        code = _weekly_loss(two(g, number), WeekFacts(facts.equity, g[WEEK_EQUITY, 0], ZERO))
    elif kind == MONTHLY_LOSS:
        code = _monthly_loss(two(g, number), MonthFacts(facts.equity, g[MONTH_EQUITY, 0], ZERO))
    elif kind == KILL:
        code = _kill(one(g, number), facts)
    return code


@kernel
def stage_of(g: Ints, number: int, facts: Facts, times: int, by: int) -> int:
    """Return how far a limit on equity is passed; a warning's share is eased by `times / by`."""
    kind = g[R_KIND, number]
    if kind == DAILY_LOSS:
        return _daily_stages(six(g, number), facts, (times, by))  # type: ignore[no-any-return]  # it is an int
    if kind == DRAWDOWN:
        return _fallen_stages(six(g, number), facts, (times, by))  # type: ignore[no-any-return]  # it is an int
    return HOLD if ask(g, number, facts) != 0 else NOTHING
