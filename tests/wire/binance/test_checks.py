import pytest

from openbell.wire.binance.listing import MOST_ORDERS, MOST_STOPS
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import T0, d, desk, limit, order


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("Filter failure: PRICE_FILTER", {"price": "49000.001"}),
        ("Filter failure: PERCENT_PRICE_BY_SIDE", {"price": "5000"}),
        ("Filter failure: LOT_SIZE", {"quantity": "0.000001"}),
        ("Filter failure: NOTIONAL", {"quantity": "0.00001"}),
        ("insufficient balance", {"quantity": "3"}),
        ("insufficient balance", {"side": "SELL", "price": "51000"}),
        ("Invalid symbol", {"symbol": "NOPE"}),
        ("immediately match", {"type": "LIMIT_MAKER", "timeInForce": None, "price": "50000.01"}),
        ("trigger immediately", {"type": "STOP_LOSS_LIMIT", "side": "SELL", "stopPrice": "50001"}),
        ("trigger immediately", {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "50001"}),
    ],
)
def test_an_order_that_cannot_be_is_refused(words: str, fields: dict[str, str | None]) -> None:
    made, told = desk()
    with pytest.raises(Refused, match=words):
        made.submit(limit("49000", **fields) if "price" not in fields else limit(**fields), T0)
    assert (told, made.books.orders) == ([], {})


def test_what_an_order_at_the_market_is_worth_is_measured_by_the_average_price() -> None:
    made, _ = desk()
    made.clerk.mean = lambda _: d("40000")
    with pytest.raises(Refused, match="NOTIONAL"):
        made.submit(order(quantity="0.00012"), T0)
    assert made.submit(order(quantity="0.00013"), T0)["status"] == "FILLED"
    with pytest.raises(Refused, match="PERCENT_PRICE_BY_SIDE"):
        made.submit(limit("7999.99", side="BUY"), T0)
    made.clerk.mean = lambda _: d("60000")
    assert made.submit(order(quantity="0.0001"), T0)["status"] == "FILLED"


def test_the_name_of_an_open_order_is_taken_and_that_of_an_ended_one_is_not() -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    with pytest.raises(Refused, match="Duplicate order sent"):
        made.submit(order(newClientOrderId="a"), T0)
    made.clerk.take_back(made.books.orders[1], "c", T0)
    assert made.submit(order(newClientOrderId="a"), T0)["status"] == "FILLED"


def test_a_symbol_has_so_many_orders_and_no_more() -> None:
    made, _ = desk(BTC="1")
    for _ in range(MOST_STOPS):
        made.submit(order(side="SELL", type="STOP_LOSS", stopPrice="40000", quantity="0.001"), T0)
    with pytest.raises(Refused, match="MAX_NUM_ALGO_ORDERS"):
        made.submit(order(side="SELL", type="STOP_LOSS", stopPrice="40000", quantity="0.001"), T0)
    for _ in range(MOST_ORDERS - MOST_STOPS):
        made.submit(limit("40000", quantity="0.001"), T0)
    with pytest.raises(Refused, match="MAX_NUM_ORDERS"):
        made.submit(limit("40000", quantity="0.001"), T0)


def test_money_buys_what_stands_in_the_book() -> None:
    made, _ = desk()
    done = made.submit(order(quantity=None, quoteOrderQty="1000"), T0)
    assert (done["executedQty"], done["origQuoteOrderQty"]) == ("0.01999000", "1000.00000000")
    with pytest.raises(Refused, match="LOT_SIZE"):
        made.submit(order(quantity=None, quoteOrderQty="0.1"), T0)


def test_before_the_first_price_nothing_is_taken() -> None:
    made, _ = desk()
    made.clerk.marks.clear()
    with pytest.raises(Refused, match="Market is closed"):
        made.submit(order(), T0)
