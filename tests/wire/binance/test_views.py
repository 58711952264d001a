from openbell.wire.binance import views
from tests.wire.binance.stand import T0, desk, limit, order


def test_prices_of_stops_and_tags_are_told_where_there_are_any() -> None:
    made, _ = desk(BTC="1")
    made.submit(order(side="SELL", type="STOP_LOSS", trailingDelta="50", stopPrice="49000", strategyId="3"), T0)
    found = views.detail(made.books.orders[1])
    assert (found["stopPrice"], found["trailingDelta"], found["strategyId"]) == ("49000.00000000", 50, 3)
    assert (found["isWorking"], found["workingTime"], found["icebergQty"]) == (False, -1, "0.00000000")


def test_a_trade_is_told_with_its_worth() -> None:
    made, _ = desk()
    made.submit(order(), T0)
    (trade,) = made.books.trades
    told = views.trade_view(trade)
    assert (told["quoteQty"], told["isBuyer"], told["isMaker"]) == ("5000.00100000", True, False)


def test_an_answer_to_a_cancel_has_two_names() -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    made.books.orders[1].cancelled_by = "c"
    told = views.cancelled(made.books.orders[1])
    assert (told["origClientOrderId"], told["clientOrderId"]) == ("a", "c")
