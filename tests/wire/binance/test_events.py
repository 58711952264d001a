from openbell.wire.binance.books import OrderList
from openbell.wire.binance.events import balances, list_status, report
from tests.wire.binance.spec import frame_faults
from tests.wire.binance.stand import T0, d, desk, limit, order


def test_a_cancel_is_told_under_the_name_of_the_cancel() -> None:
    made, _ = desk()
    made.submit(limit("49000", newClientOrderId="a", strategyId="1", strategyType="1000001"), T0)
    record = made.books.orders[1]
    record.cancelled_by, record.status = "c", "CANCELED"
    found = report(record, "CANCELED", 9, T0)
    assert (found["c"], found["C"], found["I"], found["w"], found["J"]) == ("c", "a", 9, False, 1_000_001)
    assert frame_faults("UserEvent", {"subscriptionId": 0, "event": found}) == []


def test_an_execution_is_told_with_its_price_and_a_trailing_order_with_its_distance() -> None:
    made, told = desk(BTC="1")
    made.submit(order(), T0)
    done = next(one for one in told if one.get("x") == "TRADE")
    assert (done["l"], done["L"], done["Y"], done["t"]) == ("0.10000000", "50000.01000000", "5000.00100000", 1)
    made.submit(order(side="SELL", type="STOP_LOSS", trailingDelta="50"), T0)
    assert told[-2]["d"] == 50


def test_coins_and_lists_are_told() -> None:
    assert balances([("BTC", d("1"), d("0.5"))], T0)["B"] == [{"a": "BTC", "f": "1.00000000", "l": "0.50000000"}]
    found = OrderList(id=3, client_id="l", kind="OTOCO", symbol="BTCUSDT", orders=[], time=T0, is_done=True)
    told = list_status(found, [], T0)
    assert (told["c"], told["l"], told["L"], frame_faults("listStatus", told)) == ("OTO", "ALL_DONE", "ALL_DONE", [])
