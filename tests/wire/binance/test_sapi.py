import asyncio
from pathlib import Path
from typing import Any

from tests.wire.binance.stand import HEADERS, Hands, running, signed


def asked(folder: Path, *asked: tuple[str, dict[str, Any]], is_signed: bool = True) -> list[tuple[int, Any]]:
    async def one(hands: Hands, path: str, params: dict[str, Any]) -> tuple[int, Any]:
        text = signed(params, hands.server.time) if is_signed else ""
        async with hands.http.get(f"{hands.base}/sapi/v1/{path}?{text}", headers=HEADERS) as answer:
            return answer.status, await answer.json()

    async def scene() -> list[tuple[int, Any]]:
        async with running(folder, rate="0.001", BTC="2") as hands:
            return [await one(hands, path, params) for path, params in asked]

    return asyncio.run(scene())


def test_what_libraries_ask_before_they_trade_is_answered(tmp_path: Path) -> None:
    found = asked(tmp_path, ("account/status", {}), ("account/apiTradingStatus", {}), ("account/apiRestrictions", {}),
                  ("asset/tradeFee", {}), ("asset/tradeFee", {"symbol": "ETHUSDT"}),
                  ("capital/config/getall", {}), ("margin/allPairs", {}), ("margin/isolated/allPairs", {}))  # fmt: skip
    assert {status for status, _ in found} == {200}
    stands, trades, rights, fees, fee, coins, *margin = (body for _, body in found)
    assert margin == [[], []]
    assert (stands["data"], trades["data"]["isLocked"]) == ("Normal", False)
    assert (rights["enableSpotAndMarginTrading"], rights["enableWithdrawals"]) == (True, False)
    assert [one["symbol"] for one in fees] == ["BTCUSDT", "ETHUSDT"]
    assert fee == [{"symbol": "ETHUSDT", "makerCommission": "0.001", "takerCommission": "0.001"}]
    assert {one["coin"]: one["free"] for one in coins} == {
        "USDT": "100000.00000000", "BTC": "2.00000000", "ETH": "0.00000000"}  # fmt: skip


def test_whether_the_venue_is_open_may_be_asked_by_all_and_the_rest_by_its_owner(tmp_path: Path) -> None:
    (status, body), (refused, _) = asked(tmp_path, ("system/status", {}), ("asset/tradeFee", {}), is_signed=False)
    assert (status, body["status"], refused) == (200, 0, 400)


def test_a_fee_of_what_is_not_traded_is_refused(tmp_path: Path) -> None:
    assert asked(tmp_path, ("asset/tradeFee", {"symbol": "NOPE"}))[0][1]["code"] == -1121


def test_there_are_no_futures_and_everybody_may_ask(tmp_path: Path) -> None:
    async def scene() -> list[Any]:
        async with running(tmp_path) as hands:
            found = []
            for kind in "fd":
                async with hands.http.get(f"{hands.base}/{kind}api/v1/exchangeInfo") as answer:
                    found.append((answer.status, (await answer.json())["symbols"]))
            return found

    assert asyncio.run(scene()) == [(200, [])] * 2
