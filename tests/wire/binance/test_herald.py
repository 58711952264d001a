from openbell.wire.binance.books import OrderList
from tests.wire.binance.stand import T0, desk, limit


def test_reports_are_numbered_and_a_list_is_done_once() -> None:
    made, told = desk()
    made.submit(limit("40000"), T0)
    record = made.books.orders[1]
    made.clerk.herald.announce(record, "NEW", T0)
    assert [one["I"] for one in told if one["e"] == "executionReport"] == [1, 2]
    record.list_id, record.status = 0, "CANCELED"
    made.books.lists[0] = OrderList(id=0, client_id="l", kind="OCO", symbol="BTCUSDT", orders=[1], time=T0)
    for _ in range(2):
        made.clerk.herald.close_list(record, T0)
    assert told.kinds().count("listStatus") == 1
