from openbell.core.types import NS
from openbell.wire.binance import lists
from openbell.wire.binance.fields import Fields
from tests.wire.binance.stand import T0, bar, d, desk, limit, order

OTOCO = {
    "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "49000", "workingQuantity": "0.1",
    "workingTimeInForce": "GTC", "workingClientOrderId": "in", "pendingSide": "SELL", "pendingQuantity": "0.1",
    "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "55000", "pendingAboveClientOrderId": "up",
    "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "45000", "pendingBelowClientOrderId": "down",
}  # fmt: skip


def test_a_market_order_takes_the_book_and_what_is_left_expires() -> None:
    made, told = desk(USDT="1000000")
    done = made.submit(order(quantity="3", newClientOrderId="a"), T0)
    assert (done["status"], done["executedQty"], len(done["fills"])) == ("EXPIRED", "2.00000000", 20)
    assert told[-2]["eR"] == "INSUFFICIENT_LIQUIDITY"
    assert (made.books.coins["BTC"], made.books.coins["USDT"]) == (d("2"), 1_000_000 - d(done["cummulativeQuoteQty"]))


def test_a_limit_order_takes_what_it_can_and_rests_until_the_price_comes() -> None:
    made, told = desk(USDT="1000000")
    made.submit(limit("50000.02", quantity="0.5", newClientOrderId="a"), T0)
    assert told.reports("a") == ["NEW NEW", "TRADE PARTIALLY_FILLED", "TRADE PARTIALLY_FILLED"]
    assert [one.is_maker for one in made.books.trades] == [False, False]
    made.clerk.play(bar(50_000.0, n=1, volume=5.0))
    assert told.reports("a")[-1] == "TRADE FILLED"
    assert (made.books.trades[-1].is_maker, made.books.trades[-1].px) == (True, d("50000.02") - d("0.02"))


def test_brief_orders_do_not_rest() -> None:
    made, told = desk(USDT="1000000")
    made.submit(limit("50000.01", quantity="0.5", timeInForce="IOC", newClientOrderId="ioc"), T0)
    assert told.reports("ioc") == ["NEW NEW", "TRADE PARTIALLY_FILLED", "EXPIRED EXPIRED"]
    made.submit(limit("50000.02", quantity="0.5", timeInForce="FOK", newClientOrderId="fok"), T0)
    assert told.reports("fok") == ["NEW NEW", "EXPIRED EXPIRED"]
    reasons = [one["eR"] for one in told if "eR" in one]
    assert reasons == ["UNFILLED_IOC_QUANTITY_EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED"]


def test_commission_is_taken_from_what_is_received() -> None:
    made, _ = desk(rate="0.001")
    bought = made.submit(order(), T0)
    assert [(one["commission"], one["commissionAsset"]) for one in bought["fills"]] == [("0.00010000", "BTC")]
    assert made.books.coins["BTC"] == d("0.0999")
    sold = made.submit(order(side="SELL", quantity="0.05"), T0)
    assert (sold["fills"][0]["commissionAsset"], sold["fills"][0]["commission"]) == ("USDT", "2.49999950")


def test_a_stop_waits_for_its_price_and_then_takes_the_book() -> None:
    made, told = desk(BTC="1")
    made.submit(order(side="SELL", type="STOP_LOSS", stopPrice="49000", newClientOrderId="s"), T0)
    made.clerk.play(bar(49_500.0, n=1))
    assert told.reports("s") == ["NEW NEW"]
    made.clerk.play(bar(48_900.0, n=2, high=49_100.0, open=49_100.0))
    assert told.reports("s")[-1] == "TRADE FILLED"
    assert made.books.trades[0].px == d("48899.99")


def test_the_four_kinds_of_trigger_wait_on_their_own_side() -> None:
    made, told = desk(BTC="1")
    for name, side, kind, stop in (("a", "BUY", "STOP_LOSS", "51000"), ("b", "SELL", "TAKE_PROFIT", "51000"),
                                   ("c", "SELL", "STOP_LOSS", "49000"), ("d", "BUY", "TAKE_PROFIT", "49000")):  # fmt: skip
        made.submit(order(side=side, type=kind, stopPrice=stop, newClientOrderId=name), T0)
    made.clerk.play(bar(51_000.0, n=1))
    assert [told.reports(name)[-1] for name in "abcd"] == ["TRADE FILLED", "TRADE FILLED", "NEW NEW", "NEW NEW"]
    made.clerk.play(bar(49_000.0, n=2))
    assert [told.reports(name)[-1] for name in "cd"] == ["TRADE FILLED", "TRADE FILLED"]


