from typing import Any

import pytest

from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.ticket import Leg, read
from tests.wire.alpaca.stand import d, order

TARGET, STOP = {"limit_price": "170"}, {"stop_price": "140"}


def test_an_order_of_the_reference_is_read_as_it_stands() -> None:
    body = {
        "symbol": "AAPL", "qty": "10", "side": "buy", "type": "limit", "time_in_force": "gtc", "limit_price": "150",
        "order_class": "bracket", "client_order_id": "eng1-01JD4Q7Y3K9V8T2M6N5P4R3S2A",
        "take_profit": TARGET, "stop_loss": STOP,
    }  # fmt: skip
    found = read(body, is_crypto=False)
    assert (found.qty, found.limit, found.tif, found.order_class) == (d("10"), d("150"), "gtc", "bracket")
    assert (found.take_profit, found.stop_loss) == (Leg(limit=d("170")), Leg(stop=d("140")))


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"symbol": None}, 422, "symbol is required"),
        ({"side": "hold"}, 422, "invalid side"),
        ({"type": "iceberg"}, 422, "invalid type"),
        ({"time_in_force": None}, 422, "time_in_force is required"),
        ({"qty": None}, 422, "qty or notional is required"),
        ({"notional": "5"}, 422, "only one of qty or notional"),
        ({"qty": "-1"}, 422, "greater than 0"),
        ({"qty": "NaN"}, 422, "greater than 0"),
        ({"qty": True}, 422, "greater than 0"),
        ({"qty": "0.0000000001"}, 422, "9 decimal places"),
        ({"client_order_id": "x" * 129}, 422, "128"),
        ({"type": "limit"}, 422, "require limit price"),
        ({"type": "stop"}, 422, "require stop price"),
        ({"limit_price": "5"}, 422, "no stop or limit price"),
        ({"type": "limit", "limit_price": "100.123"}, 422, "sub-penny"),
        ({"type": "trailing_stop"}, 422, "one of trail_price or trail_percent"),
        ({"trail_price": "1"}, 422, "must not have trail_price"),
        ({"take_profit": TARGET}, 422, "simple orders must not"),
        ({"take_profit": 5}, 422, "must be an object"),
        ({"order_class": "bracket", "take_profit": TARGET}, 422, "require take_profit and stop_loss"),
        ({"order_class": "bracket", "take_profit": {}, "stop_loss": STOP}, 422, "take_profit.limit_price is required"),
        ({"order_class": "bracket", "take_profit": TARGET, "stop_loss": {}}, 422, "stop_loss.stop_price is required"),
        ({"order_class": "bracket", "take_profit": TARGET, "stop_loss": STOP, "time_in_force": "ioc"}, 422, "day or gtc"),
        ({"order_class": "oto", "take_profit": TARGET, "stop_loss": STOP}, 422, "either take_profit or stop_loss"),
        ({"order_class": "oco", "stop_loss": STOP}, 422, "must be limit orders"),
        ({"order_class": "oco", "type": "limit", "limit_price": "9"}, 422, "require stop_loss.stop_price"),
        ({"order_class": "mleg", "symbol": None}, 403, "not enabled to trade options"),
        ({"extended_hours": True}, 422, "extended hours"),
        ({"qty": "0.5", "time_in_force": "gtc"}, 422, "fractional orders must be DAY"),
        ({"notional": "5", "qty": None, "type": "limit", "limit_price": "1"}, 422, "notional orders must be market"),
    ],
)  # fmt: skip
def test_what_makes_no_order_is_refused_in_words(fields: dict[str, Any], status: int, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        read(order(**fields), is_crypto=False)
    assert refused.value.status == status


def test_what_is_no_object_is_malformed() -> None:
    with pytest.raises(Refused) as refused:
        read([], is_crypto=False)
    assert refused.value.status == 400


@pytest.mark.parametrize("fields", [{"type": "stop", "stop_price": "9"}, {"time_in_force": "day"}])
def test_coins_have_orders_and_times_of_their_own(fields: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="crypto"):
        read(order(time_in_force="gtc") | fields, is_crypto=True)


def test_numbers_are_taken_as_text_and_as_numbers() -> None:
    assert read(order(qty=3), is_crypto=False).qty == read(order(qty="3"), is_crypto=False).qty


def test_money_and_parts_of_a_share_are_fractional() -> None:
    assert [read(order(**f), is_crypto=False).is_fractional for f in ({"qty": None, "notional": "5"}, {"qty": "0.5"}, {})] == [
        True, True, False,
    ]  # fmt: skip
