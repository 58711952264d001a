import pytest

from openbell.wire.binance import lists
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import T0, bar, d, desk
from tests.wire.binance.test_clerk import OTOCO

OCO = {
    "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "aboveType": "LIMIT_MAKER", "abovePrice": "55000",
    "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "45000", "belowPrice": "44900", "belowTimeInForce": "GTC",
    "listClientOrderId": "l",
}  # fmt: skip
OTO = {name: value for name, value in OTOCO.items() if "Above" not in name and "Below" not in name}


def test_only_the_answer_to_its_order_calls_a_bracket_by_its_name() -> None:
    made, _ = desk()
    told = lists.otoco(made, Fields(OTOCO), T0)
    assert (told["contingencyType"], [one["status"] for one in told["orderReports"]]) == (
        "OTOCO",
        ["NEW", "PENDING_NEW", "PENDING_NEW"],
    )
    assert lists.find(made, Fields({"orderListId": "0"}), "origClientOrderId", -2013).kind == "OTOCO"


def test_one_order_waits_for_the_other() -> None:
    made, _ = desk()
    told = lists.oto(made, Fields(OTO | {"pendingType": "MARKET"}), T0)
    assert [one["type"] for one in told["orderReports"]] == ["LIMIT", "MARKET"]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("immediately match", {"abovePrice": "49000"}),
        ("trigger immediately", {"belowStopPrice": "51000"}),
        ("relationship", {"abovePrice": "45000"}),
        ("relationship", {"aboveType": "STOP_LOSS", "abovePrice": "", "aboveStopPrice": "55000"}),
        ("insufficient balance", {"quantity": "5"}),
        ("Filter failure: PRICE_FILTER", {"belowPrice": "44900.001"}),
        ("Duplicate", {"aboveClientOrderId": "x", "belowClientOrderId": "x"}),
    ],
)
def test_a_list_that_cannot_be_is_refused_as_a_whole(words: str, fields: dict[str, str]) -> None:
    made, told = desk(BTC="1")
    with pytest.raises(Refused, match=words):
        lists.oco(made, Fields(OCO | fields), T0)
    assert (told, made.books.orders, made.books.lists) == ([], {}, {})


OPO = {name: value for name, value in OTO.items() if name != "pendingQuantity"} | {
    "pendingType": "LIMIT", "pendingPrice": "55000", "pendingTimeInForce": "GTC",
}  # fmt: skip
OPOCO = {name: value for name, value in OTOCO.items() if name != "pendingQuantity"}


def test_the_exits_of_a_purchase_take_what_it_brings_less_the_fee_in_whole_steps() -> None:
    made, told = desk("0.001")
    answer = lists.opoco(made, Fields(OPOCO), T0)
    assert (answer["contingencyType"], [one["origQty"] for one in answer["orderReports"]]) == (
        "OTO", ["0.10000000", "0.00000000", "0.00000000"],
    )  # fmt: skip
    made.clerk.play(bar(48_900.0, n=1))
    exits = [made.books.orders[number] for number in (2, 3)]
    assert [(one.status, one.qty) for one in exits] == [("NEW", d("0.0999"))] * 2
    assert made.books.coins["BTC"] == d("0.0999")
    made.clerk.play(bar(55_100.0, n=2))
    assert ([one.status for one in exits], made.books.coins["BTC"]) == (["FILLED", "EXPIRED"], 0)
    assert told.reports("up")[-1] == "TRADE FILLED"


def test_an_exit_that_would_be_worth_too_little_is_not_placed() -> None:
    made, told = desk()
    lists.opo(made, Fields(OPO | {"workingQuantity": "0.00011", "pendingPrice": "11000"}), T0)
    made.clerk.play(bar(48_900.0, n=1))
    assert (made.books.orders[2].status, made.books.orders[2].expiry) == ("EXPIRED", "REJECTED")
    assert told[-1]["l"] == "ALL_DONE"


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (-1117, {"workingSide": "SELL"}),
        (-1117, {"pendingSide": "BUY"}),
        (-1104, {"pendingQuantity": "0.1"}),
        (-1102, {"pendingPrice": ""}),
    ],
)
def test_a_purchase_with_an_exit_of_its_own_size_is_none(code: int, fields: dict[str, str]) -> None:
    made, _ = desk()
    with pytest.raises(Refused) as refused:
        lists.opo(made, Fields(OPO | fields), T0)
    assert (refused.value.code, made.books.orders) == (code, {})


def test_a_list_is_taken_back_by_its_name() -> None:
    made, _ = desk(BTC="1")
    lists.oco(made, Fields(OCO), T0)
    with pytest.raises(Refused, match="Duplicate"):
        lists.oco(made, Fields(OCO), T0)
    told = lists.cancel(made, Fields({"symbol": "BTCUSDT", "listClientOrderId": "l"}), T0)
    assert (told["listOrderStatus"], [one["status"] for one in told["orderReports"]]) == ("ALL_DONE", ["CANCELED"] * 2)
    for given in ({"listClientOrderId": "l"}, {"orderListId": "7"}):
        with pytest.raises(Refused, match="Unknown order list"):
            lists.cancel(made, Fields({"symbol": "BTCUSDT", **given}), T0)
    with pytest.raises(Refused, match="orderListId"):
        lists.find(made, Fields({}), "origClientOrderId", -2013)


OLD = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "price": "55000", "stopPrice": "45000",
       "limitClientOrderId": "target", "stopClientOrderId": "stop", "listClientOrderId": "l"}  # fmt: skip


def test_an_oco_in_its_old_form_is_the_same_list() -> None:
    made, _ = desk(BTC="1")
    told = lists.old_oco(made, Fields(OLD | {"stopLimitPrice": "44900", "stopLimitTimeInForce": "GTC"}), T0)
    assert told["contingencyType"] == "OCO"
    assert {one["clientOrderId"]: (one["type"], one["price"]) for one in told["orderReports"]} == {
        "target": ("LIMIT_MAKER", "55000.00000000"), "stop": ("STOP_LOSS_LIMIT", "44900.00000000")}  # fmt: skip


def test_an_old_oco_of_purchases_has_its_target_below() -> None:
    made, _ = desk()
    told = lists.old_oco(made, Fields(OLD | {"side": "BUY", "price": "45000", "stopPrice": "55000"}), T0)
    assert [(one["clientOrderId"], one["type"]) for one in told["orderReports"]] == [
        ("stop", "STOP_LOSS"), ("target", "LIMIT_MAKER")]  # fmt: skip


@pytest.mark.parametrize(("code", "fields"), [
    (-1102, {"price": ""}), (-1102, {"stopPrice": ""}), (-1117, {"side": "X"}), (-1104, {"aboveNothing": "1"}),
    (-1102, {"stopLimitPrice": "44900"}), (-2010, {"price": "44000"}),
])  # fmt: skip
def test_an_old_oco_that_makes_no_list_is_refused(code: int, fields: dict[str, str]) -> None:
    made, _ = desk(BTC="1")
    with pytest.raises(Refused) as refused:
        lists.old_oco(made, Fields(OLD | fields), T0)
    assert refused.value.code == code
    assert not made.books.orders
