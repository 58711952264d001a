"""The operator of the Alpaca front, over HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from openbell.core.types import MINUTE_NS, NS
from openbell.wire.alpaca.market import Booth
from openbell.wire.alpaca.operator import Operator
from openbell.wire.control import Control
from openbell.wire.market import Market
from tests.wire.alpaca.stand import HEADERS, Hands, bar, order, running

TOKEN = "key-of-the-operator"


def with_operator(folder: Path, play: Any, token: str = TOKEN) -> None:
    """Play a scene at a front with two minutes to come, and its operator's port."""

    async def scene() -> None:
        async with running(folder) as hands:
            server = hands.server
            bars = iter([[bar(101.0)], [bar(102.0, n=1)]])
            control = Control(
                Operator(server, Market(Booth(server.house, server.price), bars, (MINUTE_NS, 0.0))), TOKEN
            )
            async with (
                TestServer(control.application()) as back,
                aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http,
            ):

                async def ask(method: str, path: str, **body: Any) -> tuple[int, Any]:
                    async with http.request(method, back.make_url(path), json=body) as answer:
                        return answer.status, await answer.json()

                await play(ask, hands)

    asyncio.run(scene())


def test_without_the_token_nothing_is_told(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        assert (await ask("POST", "/trade", symbol="AAPL", side="buy", qty="1"))[0] == 401
        assert hands.server.house.desk.books.holdings == {}

    with_operator(tmp_path, play, token="wrong")


def test_the_operator_fills_trades_and_reads_the_truth(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        await hands.ask("POST", "/v2/orders", order(client_order_id="a", type="limit", limit_price="1"))
        assert (await ask("POST", "/fill", cid="a", qty="4"))[1] == {"ok": True}
        assert (await ask("POST", "/fill", cid="b", qty="4"))[1] == {"ok": False}
        assert (await ask("POST", "/trade", symbol="BTCUSD", side="buy", qty="0.5"))[1]["positions"] == {
            "AAPL": "4", "BTC/USD": "0.5",
        }  # fmt: skip
        truth = (await ask("GET", "/truth"))[1]
        assert [one["filled_qty"] for one in truth["orders"]] == ["4", "0.5"]
        assert (truth["positions"], truth["cash"]) == ({"AAPL": "4", "BTC/USD": "0.5"}, {"USD": "99946.000"})
        status, positions = await hands.ask("GET", "/v2/positions")
        assert (status, {one["symbol"]: one["qty"] for one in positions}) == (200, {"AAPL": "4", "BTCUSD": "0.5"})

    with_operator(tmp_path, play)


def test_what_is_halted_does_not_trade_until_it_is_opened_again(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        await hands.ask("POST", "/v2/orders", order(client_order_id="a"))
        assert (await ask("POST", "/halt", symbol="AAPL", halted=True))[0] == 200
        assert (await ask("GET", "/truth"))[1]["halted"] == ["AAPL"]
        record = hands.server.house.desk.books.by_client["a"]
        assert (await ask("POST", "/play", instants=1))[1] == {"ok": True, "played": 1}
        assert record.filled == 0
        await ask("POST", "/halt", symbol="AAPL", halted=False)
        assert (await ask("POST", "/play", instants=9))[1] == {"ok": True, "played": 1}
        assert record.filled == 10

    with_operator(tmp_path, play)


def test_what_the_list_says_no_more_is_refused_and_what_is_held_can_be_left(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        assert (await hands.ask("POST", "/v2/orders", order(qty="2.5")))[0] == 200
        assert (await ask("POST", "/flags", symbol="AAPL", easy_to_borrow=False, fractionable=False))[0] == 200
        row = (await hands.ask("GET", "/v2/assets/AAPL"))[1]
        assert [row[name] for name in ("shortable", "borrow_status", "fractionable")] == [True, "hard_to_borrow", False]
        short = await hands.ask("POST", "/v2/orders", order(symbol="SPY", side="sell"))
        assert short[0] == 200
        await ask("POST", "/flags", symbol="SPY", shortable=False)
        for wanted, status in (
            (order(symbol="SPY", side="sell"), 403),
            (order(qty="0.5"), 422),
            (order(notional="50", qty=None), 422),
        ):
            assert (await hands.ask("POST", "/v2/orders", wanted))[0] == status
        await ask("POST", "/play", instants=1)
        assert (await hands.ask("POST", "/v2/orders", order(qty="2.5", side="sell")))[0] == 200
        await ask("POST", "/flags", symbol="AAPL", tradable=False)
        assert (await hands.ask("POST", "/v2/orders", order()))[0] == 422
        for wrong in ({"symbol": "AAPL", "lendable": True}, {"symbol": "ZZZ", "tradable": True}):
            assert (await ask("POST", "/flags", **wrong))[0] == 400

    with_operator(tmp_path, play)


def test_the_operator_adds_faults_sees_them_strike_and_calms_the_front(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        assert (await ask("POST", "/fault", do="error_before_accept", at="clock", status=502, times=0, every=1))[
            0
        ] == 200
        statuses = []
        for _ in range(2):
            async with hands.http.get(hands.base + "/v2/clock", headers=HEADERS) as answer:
                statuses.append(answer.status)
        (fault,) = (await ask("GET", "/faults"))[1]["faults"]
        assert (statuses, fault["seen"], fault["struck"]) == ([502, 502], 2, 2)
        assert (await ask("POST", "/calm"))[1]["struck"] == {"error_before_accept": 2}
        assert (await hands.ask("GET", "/v2/clock"))[0] == 200
        status, told = await ask("POST", "/fault", do="bann")
        assert (status, "did you mean 'ban'?" in told["text"]) == (400, True)

    with_operator(tmp_path, play)


def test_calm_sets_a_clock_right_that_was_moved(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        real = hands.server.time
        await ask("POST", "/fault", do="skew", at="clock", by="90s")
        await hands.ask("GET", "/v2/clock")
        assert hands.server.time - real >= 90 * NS
        await ask("POST", "/calm")
        assert hands.server.time - real < 90 * NS

    with_operator(tmp_path, play)


def test_the_operator_cuts_the_connections(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        socket = await hands.http.ws_connect(hands.base + "/stream")
        await ask("POST", "/cut")
        assert (await socket.receive(timeout=180)).type is not aiohttp.WSMsgType.TEXT

    with_operator(tmp_path, play)


def test_a_wrong_wish_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async def play(ask: Any, hands: Hands) -> None:
        for path, body in (
            ("/trade", {"symbol": "ZZZ", "side": "buy", "qty": "1"}), ("/trade", {"symbol": "AAPL", "side": "hold", "qty": "1"}),
            ("/trade", {"symbol": "AAPL", "side": "buy", "qty": "-1"}), ("/halt", {"symbol": "ZZZ", "halted": True}),
            ("/fill", {"cid": "a", "qty": "x"}), ("/play", {"instants": 0}), ("/trade", {"symbol": "AAPL"}),
        ):  # fmt: skip
            assert (await ask("POST", path, **body))[0] == 400, path
        assert hands.server.house.desk.books.executions == []

    with_operator(tmp_path, play)
