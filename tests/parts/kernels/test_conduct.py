"""Our own conduct in the kernels: messages of late, and how much worse executions were than at arrival."""

import pytest

from openbell.core.types import NS
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.conduct import all_sent_since, note_sent, sent_since
from openbell.parts.rules import order_rate, slippage, surveillance
from openbell.parts.venue.options import VenueOptions
from openbell.run.backtest import backtest
from openbell.run.compiled import Twin
from tests.core.build import d, exits
from tests.parts.kernels.build import FLAT, LONG, MINUTE_NS, begin, compiled_once, flat, one, opened, rule, same

begin()
NOTE, SENT, ALL = opened(note_sent), opened(sent_since), opened(all_sent_since)


def test_messages_are_counted_by_instant_and_deployment():
    g, _ = k.blank(1, 2, 8)
    g[k.DEPLOYMENTS, 0] = 2
    for second, deployment in ((0, 0), (0, 0), (1, 1), (30, 0), (59, 0), (60, 1)):
        g[k.CLOCK, 0] = second * NS
        NOTE(g, deployment)
    assert [SENT(g, 0, since * NS) for since in (-1, 0, 29, 59)] == [4, 2, 2, 0]
    assert (SENT(g, 1, 0), ALL(g, 0), g[k.STATUS, 0]) == (2, 4, 0)


def test_more_messages_than_can_be_remembered_are_left_to_the_plain_engine():
    g, _ = k.blank(1, 1, 8)
    for number in range(k.INSTANTS + 1):
        g[k.CLOCK, 0] = MINUTE_NS + number
        NOTE(g, 0)
    assert g[k.STATUS, 0] == k.CROWDED


@pytest.mark.parametrize("warn", ["off", "0.1%", "0.3%"])
def test_an_execution_is_measured_by_the_mark_at_which_its_order_was_sent(warn):
    prices = [(100.0, 101.0, 99.0, 100.0), (100.5, 101.5, 99.5, 100.0)] * 8
    rules = [rule(slippage, warn=warn, limit="50%")]
    run = one([LONG, 0, FLAT, 0] * 4, prices, rules=rules, venue=VenueOptions(slippage=d("0.001")))
    alerts = same(run).state.g[k.ALERTS, 0]
    assert alerts == backtest(*run).book.truth.counts.alerts
    assert (alerts > 0) == (warn != "off")


def test_a_stop_is_measured_by_its_own_price():
    falling = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(100.0, 100.0, 80.0, 80.0)] * 2
    rules = [rule(slippage, warn="0.1%", limit="50%")]
    run = one([LONG, 0, 0, 0], falling, rules=rules, exits=exits(stop_loss="0.1"))
    twin = same(run)
    assert twin.state.log[k.EXECUTIONS, 1, k.X_WORSE] == 0
    assert twin.state.log[k.EXECUTIONS, 1, k.X_GAIN] < 0


def test_what_looks_like_manipulation_is_left_to_the_plain_engine():
    compiled_once()
    gone = [(100.0, 100.0, 100.0, 100.0)] * 8
    rules = [rule(surveillance, orders=1, cancels="10%"), rule(order_rate, per_second=1000, per_minute=1000)]
    run = one([LONG, FLAT] * 4, gone, rules=rules, overnight=False)
    assert Twin(*run).run() == ""
    assert same(one([LONG, 0, FLAT, 0], flat(4), rules=rules)).state.g[k.C_CANCELS, 0] == 0
