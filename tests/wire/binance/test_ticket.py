import pytest

from openbell.wire.binance.refusal import Refused
from openbell.wire.binance.ticket import leg_names, read
from tests.wire.binance.stand import d, limit, order


def test_orders_of_every_type_are_read() -> None:
    market = read(order(newClientOrderId="a-1"))
    assert (market.type, market.qty, market.answer, market.client_id) == ("MARKET", d("0.1"), "FULL", "a-1")
    resting = read(limit("49000", icebergQty="0.01", strategyId="7", strategyType="1000000"))
    assert (resting.tif, resting.price, resting.iceberg, resting.strategy_id) == ("GTC", d("49000"), d("0.01"), 7)
    stop = read(order(type="STOP_LOSS_LIMIT", timeInForce="GTC", price="40000", stopPrice="41000", side="SELL"))
    assert (stop.stop, stop.answer) == (d("41000"), "ACK")
    assert read(order(type="TAKE_PROFIT", trailingDelta="100")).trail == 100
    assert read(order(quantity=None, quoteOrderQty="100")).quote_qty == d("100")


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (-1117, {"side": "buy"}),
        (-1116, {"type": "STOP"}),
        (-1102, {"quantity": None}),
        (-1128, {"quoteOrderQty": "10"}),
        (-1106, {"price": "1"}),
        (-1106, {"timeInForce": "GTC"}),
        (-1106, {"stopPrice": "1"}),
        (-1106, {"trailingDelta": "10"}),
        (-1102, {"type": "LIMIT", "price": "1"}),
        (-1115, {"type": "LIMIT", "price": "1", "timeInForce": "DAY"}),
        (-1102, {"type": "LIMIT", "timeInForce": "GTC"}),
        (-1106, {"type": "LIMIT_MAKER", "price": "1", "quoteOrderQty": "1"}),
        (-1102, {"type": "STOP_LOSS"}),
        (-1013, {"type": "STOP_LOSS", "trailingDelta": "5"}),
        (-1106, {"icebergQty": "0.1"}),
        (-1134, {"newOrderRespType": "ALL"}),
        (-1135, {"selfTradePreventionMode": "MAYBE"}),
        (-1100, {"strategyType": "5"}),
    ],
)
def test_what_makes_no_order_is_refused_in_the_vendors_numbers(code: int, fields: dict[str, str | None]) -> None:
    with pytest.raises(Refused) as refused:
        read(order(**fields))
    assert refused.value.code == code


def test_a_leg_has_a_word_before_its_names() -> None:
    assert (leg_names("pendingAbove").stop, leg_names("above").client_id) == (
        "pendingAboveStopPrice",
        "aboveClientOrderId",
    )
