import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from yarl import URL

from openbell.core.types import NS
from openbell.wire.binance.market import Booth
from openbell.wire.tape import FIRST
from tests.wire.binance.spec import frame_faults
from tests.wire.binance.stand import Hands, bar, running
from tests.wire.binance.test_api import PRIVATE, PUBLIC, request


def at_front(folder: Path, play: Callable[[Hands], Awaitable[Any]]) -> Any:
    async def scene() -> Any:
        async with running(folder, past=5, public=PUBLIC) as hands, asyncio.timeout(20):
            return await play(hands)

    return asyncio.run(scene())


async def until(socket: aiohttp.ClientWebSocketResponse, kind: str, **fields: Any) -> Any:
    """Return the first event of a kind, with these fields."""
    while True:
        found = await socket.receive_json()
        inner = found.get("data", found.get("event", found))
        if fields.items() | {("e", kind)} <= inner.items():
            return found


def test_market_events_come_raw_or_with_the_name_of_their_stream(tmp_path: Path) -> None:
    async def play(hands: Hands) -> list[Any]:
        booth = Booth(hands.server.house, hands.server.sockets)
        found = []
        for path in ("/ws/btcusdt@trade", "/stream?streams=btcusdt@trade/ethusdt@trade"):
            async with hands.http.ws_connect(f"{hands.base}{path}") as socket:
                booth.show(bar(2_510.0, symbol="ETHUSDT"), is_end=False)
                booth.show(bar(50_010.0), is_end=False)
                found.append(await until(socket, "trade", s="BTCUSDT"))
        return found

    raw, combined = at_front(tmp_path, play)
    # Each symbol counts its own.
    assert (raw["t"], combined["data"]["t"]) == (FIRST + 1, FIRST + 2)
    assert (frame_faults("RawMarketEvent", raw), frame_faults("CombinedMarketEvent", combined)) == ([], [])
    assert combined["stream"] == "btcusdt@trade"


def test_a_place_ahead_of_utc_may_stand_in_a_query_as_it_is(tmp_path: Path) -> None:
    async def play(hands: Hands) -> list[Any]:
        booth = Booth(hands.server.house, hands.server.sockets)
        path = URL(f"{hands.base}/stream?streams=btcusdt@kline_1d@+08:00", encoded=True)
        async with hands.http.ws_connect(path) as socket:
            booth.show(bar(50_010.0), is_end=False)
            return [await until(socket, "kline")]

    (found,) = at_front(tmp_path, play)
    assert (found["stream"], (found["data"]["k"]["t"] // 3_600_000) % 24) == ("btcusdt@kline_1d@+08:00", 16)


def test_a_client_says_what_it_wants_to_hear(tmp_path: Path) -> None:
    async def play(hands: Hands) -> list[Any]:
        async with hands.http.ws_connect(f"{hands.base}/ws") as socket:
            told = []
            for frame in ({"method": "SUBSCRIBE", "params": ["btcusdt@kline_1m"], "id": 1}, {"method": "LIST_SUBSCRIPTIONS", "id": 2},
                          {"method": "SET_PROPERTY", "params": ["combined", True], "id": 3}):  # fmt: skip
                await socket.send_json(frame)
                told.append(await socket.receive_json())
            Booth(hands.server.house, hands.server.sockets).show(bar(50_010.0), is_end=True)
            told.append(await until(socket, "kline"))
            return told

    first, second, third, kline = at_front(tmp_path, play)
    assert (first, second["result"], third["result"]) == ({"result": None, "id": 1}, ["btcusdt@kline_1m"], None)
    assert (kline["stream"], kline["data"]["k"]["x"]) == ("btcusdt@kline_1m", True)


def test_who_says_too_much_in_a_second_is_shown_out(tmp_path: Path) -> None:
    async def play(hands: Hands) -> int | None:
        hands.server.door.windows._now = lambda: NS
        async with hands.http.ws_connect(f"{hands.base}/ws") as socket:
            for n in range(6):
                await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": n})
            while (await socket.receive()).type != aiohttp.WSMsgType.CLOSE:
                continue
            return socket.close_code

    assert at_front(tmp_path, play) == 1008


@pytest.mark.parametrize("key", ["secret", PRIVATE])
def test_the_account_is_told_of_what_happens_to_it(tmp_path: Path, key: str | Ed25519PrivateKey) -> None:
    async def play(hands: Hands) -> list[Any]:
        async with hands.http.ws_connect(f"{hands.base}/ws-api/v3") as socket:
            await socket.send_json(request("userDataStream.subscribe.signature", hands.server.time, key))
            told = [await socket.receive_json()]
            await hands.ask("POST", "order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
            while len(told) < 4:
                told.append(await socket.receive_json())
            return told

    answer, *events = at_front(tmp_path, play)
    assert (frame_faults("WsApiResponse", answer), answer["result"]) == ([], {"subscriptionId": 0})
    assert [frame_faults("UserEvent", one) for one in events] == [[], [], []]
    assert [one["event"]["e"] for one in events] == ["executionReport", "executionReport", "outboundAccountPosition"]


def test_a_client_that_reads_too_slowly_is_cut_off(tmp_path: Path) -> None:
    async def play(hands: Hands) -> str:
        async with hands.http.ws_connect(f"{hands.base}/ws/btcusdt@trade") as socket:
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
            await socket.receive_json()
            (client,) = hands.server.sockets.clients()
            client.post = lambda body, **_: False  # type: ignore[method-assign]
            hands.server.sockets.price("btcusdt@trade", {})
            return str((await socket.receive()).type.name)

    assert at_front(tmp_path, play) in ("CLOSED", "CLOSE", "ERROR")
    assert "too_slow" in (tmp_path / "front.log").read_text()


def test_the_end_is_said_before_it_comes(tmp_path: Path) -> None:
    async def play(hands: Hands) -> Any:
        async with hands.http.ws_connect(f"{hands.base}/ws") as socket:
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
            await socket.receive_json()
            closing = asyncio.create_task(hands.server.sockets.close())
            found = await socket.receive_json()
            await socket.receive()
            await closing
            return found

    assert at_front(tmp_path, play)["data"]["e"] == "serverShutdown"
