from typing import Any

import pytest

from openbell.wire.binance.fields import Fields
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import T0, d, desk, limit, order

RESTING = {"symbol": "BTCUSDT", "origClientOrderId": "a"}


def replace(**fields: str) -> Fields:
    given = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.2", "price": "48000",
        "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "a", "newClientOrderId": "b",
    }  # fmt: skip
    return Fields(given | fields)


@pytest.mark.parametrize(("answer", "names"), [("ACK", 5), ("RESULT", 16), ("FULL", 17)])
def test_a_client_is_told_as_much_as_it_wants(answer: str, names: int) -> None:
    made, _ = desk()
    assert len(made.submit(order(newOrderRespType=answer), T0)) == names


def test_an_order_is_found_by_either_name() -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    assert made.find(Fields(RESTING), -2013).id == made.find(Fields({"symbol": "BTCUSDT", "orderId": "1"}), -2013).id
    for given in ({"origClientOrderId": "b"}, {"orderId": "9"}, {"orderId": "1", "origClientOrderId": "b"}):
        with pytest.raises(Refused, match="does not exist"):
            made.find(Fields({"symbol": "BTCUSDT", **given}), -2013)
    with pytest.raises(Refused, match="does not exist"):
        made.find(Fields({"symbol": "ETHUSDT", "orderId": "1"}), -2013)
    with pytest.raises(Refused, match="'origClientOrderId' or 'orderId' must be sent"):
        made.find(Fields({"symbol": "BTCUSDT"}), -2013)


def test_a_cancel_says_whose_id_is_whose() -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    told = made.cancel(Fields(RESTING | {"newClientOrderId": "c"}), T0)
    assert (told["origClientOrderId"], told["clientOrderId"], told["status"]) == ("a", "c", "CANCELED")
    with pytest.raises(Refused, match="Unknown order sent"):
        made.cancel(Fields(RESTING), T0)


def test_a_cancel_may_ask_for_an_order_that_nothing_has_happened_to() -> None:
    made, _ = desk(USDT="1000000")
    made.submit(limit("50000.01", quantity="0.5", newClientOrderId="a"), T0)
    with pytest.raises(Refused, match="cancel restrictions"):
        made.cancel(Fields(RESTING | {"cancelRestrictions": "ONLY_NEW"}), T0)
    assert made.cancel(Fields(RESTING | {"cancelRestrictions": "ONLY_PARTIALLY_FILLED"}), T0)["status"] == "CANCELED"


def test_one_order_takes_the_place_of_another() -> None:
    made, told = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    found = made.cancel_replace(replace(), T0)
    assert (found["cancelResult"], found["newOrderResponse"]["clientOrderId"]) == ("SUCCESS", "b")
    assert (told.reports("a")[-1], told.reports("b")) == ("CANCELED CANCELED", ["NEW NEW"])


@pytest.mark.parametrize(
    ("fields", "status", "code", "halves"),
    [
        ({"cancelOrigClientOrderId": "x"}, 400, -2022, ("FAILURE", "NOT_ATTEMPTED")),
        ({"cancelOrigClientOrderId": "x", "cancelReplaceMode": "ALLOW_FAILURE"}, 409, -2021, ("FAILURE", "SUCCESS")),
        ({"quantity": "9"}, 409, -2021, ("SUCCESS", "FAILURE")),
    ],
)
def test_a_replacement_of_which_a_half_failed_says_which(
    fields: dict[str, str], status: int, code: int, halves: tuple[str, str]
) -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    with pytest.raises(Refused) as refused:
        made.cancel_replace(replace(**fields), T0)
    data: Any = refused.value.body["data"]
    assert (refused.value.status, refused.value.code) == (status, code)
    assert (data["cancelResult"], data["newOrderResult"]) == halves


def test_an_order_only_becomes_smaller() -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    told = made.amend(Fields(RESTING | {"newQty": "0.05", "newClientOrderId": "b"}), T0)
    assert (told["amendedOrder"]["qty"], told["amendedOrder"]["clientOrderId"]) == ("0.05000000", "b")
    (noted,) = made.books.amendments
    assert (noted.name, noted.new_name, noted.qty, noted.new_qty) == ("a", "b", d("0.1"), d("0.05"))
    with pytest.raises(Refused, match="rejected"):
        made.amend(Fields({"symbol": "BTCUSDT", "origClientOrderId": "b", "newQty": "0.06"}), T0)


def test_all_orders_of_a_symbol_are_taken_back_together() -> None:
    made, _ = desk()
    for _ in range(2):
        made.submit(limit("49000"), T0)
    assert [one["status"] for one in made.cancel_all(Fields({"symbol": "BTCUSDT"}), T0)] == ["CANCELED"] * 2
    with pytest.raises(Refused, match="Unknown order sent"):
        made.cancel_all(Fields({"symbol": "BTCUSDT"}), T0)


def test_a_trial_changes_nothing() -> None:
    made, told = desk(rate="0.001")
    assert made.test(order(), T0) == {}
    rates = made.test(order(computeCommissionRates="true"), T0)
    assert (rates["standardCommissionForOrder"]["taker"], told, made.books.orders) == ("0.00100000", [], {})
