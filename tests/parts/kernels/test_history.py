"""Closes of sessions in the kernels, and the rules that look at them."""

import numpy as np
import pytest

from openbell.core.book import KEPT_CLOSES
from openbell.core.events import Schedule
from openbell.core.types import use_money_context
from openbell.parts.kernels import layout as k
from openbell.parts.rules import correlation, portfolio_volatility, symbol_volatility, volatility_size
from openbell.run.backtest import backtest
from openbell.run.twin_result import result_of
from tests.core.build import T0, account_spec, d, deployment_spec, exits, instrument, run_spec
from tests.parts.kernels.build import FLAT, LONG, MINUTE_NS, begin, prepared, rule, same, source, stock, table

begin()
DAY = 5
"""Bars of a session."""


def days(count, *rules, seed=1, wish=LONG):
    """Return a run of two instruments, short sessions and an entry in each of them."""
    use_money_context()
    numbers = np.random.default_rng(seed)
    things = [instrument(symbol, calendar="day") for symbol in ("AAPL", "MSFT")]
    deployment = deployment_spec(instruments=("AAPL", "MSFT"), exits=exits(stop_loss="0.2"), can_short=True)
    spec = run_spec(deployment, instruments=things, accounts=[account_spec(calendar="day")])
    tables = []
    for thing in things:
        close = 100.0 * np.exp(np.cumsum(numbers.standard_normal(count * DAY) * 0.01))
        volumes = np.tile([0.0, wish, 0.0, FLAT, 0.0], count)
        tables.append(table(thing.symbol, np.column_stack([close] * 4), volume=volumes))
    schedule = []
    for day in range(count):
        open_, close_ = T0 + day * DAY * MINUTE_NS, T0 + (day + 1) * DAY * MINUTE_NS
        date = f"{2024 + day // 28:04d}-01-{1 + day % 28:02d}"
        schedule.append(
            Schedule(ts=open_ + 2, calendar="day", date=date, open=open_, close=close_, is_open=True, goes_on=True)
        )
    return prepared(spec, {"alpha": stock()}, rules), source(spec, tables, schedule)


@pytest.mark.parametrize("count", [3, KEPT_CLOSES, KEPT_CLOSES + 1, KEPT_CLOSES + 9])
def test_the_same_closes_are_kept_as_in_the_core(count):
    run = days(count, rule(symbol_volatility))
    state, plain = same(run).state, backtest(*run).book.truth
    for thing, symbol in enumerate(("AAPL", "MSFT")):
        kept = int(state.g[k.T_CLOSES, thing])
        assert state.f[k.F_CLOSES : k.F_CLOSES + kept, thing].tolist() == plain.marks[symbol].closes
        assert kept == min(count - 1, KEPT_CLOSES)


def test_closes_are_kept_only_where_a_rule_looks_at_them():
    assert same(days(3)).state.f.shape[0] == k.F_ROWS


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (rule(symbol_volatility, days=3, limit="25%"), "symbol_volatility"),
        (rule(portfolio_volatility, days=3, limit="2%"), "portfolio_volatility"),
        (rule(correlation, days=3, above="10%", limit="0.3%"), "correlation"),
    ],
)
def test_some_entries_are_refused_and_some_are_not(one, code):
    figures = result_of(same(days(30, one)), 1.0).figures
    assert figures["rejected_by_reason"][code] > 3
    assert figures["fills"] > 3


def test_two_instruments_without_closes_count_as_one():
    # A fifth of a thousand is at stake in each: together it is more than the limit.
    tight = rule(correlation, limit="300 USD")
    assert result_of(same(days(2, tight)), 1.0).figures["rejected_by_reason"]["correlation"] == 2
    assert result_of(same(days(2, rule(correlation, limit="500 USD"))), 1.0).figures["rejected_by_reason"] == {}


def test_new_positions_are_smaller_in_what_moves_more():
    plain, sized = same(days(20)), same(days(20, rule(volatility_size, days=3, target=d("0.1"))))
    counts = [int(twin.state.g[k.COUNTER, 0]) for twin in (plain, sized)]
    assert counts[0] == counts[1] > 20
    lots = [twin.state.log[k.ORDERS, : counts[0], k.L_LOTS] for twin in (plain, sized)]
    assert len(set(lots[1].tolist())) > 3
    assert (lots[1] <= lots[0]).all()
