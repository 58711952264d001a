"""What was refused for certain goes once more, what adds risk and what is to be cancelled does not."""

import pytest

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers.again import MOST_PAUSES, MOST_STAMPS, Again
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY, Budget
from openbell.edges.brokers.failures import BadRequest, Failure, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.mail import MOST, Asked, Mail
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import refused

LATE = Transient("-1021 outside of the window")
SHUT = RateLimited("418 banned", 60 * NS, is_shut=True)
PAUSED = RateLimited("-1015 too many orders", 10 * NS)
VISIBLE = 30 * NS
PRIORITIES = {"entry": ENTRY, "exit": EXIT, "cancel": CANCEL, "amend": EXIT}


def request(kind: str, oid: str = "a", refusals: int = 0) -> Request:
    op = kind if kind in ("cancel", "amend") else "submit"
    return Request(op=op, priority=PRIORITIES[kind], oid=oid, refusals=refusals)


def refusal(oid: str = "a") -> list[ev.Event]:
    return [refused("main", oid, "submit", LATE)]


def made(burst: int = 1000) -> tuple[Again, Mail]:
    mail = Mail(Budget(burst, burst, 1))
    return Again("main", mail, VISIBLE), mail


def out(mail: Mail, now: int = NS) -> list[Asked]:
    found = []
    while (one := mail.next_out(now)) is not None:
        found.append(one)
    return found


def names(mail: Mail, now: int = NS) -> list[tuple[str, str, int]]:
    return [(one.request.op, one.request.oid, one.request.refusals) for one in out(mail, now)]


def absent(oid: str) -> ev.OrderUpdate:
    return ev.OrderUpdate(ts=0, account="main", oid=oid, happening="absent", time=0)


# --- what is taken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "failure", "is_taken"),
    [
        ("entry", LATE, True), ("exit", LATE, True), ("cancel", LATE, True), ("amend", LATE, False),
        ("entry", SHUT, False), ("exit", SHUT, True), ("cancel", SHUT, True), ("amend", SHUT, False),
        ("entry", PAUSED, False), ("exit", PAUSED, True), ("cancel", PAUSED, False), ("amend", PAUSED, False),
        ("exit", None, False), ("exit", BadRequest("no", 1), False), ("exit", OutcomeUnknown("?"), False),
    ],
)  # fmt: skip
def test_F54_F57_only_what_was_not_carried_out_for_no_fault_of_its_own_goes_again(
    kind: str, failure: Failure | None, is_taken: bool
) -> None:
    again, mail = made()
    assert again.takes(request(kind), failure, refusal()) is is_taken
    # Behind a stamp it waits for the time, behind a pause in line.
    assert again.is_waiting is (is_taken and failure is LATE)
    is_lined_up = is_taken and failure is not LATE
    assert len(out(mail)) == is_lined_up


@pytest.mark.parametrize(("failure", "most"), [(LATE, MOST_STAMPS), (SHUT, MOST_PAUSES), (PAUSED, MOST_PAUSES)])
def test_it_goes_again_so_often_and_not_once_more(failure: Failure, most: int) -> None:
    again, _ = made()
    assert [again.takes(request("exit", refusals=n), failure, refusal()) for n in (most - 1, most, most + 1)] == [
        True, False, False,
    ]  # fmt: skip


def test_it_goes_under_its_own_name_and_the_refusals_are_counted() -> None:
    again, mail = made()
    again.takes(request("exit"), SHUT, refusal())
    (first,) = out(mail)
    assert (first.request.oid, first.request.refusals) == ("a", 1)
    again.takes(first.request, LATE, refusal())
    assert again.is_waiting is False
    again.takes(first.request, PAUSED, refusal())
    assert names(mail) == [("submit", "a", 2)]


@pytest.mark.parametrize("has_left", [False, True])
@pytest.mark.parametrize("failure", [LATE, SHUT])
def test_an_order_that_is_to_be_cancelled_ends_with_its_refusal(failure: Failure, has_left: bool) -> None:
    again, mail = made()
    mail.ask(request("cancel"))
    if has_left:
        assert len(out(mail)) == 1
    assert again.takes(request("exit"), failure, refusal()) is False
    assert again.takes(request("exit", "b"), failure, refusal("b")) is True


# --- behind a look at the clock -----------------------------------------------------------------------------------


def test_F57_behind_a_look_at_the_clock_everything_goes_where_the_line_is_up() -> None:
    again, mail = made()
    for kind, oid in (("entry", "a"), ("exit", "b"), ("cancel", "c")):
        again.takes(request(kind, oid), LATE, refusal(oid))
    assert out(mail) == []
    assert again.release(is_open=True) == []
    assert names(mail) == [("cancel", "c", 1), ("submit", "b", 1), ("submit", "a", 1)]
    assert (again.is_waiting, again.release(is_open=True)) == (False, [])


