from openbell.core.types import NS
from openbell.edges.brokers import mail as mails
from openbell.edges.brokers.budget import CANCEL, ENTRY, QUERY, Budget
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.request import Request


def request(op: str, priority: int, oid: str = "") -> Request:
    return Request(op=op, body={}, priority=priority, oid=oid)


def sent(mail: Mail, now: int) -> list[str]:
    found = []
    while (asked := mail.next_out(now)) is not None:
        found.append(asked.request.op)
    return found


def test_F54_the_most_urgent_goes_first_and_within_that_the_oldest() -> None:
    mail = Mail(Budget(10, 10, 2))
    for op, priority in (("state", QUERY), ("submit", ENTRY), ("cancel", CANCEL), ("amend", ENTRY)):
        mail.ask(request(op, priority))
    assert sent(mail, NS) == ["cancel", "submit", "amend", "state"]


def test_F54_entries_wait_for_the_budget_while_cancels_use_the_reserve() -> None:
    mail = Mail(Budget(10, 3, 2))
    mail.ask(request("submit", ENTRY))
    mail.ask(request("submit", ENTRY))
    assert sent(mail, NS) == ["submit"]
    assert mail.wait(NS) == NS // 10
    mail.ask(request("cancel", CANCEL))
    assert sent(mail, NS) == ["cancel"]
    assert sent(mail, 2 * NS) == ["submit"]
    assert mail.wait(2 * NS) == NS


def test_F05_an_answer_belongs_to_its_request_once() -> None:
    mail = Mail(Budget(10, 10, 2))
    mail.ask(request("submit", ENTRY, "a"))
    sent(mail, NS)
    asked = mail.answered(1)
    assert asked is not None
    assert asked.request.oid == "a"
    assert mail.answered(1) is None
    assert mail.answered(9) is None


def test_F03_an_answer_that_comes_late_is_still_recognised() -> None:
    mail = Mail(Budget(10, 10, 2))
    mail.ask(request("submit", ENTRY, "a"))
    sent(mail, NS)
    assert not mail.is_late(1)
    assert [asked.request.oid for asked in mail.overdue(2 * NS)] == ["a"]
    assert mail.is_late(1)
    assert mail.overdue(2 * NS) == []
    assert mail.answered(1) is not None
    assert mail.answered(1) is None


def test_B15_the_answer_to_a_change_means_nothing_once_another_one_is_asked_for() -> None:
    mail = Mail(Budget(10, 10, 2))
    for is_late in (True, False):
        for oid in ("a", "b"):
            mail.ask(request("amend", CANCEL, oid))
        sent(mail, NS)
        if is_late:
            assert len(mail.overdue(2 * NS)) == 2
        mail.ask(request("amend", CANCEL, "a"))
        mail.ask(request("cancel", CANCEL, "b"))
        sent(mail, NS)
        first = 1 if is_late else 5
        assert mail.answered(first) is None, "it would be taken for the answer to the second"
        assert [mail.answered(first + place) is not None for place in (1, 2, 3)] == [True] * 3


def test_B36_late_answers_are_remembered_within_bounds() -> None:
    mail = Mail(Budget(1_000_000, 1_000_000, 2))
    for _ in range(mails.LATE + 5):
        mail.ask(request("submit", ENTRY, "a"))
        sent(mail, NS)
    mail.overdue(2 * NS)
    assert mail.answered(5) is None
    assert mail.answered(6) is not None


def test_who_has_to_wait_does_not_ask_for_the_same_twice() -> None:
    mail = Mail(Budget(10, 10, 2))
    for op, oid in (
        ("cancel", "a"),
        ("cancel", "a"),
        ("cancel", "b"),
        ("clock", ""),
        ("clock", ""),
        ("state", ""),
        ("state", ""),
    ):
        mail.ask(request(op, CANCEL, oid))
    assert sent(mail, NS) == ["cancel", "cancel", "clock", "state", "state"]
    mail.ask(request("cancel", CANCEL, "a"))
    assert sent(mail, NS) == ["cancel"]


def test_what_waits_and_what_is_under_way_can_be_told_and_an_order_be_taken_out() -> None:
    mail = Mail(Budget(10, 10, 2))
    for op, oid in (("submit", "a"), ("submit", "b"), ("cancel", "a")):
        mail.ask(request(op, CANCEL if op == "cancel" else ENTRY, oid))
    assert [one.oid for one in mail.waiting("submit")] == ["a", "b"]
    assert (mail.waits("a", "submit"), mail.waits("a", "amend"), mail.waits("c", "submit")) == (True, False, False)
    assert [mail.withdraw(oid) for oid in ("c", "a", "a")] == [False, True, False]
    assert sent(mail, NS) == ["cancel", "submit"]
    assert [mail.concerns(oid, "cancel") for oid in "ab"] == [True, False]
    assert mail.waits("a", "cancel") is False
    mail.answered(3)
    assert mail.concerns("a", "cancel") is False
    assert mail.withdraw("b") is False


def test_the_end_of_a_connection_returns_what_was_sent_and_what_was_not() -> None:
    mail = Mail(Budget(10, 3, 2))
    mail.ask(request("submit", ENTRY, "a"))
    mail.ask(request("submit", ENTRY, "b"))
    sent(mail, NS)
    assert [asked.request.oid for asked in mail.clear()] == ["a", "b"]
    assert mail.clear() == []
    assert mail.next_out(9 * NS) is None
