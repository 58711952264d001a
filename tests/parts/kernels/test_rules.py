"""Rules in the kernels: the core's own `check`, asked with the same facts, also with numbers that pass 64 bits."""

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.risk import Facts
from openbell.parts.kernels import layout as k
from openbell.parts.kernels import rules
from openbell.parts.kernels.rules import ask, shrink, six, stage_of
from openbell.parts.rules import (
    daily_loss,
    daily_trades,
    drawdown,
    duplicate,
    kill,
    max_position,
    max_positions,
    monthly_loss,
    session_hours,
    trading_hours,
    volatility_size,
    watch,
    weekly_loss,
)
from tests.conformance.market import module
from tests.parts.kernels.build import begin, opened

begin()
ASK, STAGE, SIX, SHRINK = opened(ask), opened(stage_of), opened(six), opened(shrink)
SHARED = (kill, session_hours, daily_loss, max_position, max_positions, duplicate, drawdown, daily_trades)
OWN = {
    "order_quantity": (rules.order_quantity_check, 5),
    "position_quantity": (rules.position_quantity_check, 5),
    "order_notional": (rules.order_notional_check, 3),
    "liquidity": (rules.liquidity_check, 4),
    "price_drift": (rules.price_drift_check, 3),
    "repeated_fills": (rules.repeated_fills_check, 2),
    "order_rate": (rules.order_rate_check, 6),
    "open_orders": (rules.open_orders_check, 2),
    "gross_exposure": (rules.gross_exposure_check, 3),
    "net_exposure": (rules.net_exposure_check, 3),
    "concentration": (rules.concentration_check, 10),
    "leverage": (rules.leverage_check, 2),
    "min_cash": (rules.min_cash_check, 2),
    "trade_risk": (rules.trade_risk_check, 3),
    "portfolio_risk": (rules.portfolio_risk_check, 3),
    "stop_outs": (rules.stop_outs_check, 2),
    "self_match": (rules.self_match_check, 1),
    "stale_data": (rules.stale_data_check, 4),
    "near_close": (rules.near_close_check, 2),
    "holding_period": (rules.holding_period_check, 1),
    "cool_down": (rules.cool_down_check, 2),
    "loss_streak": (rules.loss_streak_check, 3),
    "max_per_instrument": (rules.max_per_instrument_check, 1),
    "surveillance": (rules.surveillance_check, 4),
    "trading_hours": (rules.trading_hours_check, 3),
    "symbol_volatility": (rules.symbol_volatility_check, 4),
    "portfolio_volatility": (rules.portfolio_volatility_check, 4),
    "correlation": (rules.correlation_check, 6),
}
"""Rules with facts of their own: the compiled check, and how many options it is given."""
SMALL = ("group", "is_exit", "is_held", "is_real")
COUNTS = ("own_second", "own_minute", "all_second", "all_minute", "orders", "cancels")
"""Facts that are flags or classes, and those that count messages."""
small, few = st.integers(-1, 5), st.integers(0, 3000)
number = st.integers(-(10**15), 10**15)
facts = st.tuples(st.integers(0, 1), *[number] * 12, st.integers(0, 1))
option = st.one_of(st.integers(0, 1000), st.integers(1, 10**9))


_opened = functools.cache(opened)


def grid(kind: str, options: tuple[int, ...]) -> Any:
    g, _ = k.blank(1, 1, 1)
    g[k.R_KIND, 0] = k.RULES.index(kind)
    g[k.R_PARAMS : k.R_PARAMS + len(options), 0] = options
    return g


@given(values=facts, options=st.tuples(*[option] * 6), place=st.integers(0, len(SHARED) - 1))
def test_every_rule_that_shares_its_facts_answers_as_in_the_core(values, options, place):
    found = SHARED[place]
    g = grid(found.__name__.rpartition(".")[2], options)
    assert ASK(g, 0, Facts(*values)) == found.check(options, Facts(*values))


@given(values=facts, options=st.tuples(*[st.integers(1, 1000)] * 6), ease=st.sampled_from([(1, 1), (4, 5)]))
@pytest.mark.parametrize("found", [daily_loss, drawdown])
def test_stages_are_those_of_the_core(found, values, options, ease):
    g = grid(found.__name__.rpartition(".")[2], options)
    assert STAGE(g, 0, Facts(*values), *ease) == found.stages(options, Facts(*values), ease)


@given(start=number, equity=number, options=st.tuples(option, option))
@pytest.mark.parametrize(("found", "row"), [(weekly_loss, k.WEEK_EQUITY), (monthly_loss, k.MONTH_EQUITY)])
def test_the_week_and_the_month_are_judged_as_in_the_core(found, row, start, equity, options):
    g = grid(found.__name__.rpartition(".")[2], options)
    g[row, 0] = start
    shared = Facts(1, 0, 0, equity, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0)
    assert ASK(g, 0, shared) == found.check(options, found.Facts(equity, start, 0))


@pytest.mark.parametrize("kind", list(OWN))
@given(data=st.data())
def test_rules_with_facts_of_their_own_answer_as_in_the_core(kind, data):
    found, (check, count) = module("rules", kind), OWN[kind]
    options = data.draw(st.tuples(*[option] * count))
    counts = COUNTS if kind in ("order_rate", "surveillance") else ()
    values = [data.draw(small if name in SMALL else few if name in counts else number) for name in found.Facts._fields]
    assert _opened(check)(options, found.Facts(*values)) == found.check(options, found.Facts(*values))


@given(peak=st.integers(1, 10**15), fallen=st.integers(0, 10**14))
def test_positions_shrink_as_in_the_core(peak, fallen):
    options = drawdown.params(drawdown.Config())
    g = grid("drawdown", options)
    shared = Facts(1, 0, 0, peak - min(fallen, peak), 0, 0, peak, 0, 0, 0, 0, 0, -1, 0)
    assert SHRINK(SIX(g, 0), shared) == drawdown.scale(options, shared)


@given(known=st.integers(-1, 10**12), options=st.tuples(*[st.integers(1, 10**6)] * 6))
def test_positions_shrink_by_volatility_as_in_the_core(known, options):
    assert _opened(rules.shrink_wild)(options, volatility_size.Facts(known)) == volatility_size.scale(
        options, volatility_size.Facts(known)
    )


@given(part=number, whole=number, share=st.tuples(option, option), count=few, most=few)
def test_figures_are_placed_as_in_the_core(part, whole, share, count, most):
    facts = watch.Facts(part, whole)
    for figure in range(len(watch.FIGURES)):
        assert _opened(rules.place_of)(share, facts, figure) == watch.place_of(share, facts, figure)
    assert _opened(rules.place_of_entries)(most, count) == watch.place_of_entries(most, count)


@given(ts=st.integers(0, 4 * 10**18), ahead=st.integers(-50_000, 50_000))
def test_the_clock_of_a_zone_is_read_as_in_the_core(ts, ahead):
    assert _opened(rules.second_of)(ts, ahead) == trading_hours.second_of(ts, ahead)
    assert _opened(rules.weekday_of)(ts) == trading_hours.weekday_of(ts)