def test_a_trailing_stop_follows_the_price_and_never_goes_back() -> None:
    made, told = desk(BTC="1")
    made.submit(order(side="SELL", type="STOP_LOSS", trailingDelta="100", newClientOrderId="t"), T0)
    made.clerk.play(bar(60_000.0, n=1))
    record = made.books.by_name["BTCUSDT", "t"]
    assert record.stop == d("59400")
    made.clerk.play(bar(59_500.0, n=2))
    assert (record.stop, told.reports("t")) == (d("59400"), ["NEW NEW"])
    made.clerk.play(bar(59_300.0, n=3))
    assert told.reports("t")[-1] == "TRADE FILLED"


def test_open_orders_hold_their_coins_and_the_orders_of_a_list_the_same() -> None:
    made, _ = desk(BTC="1")
    made.submit(limit("40000"), T0)
    assert (made.clerk.till.locked("USDT"), made.clerk.till.free("USDT")) == (d("4000"), d("96000"))
    lists.oco(made, Fields({
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.3", "aboveType": "LIMIT_MAKER", "abovePrice": "55000",
        "belowType": "STOP_LOSS", "belowStopPrice": "45000"}), T0)  # fmt: skip
    assert made.clerk.till.locked("BTC") == d("0.3")


def test_exits_go_to_work_when_the_entry_is_whole_and_one_ends_the_other() -> None:
    made, told = desk()
    lists.otoco(made, Fields(OTOCO), T0)
    assert told.reports("up") == []
    made.clerk.play(bar(49_000.0, n=1, volume=0.05))
    assert (told.reports("in")[-1], told.reports("up")) == ("TRADE PARTIALLY_FILLED", [])
    made.clerk.play(bar(49_000.0, n=2))
    assert (told.reports("in")[-1], told.reports("up"), told.reports("down")) == (
        "TRADE FILLED",
        ["NEW NEW"],
        ["NEW NEW"],
    )
    made.clerk.play(bar(44_000.0, n=3))
    assert (told.reports("down")[-1], told.reports("up")[-1]) == ("TRADE FILLED", "EXPIRED EXPIRED")
    assert [one["eR"] for one in told if "eR" in one] == ["OCO_TRIGGER"]
    assert [one["l"] for one in told if one["e"] == "listStatus"] == ["EXEC_STARTED", "ALL_DONE"]


def test_a_target_that_fills_ends_the_stop() -> None:
    made, told = desk()
    lists.otoco(made, Fields(OTOCO), T0)
    made.clerk.play(bar(49_000.0, n=1))
    made.clerk.play(bar(55_100.0, n=2))
    assert (told.reports("up")[-1], told.reports("down")[-1]) == ("TRADE FILLED", "EXPIRED EXPIRED")


def test_an_exit_that_the_account_cannot_pay_for_is_told_as_rejected() -> None:
    made, told = desk(rate="0.001")
    lists.otoco(made, Fields(OTOCO), T0)
    made.clerk.play(bar(49_000.0, n=1))
    assert [one["eR"] for one in told if "eR" in one] == ["REJECTED", "REJECTED"]
    assert told.kinds()[-1] == "listStatus"


def test_a_cancelled_order_takes_its_list_with_it() -> None:
    made, told = desk()
    lists.otoco(made, Fields(OTOCO), T0)
    ended = made.clerk.take_back(made.books.by_name["BTCUSDT", "in"], "c-1", T0)
    assert [one.status for one in ended] == ["CANCELED"] * 3
    cancel = next(one for one in told if one.get("C") == "in")
    assert (cancel["c"], cancel["x"]) == ("c-1", "CANCELED")


def test_a_smaller_order_keeps_its_place() -> None:
    made, told = desk()
    made.submit(limit("49000", newClientOrderId="a"), T0)
    record = made.books.orders[1]
    made.clerk.shrink(record, d("0.04"), T0 + NS)
    made.clerk.play(bar(49_000.0, n=1))
    assert (told.reports("a"), record.filled) == (["NEW NEW", "REPLACED NEW", "TRADE FILLED"], d("0.04"))
