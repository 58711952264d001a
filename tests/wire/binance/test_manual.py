import msgspec

from openbell.wire.binance import manual
from tests.wire.binance.stand import SYMBOL, T0, bar, d, desk, limit, order


def test_a_trade_by_hand_is_an_order_of_its_own_and_changes_the_coins() -> None:
    made, told = desk(BTC="1")
    manual.trade(made.clerk, (SYMBOL, "sell", d("0.4")), T0)
    assert (made.books.coins["BTC"], made.books.coins["USDT"]) == (d("0.6"), d("120000"))
    (record,) = made.books.orders.values()
    assert (record.status, told.reports()) == ("FILLED", ["TRADE FILLED"])


def test_F08_F49_orders_are_turned_down_or_forgotten_and_never_fill_again() -> None:
    made, told = desk()
    for act in (manual.reject, manual.forget):
        record = made.books.orders[made.submit(limit("49000"), T0)["orderId"]]
        act(made.clerk, record, T0)
        assert made.books.open_orders() == []
    made.clerk.play(bar(48_000.0, n=5, volume=9.0))
    assert (made.books.trades, list(made.books.orders)) == ([], [1])
    assert told.reports() == ["NEW NEW", "REJECTED REJECTED", "NEW NEW"]
    assert made.submit(limit("40000"), T0)["orderId"] == 3


def test_F21_an_order_that_was_filled_behind_its_cancel_is_not_matched_once_more() -> None:
    made, told = desk()
    record = made.books.orders[made.submit(order(type="STOP_LOSS", stopPrice="60000"), T0)["orderId"]]
    manual.fill_beyond(made.clerk, record, record.qty, T0)
    made.clerk.play(bar(61_000.0, n=5, volume=9.0))
    assert (record.status, record.filled, made.books.coins["BTC"]) == ("FILLED", record.qty, record.qty)
    assert told.reports() == ["NEW NEW", "TRADE FILLED"]


def test_F31_what_no_matching_made_is_booked_at_the_orders_limit() -> None:
    made, _ = desk()
    record = made.books.orders[made.submit(limit("40000"), T0)["orderId"]]
    assert manual.price_of(made.clerk, record) == 40_000
    mark = made.clerk.mark(SYMBOL)
    for side, px, meant in (("BUY", mark + 1, mark), ("SELL", mark - 1, mark), ("SELL", mark + 1, mark + 1)):
        other = msgspec.structs.replace(record, side=side, price=px)
        assert manual.price_of(made.clerk, other) == meant
    manual.fill_beyond(made.clerk, record, d("0.3"), T0)
    assert (record.filled, made.books.coins) == (d("0.3"), {"USDT": d("88000"), "BTC": d("0.3")})


def test_a_live_order_fills_by_hand_no_further_than_it_goes() -> None:
    made, told = desk()
    record = made.books.orders[made.submit(limit("40000"), T0)["orderId"]]
    for qty in ("0.04", "9"):
        manual.fill(made.clerk, record, d(qty), T0)
    assert (record.status, record.filled) == ("FILLED", d("0.1"))
    assert told.reports() == ["NEW NEW", "TRADE PARTIALLY_FILLED", "TRADE FILLED"]


def test_F31_an_order_executes_beyond_its_quantity_by_the_least_of_its_symbol_and_sells_nothing_that_is_not_there() -> (
    None
):
    made, _ = desk(BTC="0.10001")
    bought, sold = (
        made.books.orders[made.submit(limit("40000", side=side, quantity="0.1"), T0)["orderId"]]
        for side in ("BUY", "SELL")
    )
    held = made.books.coins["BTC"]
    for beyond, change in ((None, "0.00001"), ("0.3", "0.3")):
        before = made.books.coins["BTC"]
        leaves = bought.leaves
        manual.overfill(made.clerk, bought, None if beyond is None else d(beyond), T0)
        assert made.books.coins["BTC"] - before == leaves + d(change)
    assert held < made.books.coins["BTC"]
    manual.overfill(made.clerk, sold, d("9"), T0)
    manual.overfill(made.clerk, sold, d("9"), T0)
    assert made.books.coins.get("BTC", 0) == 0
