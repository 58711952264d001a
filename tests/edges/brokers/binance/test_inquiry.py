from typing import Any

from openbell.core import events as ev
from openbell.edges.brokers.binance.inquiry import Inquiry
from openbell.edges.brokers.budget import Budget
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from tests.edges.brokers.binance.frames import NAME, OID, ORDER, order, trade

PLACES = (("BTCUSDT", OID), ("ETHUSDT", OID))


def begun(places: tuple[tuple[str, str], ...] = PLACES) -> tuple[Inquiry, Mail]:
    mail = Mail(Budget(1000, 1000, 1))
    return Inquiry(NAME, OID, places, mail), mail


def asked(mail: Mail) -> tuple[str, dict[str, Any]]:
    one = mail.next_out(0)
    assert one is not None
    return one.request.op, one.request.body


def answer(body: Any) -> Reply:
    return Reply(status=200, body=body)


def told(events: list[ev.Event]) -> list[str]:
    return [one.happening if isinstance(one, ev.OrderUpdate) else type(one).__name__ for one in events]


def test_an_order_is_looked_for_in_every_symbol_and_found_with_its_executions() -> None:
    inquiry, mail = begun()
    assert asked(mail) == ("order", {"symbol": "BTCUSDT", "origClientOrderId": OID})
    inquiry.missing()
    assert asked(mail)[1]["symbol"] == "ETHUSDT"
    assert inquiry.told("order", answer(order(symbol="ETHUSDT"))) == []
    assert asked(mail) == ("fills", {"symbol": "ETHUSDT", "orderId": ORDER, "limit": 1000})
    assert told(inquiry.told("fills", answer([trade(symbol="ETHUSDT")]))) == ["Fill", "accepted"]


def test_F02_that_there_is_none_is_believed_only_where_no_list_has_it() -> None:
    inquiry, mail = begun()
    for _ in PLACES:
        asked(mail)
        inquiry.missing()
    for place in PLACES:
        assert not inquiry.is_absent
        assert asked(mail) == ("looked", {"symbol": place[0], "limit": 50})
        inquiry.told("looked", answer([order(clientOrderId="other")]))
    assert inquiry.is_absent


def test_F02_one_that_only_the_list_has_is_there() -> None:
    inquiry, mail = begun(PLACES[:1])
    asked(mail)
    inquiry.missing()
    asked(mail)
    inquiry.told("looked", answer([order()]))
    assert asked(mail)[0] == "fills"
    assert told(inquiry.told("fills", answer([]))) == ["accepted"]


def test_one_that_was_taken_back_may_live_on_under_a_stamp() -> None:
    inquiry, mail = begun(PLACES[:1])
    asked(mail)
    inquiry.told("order", answer(order(status="CANCELED")))
    assert asked(mail) == ("looked", {"symbol": "BTCUSDT", "orderId": ORDER, "limit": 1000})
    new = order(clientOrderId=f"{OID}_A", orderId=ORDER + 1, price="50001.50000000")
    inquiry.told("looked", answer([order(status="CANCELED"), new, order(clientOrderId="x-1")]))
    assert asked(mail)[1]["orderId"] == ORDER + 1
    assert told(inquiry.told("fills", answer([]))) == ["accepted", "replaced"]


def test_one_that_was_taken_back_for_good_is_cancelled() -> None:
    inquiry, mail = begun(PLACES[:1])
    asked(mail)
    inquiry.told("order", answer(order(status="CANCELED")))
    asked(mail)
    inquiry.told("looked", answer([order(status="CANCELED")]))
    asked(mail)
    assert told(inquiry.told("fills", answer([]))) == ["cancelled"]
