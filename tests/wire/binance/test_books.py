from tests.wire.binance.stand import T0, desk, limit, order


def test_an_ended_orders_name_belongs_to_the_next_one() -> None:
    made, _ = desk()
    first = made.submit(order(newClientOrderId="a"), T0)
    second = made.submit(limit("40000", newClientOrderId="a"), T0)
    books = made.books
    assert (first["status"], books.by_name["BTCUSDT", "a"].id) == ("FILLED", second["orderId"])
    assert [one.id for one in books.open_orders()] == [second["orderId"]]
    assert (books.open_orders("ETHUSDT"), len(books.trades_of(first["orderId"]))) == ([], 1)


def test_what_is_left_of_an_ended_order_is_nothing() -> None:
    made, _ = desk()
    made.submit(order(quantity="1.99"), T0)
    record = made.books.orders[1]
    assert (record.is_open, record.leaves, record.oid, made.books.family(record)) == (False, 0, "1", [])
