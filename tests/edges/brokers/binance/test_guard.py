import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from openbell.core.types import NS
from openbell.edges.brokers import binance
from openbell.edges.brokers.binance.guard import open_orders, pull
from tests.wire.binance import spec
from tests.wire.binance.stand import Hands, running

LOW = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "40000"}


def config(hands: Hands, **fields: Any) -> binance.Config:
    return binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": hands.base, **fields})


def test_every_order_is_taken_back_buys_first_and_written_down_before(tmp_path: Path) -> None:
    async def scene() -> tuple[Any, list[str], list[Any]]:
        async with running(tmp_path, BTC="1") as hands:
            high = LOW | {"side": "SELL", "price": "60000", "newClientOrderId": "b"}
            for fields in (
                high,
                LOW | {"newClientOrderId": "a"},
                LOW | {"symbol": "ETHUSDT", "price": "2000", "newClientOrderId": "c"},
            ):
                assert (await hands.ask("POST", "order", **fields))[0] == 200
            noted: list[str] = []
            found = await pull(config(hands), "paper", 2, noted.extend)
            return found, noted, hands.server.house.desk.books.open_orders()

    found, noted, left = asyncio.run(scene())
    assert (found.asked, found.left, found.error) == (("a", "c", "b"), (), "")
    assert (noted, left) == (["a", "c", "b"], [])


def test_a_venue_that_refuses_us_is_told_as_not_known(tmp_path: Path) -> None:
    async def scene() -> Any:
        async with running(tmp_path) as hands:
            return await pull(config(hands, secret="wrong"), "paper", 2, lambda _: None)

    assert "status 400" in asyncio.run(scene()).error


@pytest.mark.parametrize(
    ("status", "after", "wait"),
    [
        (429, "7", 7), (418, "300", 300), (429, "", 60), (418, "", 120), (418, "soon", 120), (429, "0", 1),
        (418, "259199", 259_199), (418, "259200", 259_200), (418, "259201", 259_200),
    ],
)  # fmt: skip
def test_F55_who_is_told_to_wait_asks_nothing_more(status: int, after: str, wait: int) -> None:
    asked: list[str] = []
    faults: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        if spec.IS_HERE:
            faults.extend(spec.request_faults(request.method, request.path, request.query_string))
        if request.method == "DELETE":
            headers = {"Retry-After": after} if after else {}
            return web.json_response({"code": -1003, "msg": "too many"}, status=status, headers=headers)
        orders = [{"clientOrderId": name, "symbol": "BTCUSDT", "orderId": n} for n, name in enumerate("ab")]
        return web.json_response({"serverTime": 1} if request.path.endswith("time") else orders)

    async def scene() -> Any:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", answer)
        async with TestServer(app) as door:
            place = {"key": "k", "secret": "s", "url": str(door.make_url("")).rstrip("/")}
            return await pull(binance.Config.model_validate(place), "paper", 2, lambda _: None)

    found = asyncio.run(scene())
    assert (found.asked, found.left, found.wait) == (("a", "b"), ("a", "b"), wait * NS)
    assert found.error == f'status {status}: {{"code": -1003, "msg": "too many"}}'
    assert asked[-1] == "DELETE /api/v3/order"
    assert faults == []
    assert len([one for one in asked if one.startswith("DELETE")]) == 1


def test_F55_a_ban_ends_the_first_question(tmp_path: Path) -> None:
    async def scene() -> tuple[Any, int]:
        async with running(tmp_path, 0, {"do": "ban", "at": "clock", "nth": 1, "lasts": "90s"}) as hands:
            found = await pull(config(hands), "paper", 2, lambda _: None)
            return found, hands.server.log.lines

    found, _ = asyncio.run(scene())
    assert (found.asked, found.left, found.wait) == ((), (), 90 * NS)
    assert found.error.startswith("status 418: ")


@pytest.mark.parametrize("raw", [b"<html>", b"{}", b"null"])
def test_a_missing_list_is_not_an_empty_one(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no list of orders|not JSON"):
        open_orders(raw)
