from tests.wire.binance.stand import T0, d, desk, limit


def test_what_open_orders_bind_is_not_free() -> None:
    made, _ = desk(BTC="1")
    made.submit(limit("40000"), T0)
    made.submit(limit("60000", side="SELL", quantity="0.25"), T0)
    till = made.clerk.till
    assert till.rows(made.books.orders[1]) == [("BTC", d("0.75"), d("0.25")), ("USDT", d("96000"), d("4000"))]
    assert (till.free("BNB"), till.locked("ETH")) == (0, 0)
