from decimal import Decimal
from typing import Any

import pytest

from openbell.core import events as ev
from openbell.edges.brokers.binance import snapshot
from openbell.edges.brokers.binance.listing import listings
from openbell.edges.brokers.binance.snapshot import MOST_NAMES, Memory, Parts
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.snapshot import Snapshot
from tests.edges.brokers.binance.frames import NAME, OID, ORDER, account, order, rules, trade
from tests.edges.brokers.binance.talk import T0


class Rig:
    """A question about an account, answered step by step."""

    def __init__(self, *symbols: str) -> None:
        self.memory = Memory(after=T0, listings=listings(rules()))
        self.mail = Mail(Budget(1000, 1000, 1))
        self.snapshot = Snapshot(NAME, Parts(NAME, symbols or ("BTCUSDT",), self.memory), self.mail)
        self.snapshot.begin(T0)

    def next(self) -> Asked:
        one = self.mail.next_out(T0 + 5)
        assert one is not None
        return one

    def answer(self, body: Any, op: str = "") -> list[ev.Event]:
        one = self.next()
        assert op in ("", one.request.op)
        return self.snapshot.told(one, body)


def test_executions_come_first_then_orders_then_coins() -> None:
    rig = Rig()
    rig.memory.learn(order())
    (fill,) = rig.answer([trade()], "executions")
    assert isinstance(fill, ev.Fill)
    rig.answer([order(executedQty="0.00400000")], "orders")
    (state,) = rig.answer(account(), "cash")
    assert isinstance(state, ev.BrokerState)
    assert (state.positions, state.cash, state.as_of) == (
        {"BTCUSDT": Decimal("0.014")},
        {"USDT": Decimal(10_000), "BNB": Decimal(0)},
        T0 + 5,
    )
    assert (len(state.orders), rig.memory.next) == (1, {"BTCUSDT": 56_004})


def test_the_next_time_executions_are_asked_for_by_their_number() -> None:
    rig = Rig()
    rig.memory.learn(order())
    assert rig.next().request.body == {"symbol": "BTCUSDT", "startTime": T0 // 10**6 - 60_000, "limit": 1000}
    rig.memory.next["BTCUSDT"] = 56_004
    rig.snapshot.give_up("")
    rig.snapshot.begin(T0)
    assert rig.next().request.body["fromId"] == 56_004


def test_whose_an_execution_is_is_asked_where_it_is_not_known() -> None:
    rig = Rig()
    assert rig.answer([trade()], "executions") == []
    (fill,) = rig.answer(order(), "named")
    assert isinstance(fill, ev.Fill)
    assert (fill.oid, rig.memory.names) == (OID, {f"BTCUSDT/{ORDER}": OID})


def test_pages_and_symbols_are_asked_for_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot.codec, "PAGE", 1)
    rig = Rig("BTCUSDT", "ETHUSDT")
    rig.memory.learn(order())
    asked = []
    for body in ([trade()], [], []):
        one = rig.next()
        asked.append((one.request.body["symbol"], one.request.body.get("fromId")))
        rig.snapshot.told(one, body)
    assert asked == [("BTCUSDT", None), ("BTCUSDT", 56_004), ("ETHUSDT", None)]
    assert [rig.answer([], "orders") for _ in range(2)] == [[], []]
    (state,) = rig.answer(account(), "cash")
    assert isinstance(state, ev.BrokerState)


def test_coins_that_nobody_trades_are_told_by_their_name() -> None:
    rig = Rig()
    for body in ([], []):
        rig.answer(body)
    (state,) = rig.answer(account(balances=[{"asset": "XRP", "free": "2", "locked": "0"}]))
    assert isinstance(state, ev.BrokerState)
    assert (state.positions, state.cash) == ({"XRP": Decimal(2)}, {"BNB": Decimal(0), "USDT": Decimal(0)})


def test_the_coin_in_which_fees_may_be_paid_is_money_unless_it_is_traded() -> None:
    rig = Rig()
    for body in ([], []):
        rig.answer(body)
    (state,) = rig.answer(account(balances=[{"asset": "BNB", "free": "2", "locked": "0.5"}]))
    assert isinstance(state, ev.BrokerState)
    assert (state.positions, state.cash["BNB"]) == ({}, Decimal("2.5"))


@pytest.mark.parametrize("bodies", [[None], [[], None], [[], [], {}], [[], [], {"balances": [{"asset": "BTC"}]}]])
def test_F60_half_a_state_is_none(bodies: list[Any]) -> None:
    rig = Rig()
    found: list[ev.Event] = []
    for body in bodies:
        found += rig.answer(body)
    (state,) = found
    assert isinstance(state, ev.BrokerState)
    assert state.failed
    assert rig.snapshot.give_up("twice") == []


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MOST_NAMES", 2)
    memory = Memory(after=0)
    for n in range(5):
        memory.learn(order(clientOrderId=f"ABC123-{n}", orderId=n))
    assert (list(memory.orders), list(memory.names.values())) == (["ABC123-3", "ABC123-4"], ["ABC123-3", "ABC123-4"])
    assert MOST_NAMES > 1000
    with pytest.raises(OutcomeUnknown):
        memory.learn({"clientOrderId": OID})


def test_F03_a_late_part_of_an_answer_that_was_given_up_is_no_part_of_the_next() -> None:
    rig = Rig("BTCUSDT", "ETHUSDT")
    for body in ([], [], [order()], []):
        rig.answer(body)
    late = rig.next()
    assert late.request.op == "cash"
    rig.snapshot.give_up("no answer")
    rig.snapshot.begin(T0 + 10)
    assert rig.snapshot.told(late, account(balances=[])) == []
    found = [rig.answer(body) for body in ([], [], [], [], account())]
    (state,) = found[-1]
    assert isinstance(state, ev.BrokerState)
    assert (state.orders, state.positions) == ((), {"BTCUSDT": Decimal("0.014")})


def test_F03_late_executions_of_one_symbol_are_no_answer_for_another() -> None:
    rig = Rig("BTCUSDT", "ETHUSDT")
    rig.memory.learn(order())
    late = rig.next()
    rig.snapshot.give_up("no answer")
    rig.snapshot.begin(T0 + 10)
    rig.answer([], "executions")
    assert rig.snapshot.told(late, [trade()]) == []
    assert rig.memory.next == {}
    assert rig.next().request.body["symbol"] == "ETHUSDT"


def test_F43_executions_of_a_question_that_was_given_up_are_asked_for_again() -> None:
    rig = Rig("BTCUSDT", "ETHUSDT")
    rig.memory.learn(order())
    assert rig.answer([trade()], "executions") == []
    assert rig.next().request.body["symbol"] == "ETHUSDT"
    rig.snapshot.give_up("no answer")
    rig.snapshot.begin(T0 + 10)
    again = rig.next()
    assert "fromId" not in again.request.body
    rig.snapshot.told(again, [trade()])
    (fill,) = rig.answer([], "executions")
    assert isinstance(fill, ev.Fill)
    assert rig.memory.next == {"BTCUSDT": 56_004}
