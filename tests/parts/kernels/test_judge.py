"""Rules with facts of their own in the kernels: each refuses what it refuses in the plain engine."""

import numpy as np
import pytest

from openbell.core.codes import Code
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.conduct import note_sent
from openbell.parts.kernels.judge import judge_exit
from openbell.parts.rules import (
    allow_list,
    cool_down,
    daily_trades,
    open_orders,
    order_notional,
    order_quantity,
    order_rate,
    portfolio_risk,
    position_quantity,
    price_collar,
    stale_data,
    trade_risk,
    trading_hours,
)
from openbell.run.compiled import Twin
from openbell.run.twin_bounds import bounds_of
from openbell.run.twin_layout import lay_out, tape_of
from openbell.run.twin_result import result_of
from tests.core.build import exits
from tests.parts.kernels.build import (
    FLAT,
    LONG,
    SHORT,
    begin,
    compiled_once,
    flat,
    one,
    opened,
    rule,
    same,
    source,
    table,
)

begin()
JUDGE, NOTE = opened(judge_exit), opened(note_sent)
CASES = {
    "order_quantity": [rule(order_quantity, stock=9)],
    "position_quantity": [rule(position_quantity, stock=9)],
    "order_notional": [rule(order_notional, limit="999 USD")],
    "daily_trades": [rule(daily_trades, limit=1)],
    "open_orders": [rule(open_orders, account=1, instrument=1)],
    "order_rate": [rule(order_rate, per_minute=1)],
    "restricted": [rule(allow_list, deny=("AAPL",))],
    "trade_risk": [rule(trade_risk, limit="20 USD")],
    "portfolio_risk": [rule(portfolio_risk, limit="25 USD")],
    "cool_down": [rule(cool_down, wait="10m", after="exit")],
    "session_hours": [rule(trading_hours, hours="01:00-02:00 Asia/Tokyo")],
}


@pytest.mark.parametrize("name", list(CASES))
def test_refusals(name):
    run = one([LONG, 0, FLAT, 0, LONG, 0, SHORT, 0], flat(8), rules=CASES[name], exits=exits(stop_loss="0.03"))
    assert result_of(same(run), 1.0).figures["rejected_by_reason"][name] > 0


def test_an_entry_on_an_old_price_is_refused():
    # The entry of the last evening is taken back in the morning, when its price is a night old.
    volumes = [LONG, 0, 0, SHORT, LONG, 0]
    run = one(volumes, flat(6), rules=[rule(stale_data)])
    assert same(run).state.g[k.FILLS, 0] > 0


def test_a_protective_order_that_is_refused_is_left_to_the_plain_engine():
    compiled_once()
    rules = [rule(price_collar), rule(order_rate, per_minute=1, reserve="0%", exits=1)]
    run = one([LONG, 0, 0], flat(3), rules=rules, exits=exits(stop_loss="0.02", take_profit="0.02"))
    assert Twin(*run).run() == "a rule refused a protective order"


def test_an_exit_that_is_one_message_too_many_is_refused():
    run = one([0], flat(1), rules=[rule(order_rate, per_second=1, reserve="0%", exits=1)])
    g = lay_out(run[0], tape_of(*run), bounds_of(*run)).g
    assert JUDGE(g, 0, -1, 0) == 0
    NOTE(g, 0)
    assert JUDGE(g, 0, -1, 0) == Code.ORDER_RATE


def test_a_loss_is_noted_for_the_only_rule_that_asks():
    falling = [(100.0 - n, 100.0 - n, 99.0 - n, 99.0 - n) for n in range(8)]
    run = one([LONG, 0, FLAT, 0, LONG, 0, 0, 0], falling, rules=[rule(cool_down, wait="10m", after="loss")])
    assert result_of(same(run), 1.0).figures["rejected_by_reason"] == {"cool_down": 1}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
def test_hours_are_those_of_the_zone_over_a_change_of_its_clocks(zone):
    # A bar every half hour for a week: at its end New York sets its clocks.
    begin_ts, count = 1_709_596_800 * 10**9, 7 * 48
    stamps = begin_ts + np.arange(1, count + 1) * 30 * 60 * 10**9
    hours = rule(trading_hours, hours=f"09:00-16:00 {zone}", weekends=False)
    run, _ = one([0], flat(1), rules=[hours])
    bars = table("AAPL", flat(count), stamps, np.tile([LONG, FLAT], count // 2))
    figures = result_of(same((run, source(run.spec, [bars]))), 1.0).figures
    assert figures["rejected_by_reason"]["session_hours"] > figures["orders"] > 20
