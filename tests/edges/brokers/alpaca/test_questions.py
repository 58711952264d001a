from typing import Any

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers.alpaca.questions import Questions
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Request
from tests.edges.brokers.alpaca.frames import NAME, OID, VENUE, amend, order

CANCEL = fx.Cancel(oid=OID, account=NAME)
GONE = BadRequest("404", Code.UNKNOWN_ORDER)


class Desk:
    """Questions, and what is asked."""

    def __init__(self, **ids: str) -> None:
        self.mail = Mail(Budget(100, 100, 1))
        self.memory = Memory(after=0, ids=ids)
        self.questions = Questions(NAME, self.memory, self.mail, NS)

    def asked(self) -> list[str]:
        found = []
        while (one := self.mail.next_out(NS)) is not None:
            found.append(f"{one.request.method} {one.request.path}")
        return found

    def next(self) -> Request:
        """Return the next request that goes out."""
        one = self.mail.next_out(NS)
        assert one is not None
        return one.request

    def find(self, body: Any, failure: BadRequest | None = None) -> list[str]:
        reply = Reply(status=404 if failure else 200, body=body)
        return [getattr(event, "happening", "") for event in self.questions.found(OID, reply, failure, NS)]


def test_a_change_and_a_cancel_wait_for_one_look_at_the_orders_id() -> None:
    desk = Desk()
    desk.questions.change(amend(), NS)
    desk.questions.change(CANCEL, NS)
    assert desk.asked() == [f"GET /v2/orders:by_client_order_id?client_order_id={OID}"]
    assert desk.find(order(replaced_by="c4")) == []
    assert desk.asked() == ["DELETE /v2/orders/c4", "PATCH /v2/orders/c4"]


def test_F02_without_an_id_nothing_is_sent_and_nothing_is_claimed() -> None:
    desk = Desk()
    desk.questions.change(CANCEL, NS)
    desk.asked()
    assert (desk.find(None, GONE), desk.asked()) == (["absent"], [])


def test_two_changes_of_one_instant_have_stamps_of_their_own() -> None:
    mail = Mail(Budget(100, 100, 1))
    questions = Questions(NAME, Memory(after=0, ids={OID: VENUE}), mail, NS)
    names = set()
    for _ in range(2):
        questions.change(amend(), NS)
        asked = mail.next_out(NS)
        assert asked is not None
        names.add(asked.request.body["client_order_id"])
    assert len(names) == 2


def test_a_question_that_failed_is_lost_and_can_be_asked_again() -> None:
    desk = Desk()
    desk.questions.inquire(OID)
    desk.questions.inquire(OID)
    first = desk.next()
    assert desk.asked() == []
    (lost,) = desk.questions.looked_up(first, Reply(status=503), OutcomeUnknown("503"), NS)
    assert lost.happening == "lost"  # type: ignore[union-attr]  # an order's word
    assert desk.questions.looked_up(first, Reply(status=200, body=order()), None, NS) == []
    desk.questions.inquire(OID)
    (absent,) = desk.questions.looked_up(desk.next(), Reply(status=404), GONE, NS)
    assert absent.happening == "absent"  # type: ignore[union-attr]  # an order's word
    desk.questions.inquire(OID)
    desk.questions.forget(OID)
    desk.questions.inquire(OID)
    assert len(desk.asked()) == 2


def test_F03_a_late_answer_to_a_question_that_was_given_up_is_none_to_the_next() -> None:
    desk = Desk()
    desk.questions.inquire(OID)
    assert desk.questions.looked_up(desk.next(), Reply(status=200, body=order()), None, NS) == []
    old = desk.next()
    desk.questions.forget(OID)
    desk.questions.inquire(OID)
    new = desk.next()
    assert desk.questions.looked_up(old, Reply(status=200, body=[]), None, NS) == []
    assert desk.questions.looked_up(old, Reply(status=404), GONE, NS) == []
    assert desk.questions.looked_up(new, Reply(status=200, body=order()), None, NS) == []
    (told,) = desk.questions.looked_up(desk.next(), Reply(status=200, body=[]), None, NS)
    assert told.happening == "accepted"  # type: ignore[union-attr]  # an order's word
