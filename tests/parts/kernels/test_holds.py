"""Closed gates in the kernels: each opens and closes when it does in the plain engine, with as many alerts."""

import pytest

from openbell.parts.kernels import layout as k
from openbell.parts.rules import (
    daily_loss,
    drawdown,
    holding_period,
    loss_streak,
    monthly_loss,
    near_close,
    order_rate,
    price_drift,
    repeated_fills,
    slippage,
    stop_outs,
    weekly_loss,
)
from openbell.parts.venue.options import VenueOptions
from openbell.run.backtest import backtest
from openbell.run.compiled import Twin
from openbell.run.twin_result import result_of
from tests.core.build import d, exits
from tests.parts.kernels.build import FLAT, LONG, begin, compiled_once, one, rule, same
from tests.parts.kernels.markets import random_run

begin()
FALLING = [(100.0 - n, 100.0 - n, 98.0 - n, 99.0 - n) for n in range(24)]
SLOW = VenueOptions(slippage=d("0.03"))
CASES = {
    "stop_outs": ([rule(stop_outs, limit=1)], {"exits": exits(stop_loss="0.005")}),
    "loss_streak": ([rule(loss_streak, limit=1)], {}),
    "repeated_fills": ([rule(repeated_fills, limit=1)], {}),
    "price_drift": ([rule(price_drift)], {"venue": SLOW}),
    "slippage": ([rule(slippage)], {"venue": SLOW}),
    "weekly_loss": ([rule(weekly_loss, limit="0.01%")], {}),
    "monthly_loss": ([rule(monthly_loss, limit="0.01%")], {}),
    "daily_loss": ([rule(daily_loss, limit="0.01%", release="manual")], {}),
    "drawdown": ([rule(drawdown, limit="0.01%")], {}),
    "order_rate": ([rule(order_rate, per_minute=1, breaches=1)], {}),
    "own_loss": ([], {"max_loss": d(5)}),
    "own_drawdown": ([], {"max_drawdown": d("0.00001")}),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_gate_that_was_closed_lets_nothing_in(name):
    rules, changes = CASES[name]
    run = one([LONG, 0, FLAT, 0] * 6, FALLING, rules=rules, **changes)
    book, plain = result_of(same(run), 1.0).book, backtest(*run).book
    assert book.truth.counts.alerts == plain.truth.counts.alerts > 0
    assert set(book.truth.latches) == set(plain.truth.latches)
    assert any(key.startswith(name) for key in plain.truth.latches)
    assert "latched" in result_of(same(run), 1.0).figures["rejected_by_reason"]


def test_selling_everything_is_left_to_the_plain_engine():
    compiled_once()
    run = one([LONG] + [0] * 23, FALLING, rules=[rule(drawdown, limit="0.01%", flatten="0.02%")])
    assert Twin(*run).run() == "a limit on equity sold everything"


@pytest.mark.parametrize("seed", range(40))
def test_alerts_and_closed_gates_are_those_of_the_plain_engine(seed):
    compiled_once()
    run = random_run(5000 + seed)
    try:
        twin = Twin(*run)
    except ValueError:
        return
    if twin.run():
        return
    ours, plain = result_of(twin, 1.0).book.truth, backtest(*run).book.truth
    assert ours.counts.alerts == plain.counts.alerts
    assert set(ours.latches) == set(plain.latches)


def test_what_is_old_or_near_a_close_is_sold():
    found = 0
    for seed in range(60):
        prepared, told = random_run(seed)
        rules = [rule(holding_period, days=1), rule(near_close, flatten="5m")]
        prepared.rules = tuple(rules)
        try:
            twin = Twin(prepared, told)
        except ValueError:
            continue
        if twin.run() == "":
            rows = twin.state.log[k.ORDERS, : twin.state.g[k.COUNTER, 0], k.L_REASON]
            found += int(((rows == 244) | (rows == 243)).sum())
            assert result_of(twin, 1.0).figures["orders_hash"] == backtest(prepared, told).figures["orders_hash"]
    assert found > 5
