from typing import Any

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.alpaca.snapshot import MOST_NAMES, Memory, Parts
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.snapshot import Snapshot
from tests.edges.brokers.alpaca.frames import NAME, OID, VENUE, account, activity, order, position

AT = 1_795_185_000 * NS


class Desk:
    """A snapshot, and what it asks."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.mail = Mail(Budget(1000, 1000, 1))
        self.memory = memory or Memory(after=AT)
        self.snapshot = Snapshot(NAME, Parts(NAME, ("AAPL", "BTC/USD"), self.memory), self.mail)
        self.paths: list[str] = []

    def tell(self, *bodies: Any) -> list[ev.Event]:
        """Answer one question after the other."""
        found: list[ev.Event] = []
        for place, body in enumerate(bodies):
            asked = self.mail.next_out(AT + place)
            assert asked is not None
            self.paths.append(asked.request.path)
            found += self.snapshot.told(asked, body)
        return found


def test_F43_the_whole_account_is_told_behind_the_executions_that_were_missing() -> None:
    desk = Desk()
    desk.memory.learn(OID, VENUE)
    desk.snapshot.begin(AT)
    coin = position(symbol="BTCUSD", qty="-0.5", side="short")
    fill, state = desk.tell([activity()], [order()], [position(), coin], account())
    assert isinstance(fill, ev.Fill)
    assert isinstance(state, ev.BrokerState)
    assert (fill.oid, state.orders[0].oid, state.as_of) == (OID, OID, AT + 1)
    assert (state.positions["AAPL"], str(state.positions["BTC/USD"]), str(state.cash["USD"])) == (
        10,
        "-0.5",
        "98214.37",
    )
    assert desk.paths[0].startswith("/v2/account/activities/FILL?after=2026-11-20T14%3A29%3A00Z&direction=asc")
    assert desk.memory.after == AT or desk.memory.after == fill.time


def test_whose_an_execution_is_that_nobody_here_knows_is_asked_once() -> None:
    desk = Desk()
    desk.snapshot.begin(AT)
    found = desk.tell([activity(), activity(id="x::2")], order(client_order_id=f"{OID}.X"))
    assert [event.oid for event in found if isinstance(event, ev.Fill)] == [OID, OID]
    assert desk.paths[1] == f"/v2/orders/{VENUE}"
    assert desk.memory.names == {VENUE: OID}


def test_long_lists_come_by_page() -> None:
    desk = Desk(Memory(after=AT, names={VENUE: OID}))
    desk.snapshot.begin(AT)
    found = desk.tell(
        [activity(id=f"x::{n}") for n in range(100)], [], [order(id=str(n)) for n in range(500)], [], [], account()
    )
    assert (len(found), len(found[-1].orders)) == (101, 500)  # type: ignore[union-attr]  # a state
    assert ("page_token=x%3A%3A99" in desk.paths[1], "after_order_id=499" in desk.paths[3]) == (True, True)


def test_F60_half_an_answer_is_none() -> None:
    for bodies in (
        [None],
        [[], {}],
        [[], [], None],
        [[], [], [], {"currency": "USD"}],
        [[], [order(qty="x")], [], account()],
    ):
        desk = Desk()
        desk.snapshot.begin(AT)
        (state,) = desk.tell(*bodies)
        assert isinstance(state, ev.BrokerState)
        assert state.failed != ""


def test_one_question_at_a_time_and_given_up_only_where_there_is_one() -> None:
    desk = Desk()
    assert desk.snapshot.give_up("x") == []
    desk.snapshot.begin(AT)
    desk.snapshot.begin(AT + 5)
    asked = desk.mail.next_out(AT)
    assert asked is not None
    assert desk.mail.next_out(AT) is None
    assert len(desk.snapshot.give_up("x")) == 1
    assert desk.snapshot.told(asked, []) == []


def test_an_order_that_was_changed_keeps_its_later_id() -> None:
    memory = Memory(after=0)
    memory.learn(OID, "new")
    memory.hear(OID, "old")
    assert (memory.ids[OID], memory.names["old"]) == ("new", OID)


def test_F96_the_names_of_old_orders_are_forgotten() -> None:
    memory = Memory(after=AT)
    for n in range(MOST_NAMES + 10):
        memory.learn(f"o{n}", f"v{n}")
    assert len(memory.ids) == len(memory.names) == MOST_NAMES
    assert "o9" not in memory.ids and memory.names[f"v{MOST_NAMES}"] == f"o{MOST_NAMES}"


def test_F03_a_late_part_of_an_answer_that_was_given_up_is_no_part_of_the_next() -> None:
    desk = Desk()
    desk.snapshot.begin(AT)
    desk.tell([], [order()])
    late = desk.mail.next_out(AT)
    assert late is not None
    assert late.request.path == "/v2/positions"
    desk.snapshot.give_up("no answer")
    desk.snapshot.begin(AT + NS)
    assert desk.snapshot.told(late, [position()]) == []
    (state,) = desk.tell([], [], [], account())
    assert isinstance(state, ev.BrokerState)
    assert (state.positions, state.orders) == ({}, ())
