"""The gate in the kernels: each refusal occurs, and both engines name the same first one."""

import pytest

from openbell.core.spec import SizeSpec
from openbell.parts.kernels import layout as k
from openbell.parts.rules import daily_loss, drawdown, duplicate, max_position, max_positions, session_hours
from openbell.run.backtest import backtest
from openbell.run.twin_result import result_of
from tests.core.build import d
from tests.parts.kernels.build import AGAIN, FLAT, LONG, SHORT, begin, flat, one, rule, same

begin()
FALLING = [(100.0 - n, 100.0 - n, 99.0 - n, 99.0 - n) for n in range(12)]
CASES = {
    "below_minimum": {"thing": {"min_qty": d(11)}},
    "below_minimum by value": {"thing": {"min_notional": d(1001)}},
    "short_not_allowed": {"thing": {"can_short": False}},
    "buying_power": {"account": {"leverage": d("0.001")}},
    "max_position": {"rules": [rule(max_position, limit=d("0.005"))]},
    "max_position by worth": {"rules": [rule(max_position, worth="999 USD")]},
    "duplicate": {"rules": [rule(duplicate, within="30m")]},
    "session_hours": {"rules": [rule(session_hours, after_open="30m")]},
    "budget": {"capital": d(50)},
}


@pytest.mark.parametrize("name", list(CASES))
def test_refusals(name):
    changes = CASES[name]
    volumes = [SHORT, 0, 0] if name == "short_not_allowed" else [LONG, 0, FLAT, 0, 0, LONG, 0, 0]
    twin = same(one(volumes, flat(len(volumes)), **changes))
    assert name.split()[0] in result_of(twin, 1.0).figures["rejected_by_reason"]


@pytest.mark.parametrize("module", [daily_loss, drawdown])
def test_a_loss_closes_the_gate_and_pulls_what_is_not_filled(module):
    rules = [rule(module, limit=d("0.0005"), release="session")]
    volumes = [LONG, 0, 0, 0, FLAT, 0, LONG, 0, SHORT, 0, 0, 0]
    run = one(volumes, FALLING, rules=rules)
    twin = same(run)
    assert "latched" in result_of(twin, 1.0).figures["rejected_by_reason"]
    assert twin.state.g[k.ALERTS, 0] == backtest(*run).book.truth.counts.alerts
    assert twin.state.g[k.CLOSED, 0] == 1


@pytest.mark.parametrize("module", [daily_loss, drawdown])
def test_a_limit_that_only_a_person_opens_again_stays_closed(module):
    rules = [rule(module, limit=d("0.0005"), release="manual")]
    run = one([LONG, 0, 0, 0, FLAT, 0, LONG, 0, SHORT, 0, 0, 0], FALLING, rules=rules)
    twin = same(run)
    assert "latched" in result_of(twin, 1.0).figures["rejected_by_reason"]
    # One alert says that the gate has been closed, another one that nothing is left to be taken back.
    assert twin.state.g[k.ALERTS, 0] == backtest(*run).book.truth.counts.alerts > 1


def test_more_of_the_same_is_capped_to_what_the_capital_pays_for():
    twin = same(one([LONG, 0, AGAIN, 0], flat(4), size=SizeSpec(kind="notional", value=d(70_000)), capital=d(50_000)))
    assert twin.state.g[k.ALERTS, 0] > 0
    assert twin.state.g[k.P_QTY, 0] == 500


def test_positions_are_counted_with_their_entries():
    twin = same(one([LONG, 0, 0], flat(3), rules=[rule(max_positions, limit=1)]))
    assert twin.state.g[k.P_QTY, 0] == 10
