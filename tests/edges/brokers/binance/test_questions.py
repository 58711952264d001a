from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.questions import Questions
from openbell.edges.brokers.binance.replies import judge
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.reply import Reply
from tests.edges.brokers.binance.frames import NAME, OID, amend, order, refusal
from tests.edges.brokers.binance.talk import T0

CANCEL = fx.Cancel(oid=OID, account=NAME)
NONE = refusal(-2013, "Order does not exist.")


class Rig:
    """Questions of one connection."""

    def __init__(self, known: bool = False) -> None:
        self.memory, self.mail = Memory(after=T0), Mail(Budget(1000, 1000, 1))
        if known:
            self.memory.learn(order(clientOrderId=f"{OID}_A"))
        self.questions = Questions(NAME, ("BTCUSDT",), self.memory, self.mail, T0)

    def next(self) -> Asked | None:
        return self.mail.next_out(T0)

    def answer(self, body: Any, status: int = 200) -> list[str]:
        one = self.next()
        assert one is not None
        reply = Reply(status=status, body=body)
        found = self.questions.looked_up(one.request, reply, judge(reply), T0)
        return [event.happening if isinstance(event, ev.OrderUpdate) else type(event).__name__ for event in found]


def test_a_cancel_goes_out_under_the_name_that_the_order_has_now() -> None:
    rig = Rig(known=True)
    rig.questions.change(CANCEL, T0)
    one = rig.next()
    assert one is not None
    assert one.request.body == {"symbol": "BTCUSDT", "origClientOrderId": f"{OID}_A"}


def test_where_an_order_is_is_asked_before_it_is_changed() -> None:
    rig = Rig()
    rig.questions.change(CANCEL, T0)
    rig.questions.change(amend(), T0)
    assert rig.answer(order()) == []
    assert rig.answer([]) == ["accepted"]
    ops = []
    while (one := rig.next()) is not None:
        ops.append(one.request.op)
    assert (ops, rig.questions.changing) == (["cancel", "amend"], {OID})


def test_what_is_nowhere_is_absent_and_cannot_be_changed() -> None:
    asked, wanted = Rig(), Rig()
    asked.questions.inquire(OID)
    asked.questions.inquire(OID)
    wanted.questions.change(CANCEL, T0)
    for rig, end in ((asked, "absent"), (wanted, "lost")):
        assert rig.answer(NONE, 400) == []
        assert rig.answer([]) == [end]
        assert rig.next() is None


def test_F04_a_question_that_fails_leaves_its_order_unknown() -> None:
    for status, body in (
        (503, {}),
        (200, {"status": "NEW"}),
        (429, refusal(-1003, "")),
        (400, refusal(-1121, "Invalid symbol.")),
    ):
        rig = Rig()
        rig.questions.inquire(OID)
        assert rig.answer(body, status) == ["lost"]
        again = codec.ask("order", codec.ORDER, {}, oid=OID)
        assert rig.questions.looked_up(again, Reply(status=200, body=order()), None, T0) == []


def test_F03_a_late_answer_to_a_question_that_was_given_up_is_none_to_the_next() -> None:
    rig = Rig()
    rig.questions.inquire(OID)
    late = rig.next()
    assert late is not None
    rig.questions.forget(OID)
    rig.questions.inquire(OID)
    none = Reply(status=400, body=NONE)
    assert rig.questions.looked_up(late.request, none, judge(none), T0) == []
    assert rig.answer(order()) == []
    assert rig.answer([]) == ["accepted"]
