import pytest

from openbell.core import events as ev
from openbell.edges.brokers.binance.questions import Questions
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.binance.user import User
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.failures import OutcomeUnknown, Transient
from openbell.edges.brokers.mail import Mail
from tests.edges.brokers.binance.frames import NAME, OID, order, refusal, report
from tests.edges.brokers.binance.talk import T0


def begun() -> tuple[User, Memory]:
    memory = Memory(after=T0)
    return User(NAME, memory, Questions(NAME, ("BTCUSDT",), memory, Mail(Budget(10, 10, 1)), T0)), memory


def wrapped(event: dict[str, object]) -> dict[str, object]:
    return {"subscriptionId": 0, "event": event}


def test_a_subscription_is_confirmed_refused_or_not_ours() -> None:
    user, _ = begun()
    assert user.hear({"id": "user", "status": 200, "result": {}}) == []
    assert (user.is_confirmed, user.failure) == (True, None)
    with pytest.raises(Transient):
        user.hear({"id": "user", "status": 400, "error": refusal(-1000, "later")})
    user.hear({"id": "user", "status": 401, "error": refusal(-2015, "no")})
    assert user.failure is not None
    with pytest.raises(OutcomeUnknown):
        user.hear({"id": "user", "status": 400})


def test_an_execution_is_told_and_its_order_learnt() -> None:
    user, memory = begun()
    (fill,) = user.hear(wrapped(report()))
    assert isinstance(fill, ev.Fill)
    assert memory.orders[OID]["symbol"] == "BTCUSDT"
    assert user.hear(wrapped({"e": "outboundAccountPosition"})) == []


def test_the_end_of_an_order_that_a_change_has_replaced_is_none_of_ours() -> None:
    user, memory = begun()
    memory.learn(order(clientOrderId=f"{OID}_A"))
    assert user.hear(wrapped(report("CANCELED", C=OID, X="CANCELED"))) == []
    (end,) = user.hear(wrapped(report("CANCELED", C=f"{OID}_A", X="CANCELED")))
    assert isinstance(end, ev.OrderUpdate)
    assert (end.oid, end.happening) == (OID, "cancelled")
