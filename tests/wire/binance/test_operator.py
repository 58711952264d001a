"""The operator of the Binance front, over HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from openbell.core.types import MINUTE_NS
from openbell.wire.binance.market import Booth
from openbell.wire.binance.operator import Operator
from openbell.wire.control import Control
from openbell.wire.market import Market
from tests.wire.binance.stand import Hands, bar, running

TOKEN = "key-of-the-operator"
LOW = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "49000"}


def test_the_operator_trades_fills_halts_plays_and_reads_the_truth(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path) as hands:
            server = hands.server
            bars = iter([[bar(48_000.0, volume=9.0)], [bar(48_100.0, n=1, volume=9.0)]])
            market = Market(Booth(server.house, server.sockets), bars, (MINUTE_NS, 0.0))
            async with (
                TestServer(Control(Operator(server, market), TOKEN).application()) as back,
                aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
            ):

                async def ask(method: str, path: str, **body: Any) -> tuple[int, Any]:
                    async with http.request(method, back.make_url(path), json=body) as answer:
                        return answer.status, await answer.json()

                await acted(hands, ask)

    asyncio.run(scene())


async def acted(hands: Hands, ask: Any) -> None:
    await hands.ask("POST", "order", **LOW, newClientOrderId="a")
    assert (await ask("POST", "/fill", cid="a", qty="0.04"))[1] == {"ok": True}
    assert (await ask("POST", "/fill", cid="b", qty="0.04"))[1] == {"ok": False}
    traded = (await ask("POST", "/trade", symbol="ETHUSDT", side="buy", qty="2"))[1]
    assert (traded["ok"], traded["positions"]["ETHUSDT"]) == (True, "2.00000000")
    truth = (await ask("GET", "/truth"))[1]
    assert [one["executedQty"] for one in truth["orders"]] == ["0.04000000", "2.00000000"]
    assert (truth["positions"], len(truth["executions"])) == ({"BTCUSDT": "0.04000000", "ETHUSDT": "2.00000000"}, 2)
    await ask("POST", "/halt", symbol="BTCUSDT", halted=True)
    told = (await hands.look("exchangeInfo", symbol="BTCUSDT"))[1]
    refused = await hands.ask("POST", "order", **LOW)
    assert (told["symbols"][0]["status"], refused) == ("HALT", (400, {"code": -2010, "msg": "Market is closed."}))
    assert (await ask("POST", "/play", instants=1))[1] == {"ok": True, "played": 1}
    assert len((await ask("GET", "/truth"))[1]["executions"]) == 2
    await ask("POST", "/halt", symbol="BTCUSDT", halted=False)
    assert (await ask("POST", "/play", instants=9))[1] == {"ok": True, "played": 1}
    assert (await ask("GET", "/truth"))[1]["orders"][0]["status"] == "FILLED"
    for path, body in (
        ("/trade", {"symbol": "ZZZ", "side": "buy", "qty": "1"}),
        ("/halt", {"symbol": "Z", "halted": True}),
    ):
        assert (await ask("POST", path, **body))[0] == 400
    socket = await hands.http.ws_connect(f"{hands.base}/ws/btcusdt@trade")
    await ask("POST", "/cut")
    assert (await socket.receive(timeout=180)).type is not aiohttp.WSMsgType.TEXT
