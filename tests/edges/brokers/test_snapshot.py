from typing import Any

from openbell.core import events as ev
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import OutcomeUnknown, Transient
from openbell.edges.brokers.fields import text
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.snapshot import Snapshot, Step


class Two:
    """An answer of two parts."""

    def begin(self, now: int) -> Request:
        return Request(op="first")

    def told(self, asked: Asked, body: Any) -> Step:
        if asked.request.op == "first":
            return [], Request(op="second")
        state = ev.BrokerState(ts=0, account=text(body, "name"), orders=(), positions={}, cash={}, as_of=asked.sent)
        return [state], None


def begun() -> tuple[Snapshot, Mail]:
    mail = Mail(Budget(1000, 1000, 1))
    snapshot = Snapshot("main", Two(), mail)
    snapshot.begin(5)
    return snapshot, mail


def out(mail: Mail) -> Asked:
    one = mail.next_out(7)
    assert one is not None
    return one


def test_one_part_is_asked_for_after_the_other_until_the_state_is_whole() -> None:
    snapshot, mail = begun()
    assert snapshot.told(out(mail), {}) == []
    second = out(mail)
    assert (second.request.op, snapshot.is_waiting_for(second)) == ("second", True)
    (state,) = snapshot.told(second, {"name": "main"})
    assert isinstance(state, ev.BrokerState)
    assert (state.account, state.as_of, state.failed) == ("main", 7, "")
    assert snapshot.give_up("nothing is asked") == []


def test_it_is_asked_once_at_a_time() -> None:
    snapshot, mail = begun()
    snapshot.begin(6)
    out(mail)
    assert mail.next_out(8) is None


def test_F60_a_part_that_fails_or_cannot_be_read_is_a_failed_state() -> None:
    snapshot, mail = begun()
    (state,) = snapshot.told(out(mail), None, Transient("503"))
    assert isinstance(state, ev.BrokerState)
    assert (state.failed, state.as_of) == ("503", 5)
    snapshot.begin(9)
    snapshot.told(out(mail), {})
    (state,) = snapshot.told(out(mail), {})
    assert isinstance(state, ev.BrokerState)
    assert (state.failed != "", state.as_of) == (True, 9)


def test_F03_a_late_part_counts_for_nothing_and_a_late_failure_neither() -> None:
    snapshot, mail = begun()
    late = out(mail)
    assert len(snapshot.give_up("no answer")) == 1
    snapshot.begin(9)
    assert snapshot.told(late, {}) == []
    assert snapshot.told(late, None, OutcomeUnknown("500")) == []
    assert snapshot.is_waiting_for(out(mail))