def test_F57_where_the_line_is_down_an_entry_ends_and_the_rest_goes() -> None:
    again, mail = made()
    for kind, oid in (("entry", "a"), ("exit", "b"), ("cancel", "c")):
        again.takes(request(kind, oid), LATE, refusal(oid))
    assert again.release(is_open=False) == refusal("a")
    assert names(mail) == [("cancel", "c", 1), ("submit", "b", 1)]


def test_an_entry_for_which_there_is_no_room_in_line_ends_with_its_refusal() -> None:
    again, mail = made()
    again.takes(request("entry", "a"), LATE, refusal("a"))
    for n in range(MOST):
        mail.ask(request("entry", f"x{n}"))
    assert again.release(is_open=True) == refusal("a")


def test_without_the_time_everything_ends_with_its_refusal_once() -> None:
    again, mail = made()
    again.takes(request("entry", "a"), LATE, refusal("a"))
    again.takes(request("cancel", "c"), LATE, refusal("c"))
    assert again.give_up() == refusal("a") + refusal("c")
    assert (again.give_up(), again.is_waiting, out(mail)) == ([], False, [])


# --- taken out of the line ----------------------------------------------------------------------------------------


def test_a_cancel_ends_an_order_that_has_not_left_and_lets_be_what_has() -> None:
    again, mail = made()
    mail.ask(request("exit", "a"))
    mail.ask(request("exit", "b"))
    again.takes(request("entry", "c"), LATE, refusal("c"))
    again.takes(request("cancel", "d"), LATE, refusal("d"))
    (ended,) = again.take_back("a", 7)
    assert isinstance(ended, ev.OrderUpdate)
    assert (ended.oid, ended.happening, ended.filled, ended.time, ended.code) == ("a", "cancelled", 0, 7, Code.OPERATOR)
    assert again.take_back("a", 7) == []
    assert again.take_back("c", 7) == refusal("c")
    assert again.take_back("c", 7) == []
    # A cancel that waits for the time is no order.
    assert again.take_back("d", 7) == []
    assert again.is_waiting
    assert names(mail) == [("submit", "b", 0)]
    assert again.take_back("b", 7) == []


def test_F54_what_adds_risk_does_not_wait_for_a_venue_that_is_shut() -> None:
    again, mail = made()
    for kind, oid in (("entry", "a"), ("exit", "b"), ("cancel", "c"), ("amend", "d"), ("entry", "e")):
        mail.ask(request(kind, oid))
    found = again.drop_entries(SHUT)
    assert [(one.oid, one.happening, one.code, one.text) for one in found if isinstance(one, ev.OrderUpdate)] == [
        ("a", "rejected", Code.NOT_READY, "418 banned"), ("e", "rejected", Code.NOT_READY, "418 banned"),
    ]  # fmt: skip
    assert again.drop_entries(SHUT) == []
    assert [oid for _, oid, _ in names(mail)] == ["c", "b", "d"]


# --- what absence proves ------------------------------------------------------------------------------------------


def test_F02_the_absence_of_an_order_that_has_not_left_proves_nothing() -> None:
    again, mail = made()
    mail.ask(request("exit", "a"))
    again.takes(request("entry", "b"), LATE, refusal("b"))
    mail.ask(request("cancel", "c"))
    again.takes(request("cancel", "d"), LATE, refusal("d"))
    assert [again.proves(absent(oid)) for oid in "abcd"] == [False, False, True, True]
    assert again.proves(ev.OrderUpdate(ts=0, account="main", oid="a", happening="lost", time=0))
    assert again.proves(ev.Timer(ts=0, deployment="", name="x"))


@pytest.mark.parametrize("waits_for_time", [False, True])
def test_F02_nor_does_it_until_an_order_that_had_to_wait_would_be_visible(waits_for_time: bool) -> None:
    again, mail = made()
    mail.ask(request("exit", "other"))
    out(mail)
    if waits_for_time:
        again.takes(request("exit", "a"), LATE, refusal())
    else:
        mail.ask(request("exit", "a"))
    again.look(50 * NS)
    again.release(is_open=True)
    out(mail, 100 * NS)
    # Between two looks nobody has noted yet that it left.
    assert again.proves(absent("a")) is False
    again.look(100 * NS)
    verdicts = []
    for now in (100 * NS, 100 * NS + VISIBLE - 1, 100 * NS + VISIBLE, 100 * NS + VISIBLE + 1):
        again.look(now)
        verdicts.append(again.proves(absent("a")))
    assert verdicts == [False, False, True, True]
    # One that did not have to wait is the engine's own business: it knows when it sent it.
    assert again.proves(absent("other"))


def test_an_order_that_was_taken_out_of_the_line_is_not_waited_for_for_ever() -> None:
    again, mail = made(burst=2)
    mail.ask(Request(op="orders", priority=QUERY))
    mail.ask(request("exit", "a"))
    again.look(NS)
    again.take_back("a", NS)
    again.look(2 * NS)
    again.look(2 * NS + VISIBLE)
    assert again.proves(absent("a"))
