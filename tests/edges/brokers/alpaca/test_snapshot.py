from typing import Any
from urllib.parse import quote

from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.snapshot import LOOKS, MOST_CORRECTIONS, MOST_NAMES, MOST_UNHEARD, Memory, Parts
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.snapshot import Snapshot
from tests.edges.brokers.alpaca.frames import NAME, OID, VENUE, account, activity, corrected, order, position

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
    fill, state = desk.tell([activity()], [], [order()], [position(), coin], account())
    assert isinstance(fill, ev.Fill)
    assert isinstance(state, ev.BrokerState)
    assert (fill.oid, state.orders[0].oid, state.as_of) == (OID, OID, AT + 2)
    assert (state.positions["AAPL"], str(state.positions["BTC/USD"]), str(state.cash["USD"])) == (
        10,
        "-0.5",
        "98214.37",
    )
    assert desk.paths[0].startswith("/v2/account/activities/FILL?after=2026-11-20T14%3A29%3A00Z&direction=asc")
    assert desk.memory.after == AT or desk.memory.after == fill.time


def test_F28_what_was_corrected_while_nobody_listened_is_told_before_what_there_is_now() -> None:
    desk = Desk(Memory(after=AT, offset=2 * NS, names={VENUE: OID}))
    desk.snapshot.begin(AT)
    fill, new, state = desk.tell([activity()], [corrected()], [], [position()], account())
    assert isinstance(fill, ev.Fill)
    assert isinstance(new, ev.Fill)
    assert isinstance(state, ev.BrokerState)
    assert (new.supersedes, str(new.px), new.is_bust) == (fill.exec_id, "150.02", False)
    bounds = "since=2026-11-20T14%3A29%3A00Z&until=2026-11-20T14%3A30%3A02Z"
    assert desk.paths[1] == f"/v2beta1/events/activities?{bounds}"


def test_F96_a_correction_that_is_listed_again_is_handed_in_once_and_old_ones_are_forgotten() -> None:
    desk = Desk()
    for told in (1, 0):
        desk.snapshot.begin(AT)
        found = desk.tell([], [corrected()], [], [], account())
        assert sum(isinstance(one, ev.Fill) for one in found) == told
    assert all(desk.memory.is_new(f"c{n}") for n in range(MOST_CORRECTIONS))
    assert len(desk.memory.corrections) == MOST_CORRECTIONS
    assert desk.memory.is_new(corrected()["ref_id"])


def test_whoever_is_refused_the_feed_of_corrections_goes_on_without_it() -> None:
    desk = Desk()
    desk.snapshot.begin(AT)
    (state,) = desk.tell([], {"message": "forbidden."}, [], [], account())
    assert isinstance(state, ev.BrokerState)
    assert (state.failed, desk.memory.hears) == ("", False)
    desk.snapshot.begin(AT + NS)
    (state,) = desk.tell([], [], [], account())
    assert not any("events" in path for path in desk.paths[-4:])


def test_a_feed_of_corrections_that_never_answers_does_not_hold_up_the_account() -> None:
    desk = Desk()
    for n in range(MOST_UNHEARD):
        assert desk.memory.unheard == max(n - 1, 0)
        desk.snapshot.begin(AT + n)
        desk.tell([])
        desk.mail.next_out(AT + n)
        desk.snapshot.give_up("no answer")
    desk.snapshot.begin(AT + 9)
    (state,) = desk.tell([], [], [], account())
    assert isinstance(state, ev.BrokerState)
    assert state.failed == ""


def test_a_feed_of_corrections_that_was_silent_is_asked_again_later_for_all_that_time() -> None:
    desk = Desk()
    desk.snapshot.begin(AT)
    desk.tell([], [], [], [], account())
    for _ in range(MOST_UNHEARD):
        desk.snapshot.begin(AT + NS)
        desk.tell([])
        desk.mail.next_out(AT + NS)
        desk.snapshot.give_up("no answer")
    while True:
        desk.memory.after += 600 * NS
        desk.snapshot.begin(desk.memory.after)
        if desk.memory.hears:
            break
        desk.tell([], [], [], account())
    found = desk.tell([], [corrected()], [], [], account())
    assert (desk.memory.looks, desk.memory.unheard) == (LOOKS, 0)
    assert [one.exec_id for one in found if isinstance(one, ev.Fill)] == [corrected()["ref_id"]]
    assert f"since={quote(codec.stamp(AT))}" in next(path for path in reversed(desk.paths) if "events" in path)


def test_a_feed_of_corrections_that_answers_again_is_forgiven() -> None:
    desk = Desk()
    for _ in range(2 * MOST_UNHEARD):
        desk.snapshot.begin(AT)
        desk.tell([])
        desk.mail.next_out(AT)
        desk.snapshot.give_up("no answer")
        desk.snapshot.begin(AT)
        desk.tell([], [], [], [], account())
    assert desk.memory.hears


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
        [activity(id=f"x::{n}") for n in range(100)], [], [], [order(id=str(n)) for n in range(500)], [], [], account()
    )
    assert (len(found), len(found[-1].orders)) == (101, 500)  # type: ignore[union-attr]  # a state
    assert ("page_token=x%3A%3A99" in desk.paths[1], "after_order_id=499" in desk.paths[4]) == (True, True)


def test_F60_half_an_answer_is_none() -> None:
    for bodies in (
        [None],
        [[], [corrected(at="x")]],
        [[], [], {}],
        [[], [], [], None],
        [[], [], [], [], {"currency": "USD"}],
        [[], [], [order(qty="x")], [], account()],
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
    desk.tell([], [], [order()])
    late = desk.mail.next_out(AT)
    assert late is not None
    assert late.request.path == "/v2/positions"
    desk.snapshot.give_up("no answer")
    desk.snapshot.begin(AT + NS)
    assert desk.snapshot.told(late, [position()]) == []
    (state,) = desk.tell([], [], [], [], account())
    assert isinstance(state, ev.BrokerState)
    assert (state.positions, state.orders) == ({}, ())
