import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wire.binance import spec
from tests.wire.binance.stand import Hands, running
from tests.wire.binance.test_clerk import OTOCO

BUY = {"symbol": "BTCUSDT", "side": "BUY"}
LOW = BUY | {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "49000"}


def at_front(folder: Path, play: Callable[[Hands], Awaitable[Any]], **terms: str) -> Any:
    async def scene() -> Any:
        async with running(folder, **terms) as hands:
            return await play(hands)

    return asyncio.run(scene())


def test_the_account_is_told_with_what_is_held_and_what_is_bound(tmp_path: Path) -> None:
    async def play(hands: Hands) -> list[Any]:
        await hands.ask("POST", "order", **LOW)
        paths = ("account", "rateLimit/order", "openOrders", "openOrderList")
        found = [await hands.ask("GET", path) for path in paths]
        found += [await hands.ask("GET", path, symbol="BTCUSDT") for path in ("account/commission", "myFilters")]
        return [body for status, body in found if status == 200]

    account, limits, opened, lists, commission, filters = at_front(tmp_path, play, rate="0.001")
    assert account["balances"] == [{"asset": "USDT", "free": "95100.00000000", "locked": "4900.00000000"}]
    assert (account["canTrade"], account["canWithdraw"], account["makerCommission"]) == (True, False, 10)
    assert ([one["count"] for one in limits], len(opened), lists) == ([1, 1], 1, [])
    assert (commission["standardCommission"]["taker"], len(filters["symbolFilters"])) == ("0.00100000", 8)


def test_orders_live_and_end_by_rest(tmp_path: Path) -> None:
    async def play(hands: Hands) -> dict[str, Any]:
        saw: dict[str, Any] = {}
        _, bought = await hands.ask("POST", "order", **BUY, type="MARKET", quantity="0.15", newClientOrderId="a")
        saw["fills"] = [one["price"] for one in bought["fills"]]
        _, resting = await hands.ask("POST", "order", **LOW, newClientOrderId="b")
        _, found = await hands.ask("GET", "order", symbol="BTCUSDT", orderId=resting["orderId"])
        saw["status"] = found["status"]
        _, smaller = await hands.ask(
            "PUT", "order/amend/keepPriority", symbol="BTCUSDT", origClientOrderId="b", newQty="0.05")  # fmt: skip
        saw["smaller"] = smaller["amendedOrder"]["qty"]
        _, shrunk = await hands.ask("GET", "order/amendments", symbol="BTCUSDT", orderId=resting["orderId"])
        assert [(one["executionId"], one["origQty"], one["newQty"]) for one in shrunk] == [
            (smaller["executionId"], "0.10000000", "0.05000000")]  # fmt: skip
        assert (await hands.ask("GET", "order/amendments", symbol="BTCUSDT"))[1]["code"] == -1102
        both = LOW | {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "b", "newClientOrderId": "c"}
        saw["replaced"] = (await hands.ask("POST", "order/cancelReplace", **both))[1]["cancelResult"]
        saw["failed"] = (await hands.ask("POST", "order/cancelReplace", **both))[0]
        saw["half"] = (await hands.ask("POST", "order/cancelReplace", **(both | {
            "cancelReplaceMode": "ALLOW_FAILURE", "newClientOrderId": "d"})))[0]  # fmt: skip
        saw["cancelled"] = (await hands.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="c"))[1]["status"]
        saw["all gone"] = len((await hands.ask("DELETE", "openOrders", symbol="BTCUSDT"))[1])
        saw["orders"] = [one["clientOrderId"] for one in (await hands.ask("GET", "allOrders", symbol="BTCUSDT"))[1]]
        saw["trades"] = len((await hands.ask("GET", "myTrades", symbol="BTCUSDT", orderId=bought["orderId"]))[1])
        saw["tried"] = await hands.ask("POST", "order/test", **BUY, type="MARKET", quantity="0.1")
        return saw

    saw = at_front(tmp_path, play)
    assert saw == {
        "fills": ["50000.01000000", "50000.02000000"], "status": "NEW", "smaller": "0.05000000", "replaced": "SUCCESS",
        "failed": 400, "half": 409, "cancelled": "CANCELED", "all gone": 1, "orders": ["a", "b", "c", "d"], "trades": 2,
        "tried": (200, {}),
    }  # fmt: skip


def test_lists_live_and_end_by_rest(tmp_path: Path) -> None:
    async def play(hands: Hands) -> list[Any]:
        _, made = await hands.ask("POST", "orderList/otoco", **OTOCO, listClientOrderId="l")
        _, asked = await hands.ask("GET", "orderList", origClientOrderId="l")
        _, opened = await hands.ask("GET", "openOrderList")
        _, swept = await hands.ask("DELETE", "openOrders", symbol="BTCUSDT")
        _, oco = await hands.ask(
            "POST", "orderList/oco", symbol="BTCUSDT", side="SELL", quantity="0.1", aboveType="LIMIT_MAKER",
            abovePrice="55000", belowType="STOP_LOSS", belowStopPrice="45000", listClientOrderId="m")  # fmt: skip
        _, gone = await hands.ask("DELETE", "orderList", symbol="BTCUSDT", listClientOrderId="m")
        oto = {name: value for name, value in OTOCO.items() if "Above" not in name and "Below" not in name}
        _, last = await hands.ask("POST", "orderList/oto", **oto, pendingType="MARKET")
        _, every = await hands.ask("GET", "allOrderList")
        return [made["contingencyType"], asked["contingencyType"], len(opened), swept[0]["listOrderStatus"],
                len(oco["orderReports"]), gone["listStatusType"], last["contingencyType"], len(every)]  # fmt: skip

    assert at_front(tmp_path, play, BTC="1") == ["OTOCO", "OTO", 1, "ALL_DONE", 2, "ALL_DONE", "OTO", 3]


def test_pages_of_orders_and_trades(tmp_path: Path) -> None:
    async def play(hands: Hands) -> list[Any]:
        for _ in range(4):
            await hands.ask("POST", "order", **BUY, type="MARKET", quantity="0.001")
        ask = {"symbol": "BTCUSDT"}
        found = [
            await hands.ask("GET", "allOrders", **ask, limit=2), await hands.ask("GET", "allOrders", **ask, orderId=2, limit=2),
            await hands.ask("GET", "myTrades", **ask, fromId=3), await hands.ask("GET", "myTrades", **ask, limit=1),
            await hands.ask("GET", "myTrades", symbol="ETHUSDT"),
        ]  # fmt: skip
        ids = [[one.get("id", one["orderId"]) for one in body] for _, body in found]
        late = await hands.ask("GET", "allOrders", **ask, startTime=1, endTime=90_000_000)
        mixed = await hands.ask("GET", "myTrades", **ask, fromId=1, startTime=5)
        unknown = await hands.ask("GET", "openOrders", symbol="NOPE")
        return [*ids, *[(status, body["code"]) for status, body in (late, mixed, unknown)]]

    assert at_front(tmp_path, play) == [
        [3, 4], [2, 3], [3, 4], [4], [], (400, -1127), (400, -1128), (400, -1121),
    ]  # fmt: skip


@pytest.mark.skipif(
    not spec.IS_HERE, reason="the vendor's specification: set OPENBELL_SPECS to the folder that holds it"
)
def test_the_specification_is_read_at_all() -> None:
    assert spec.answer_faults("GET", "/api/v3/order", 200, {"symbol": 5}) != []
    assert spec.answer_faults("GET", "/api/v3/nowhere", 200, {}) != []
    assert spec.request_faults("POST", "/api/v3/order", "symbol=BTCUSDT&colour=red") != []
