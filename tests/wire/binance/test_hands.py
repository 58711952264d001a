"""The Binance front under faults, seen on its wires."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openbell.core.types import NS
from openbell.wire.binance import manual
from openbell.wire.binance.hands import GROUND
from openbell.wire.binance.market import Booth
from tests.wire.binance.spec import frame_faults
from tests.wire.binance.stand import HEADERS, Hands, bar, d, running, signed
from tests.wire.binance.test_api import request
from tests.wire.patience import patient

Json = dict[str, Any]
Scene = Callable[[Hands], Awaitable[None]]
LOW = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "49000"}


def play(folder: Path, scene: Scene, *faults: Json, **coins: str) -> list[Json]:
    """Play a scene at a front with faults and return the front's log."""

    async def run() -> None:
        async with running(folder, 0, *faults, **coins) as hands, asyncio.timeout(20):
            await scene(hands)

    asyncio.run(run())
    return [json.loads(text) for text in (folder / "front.log").read_text().splitlines()]


async def raw(hands: Hands, method: str, path: str, wait: float = 180.0, **params: Any) -> tuple[int, bytes, Any]:
    """Send a signed request as it is, and give up so many seconds after the front has taken it; status 0 for no answer."""
    address = f"{hands.base}/api/v3/{path}?{signed(params, hands.server.time)}"

    async def ask() -> tuple[int, bytes, Any]:
        async with hands.http.request(method, address, headers=HEADERS, allow_redirects=False) as answer:
            return answer.status, await answer.read(), answer.headers

    try:
        return await patient(hands.server.door, ask(), wait)
    except (aiohttp.ClientError, TimeoutError) as error:
        return 0, type(error).__name__.encode(), {}


async def rest(hands: Hands, name: str) -> tuple[int, bytes, Any]:
    return await raw(hands, "POST", "order", newClientOrderId=name, **LOW)


def named(hands: Hands, name: str) -> Any:
    return hands.server.house.desk.books.by_name.get(("BTCUSDT", name))


async def listening(hands: Hands) -> aiohttp.ClientWebSocketResponse:
    socket = await hands.http.ws_connect(f"{hands.base}/ws-api/v3")
    await socket.send_json(request("userDataStream.subscribe.signature", hands.server.time))
    assert (await socket.receive_json())["result"] == {"subscriptionId": 0}
    return socket


async def heard(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    """Return so many events but those of balances, in short."""
    found: list[Any] = []
    while len(found) < count:
        event = (await socket.receive_json())["event"]
        if event is None or event["e"] != "outboundAccountPosition":
            found.append(event and (event["x"] if event["e"] == "executionReport" else event["e"]))
    return found


def test_more_than_forty_faults_can_be_played_here() -> None:
    assert len(GROUND.faults) >= 40
    assert all(GROUND.at(name) for name in GROUND.faults)


@pytest.mark.parametrize(
    ("fault", "is_there", "status", "code"),
    [
        ({"do": "timeout_after_accept"}, True, 0, 0), ({"do": "timeout_before_accept", "at": "submit"}, False, 0, 0),
        ({"do": "error_after_accept", "status": 504}, True, 504, -1007), ({"do": "error_after_accept"}, True, 503, -1000),
        ({"do": "error_before_accept", "at": "submit"}, False, 503, -1000),
        ({"do": "rate_limited", "at": "submit", "after": "7s"}, False, 429, -1003), ({"do": "ban", "at": "submit", "lasts": "9s"}, False, 418, -1003),
        ({"do": "auth_expired", "at": "submit"}, False, 401, -2015), ({"do": "unknown_code", "at": "submit"}, False, 400, -9999),
        ({"do": "redirect", "at": "submit"}, False, 307, -1000), ({"do": "disconnect", "at": "submit"}, True, 0, 0),
        ({"do": "half_reply", "at": "submit"}, True, 0, 0), ({"do": "partial_then_disconnect"}, True, 0, 0),
        ({"do": "slow_loris", "at": "submit", "lasts": "9s"}, True, 0, 0), ({"do": "late_reply", "at": "submit", "after": "9s"}, True, 0, 0),
    ],
)  # fmt: skip
def test_F01_F04_F11_F53_F54_an_order_meets_a_fault(
    tmp_path: Path, fault: Json, is_there: bool, status: int, code: int
) -> None:
    async def scene(hands: Hands) -> None:
        wait = 0.3 if status == 0 else 180.0
        found = await raw(hands, "POST", "order", wait, newClientOrderId="a", **LOW)
        assert found[0] == status, found
        assert (named(hands, "a") is not None) is is_there
        if code:
            assert json.loads(found[1])["code"] == code
        if status in (418, 429):
            assert int(found[2]["Retry-After"]) in (7, 9)
        if status == 418:
            assert (await raw(hands, "GET", "account"))[0] == 418
            with pytest.raises(aiohttp.WSServerHandshakeError, match="418") as refusal:
                await hands.http.ws_connect(f"{hands.base}/ws-api/v3")
            assert refusal.value.headers is not None
            assert refusal.value.headers["Retry-After"] == "9"

    play(tmp_path, scene, fault)


@pytest.mark.parametrize(("do", "text"), [("garbage", "<!DOCTYPE"), ("empty_reply", ""), ("malformed", '{"symbol"')])
def test_F10_F58_an_answer_of_success_that_nobody_can_read(tmp_path: Path, do: str, text: str) -> None:
    async def scene(hands: Hands) -> None:
        status, body, _ = await rest(hands, "a")
        assert (status, body.decode()[: len(text)]) == (200, text)
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
        assert named(hands, "a") is not None

    play(tmp_path, scene, {"do": do, "at": "submit"})


def test_F60_F59_balances_are_null_missing_or_old_and_lists_empty_while_something_is_held(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        manual.trade(hands.server.house.desk.clerk, ("BTCUSDT", "buy", d("1")), hands.server.time)
        found = [json.loads((await raw(hands, "GET", "account"))[1]) for _ in range(3)]
        assert [one.get("balances", "missing") for one in found[:2]] == [None, "missing"]
        assert {"asset": "BTC", "free": "1.00000000", "locked": "0.00000000"} in found[2]["balances"]
        for name in ("a", "b"):
            await rest(hands, name)
        old, none, fresh = [json.loads((await raw(hands, "GET", "openOrders"))[1]) for _ in range(3)]
        assert ([one["clientOrderId"] for one in old], none, len(fresh)) == (["a"], [], 2)

    faults = [{"do": "failed_positions", "how": "null"}, {"do": "failed_positions", "how": "missing", "nth": 2},
              {"do": "stale_snapshot", "at": "orders", "changes": 1}, {"do": "empty_list", "nth": 2}]  # fmt: skip
    play(tmp_path, scene, *faults)


@pytest.mark.parametrize(
    ("fault", "events"),
    [
        ({"do": "duplicate_ack"}, ["NEW", "NEW"]), ({"do": "fill_before_ack", "qty": "0.04"}, ["TRADE", "NEW"]),
        ({"do": "async_reject", "after": "1ms"}, ["NEW", "REJECTED"]), ({"do": "null_data", "at": "on_order"}, [None, "NEW"]),
        ({"do": "unknown_event", "at": "on_order"}, ["oddReport", "NEW"]),
        ({"do": "revoked_stream", "at": "on_order"}, ["eventStreamTerminated"]), ({"do": "shutdown", "at": "on_order"}, ["serverShutdown"]),
    ],
)  # fmt: skip
def test_F05_F06_F08_F53_F61_the_account_hears_odd_things(tmp_path: Path, fault: Json, events: list[Any]) -> None:
    async def scene(hands: Hands) -> None:
        socket = await listening(hands)
        await rest(hands, "a")
        assert await heard(socket, len(events)) == events
        if fault["do"] == "shutdown":
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        if fault["do"] == "revoked_stream":
            await socket.send_json(request("userDataStream.subscribe.signature", hands.server.time))
            assert (await socket.receive_json())["result"] == {"subscriptionId": 1}

    play(tmp_path, scene, fault)


def test_F44_F25_an_execution_is_lost_or_comes_twice_while_the_books_have_it_once(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        socket = await listening(hands)
        for name in ("a", "b", "c"):
            await rest(hands, name)
            manual.fill(hands.server.house.desk.clerk, named(hands, name), d("1"), hands.server.time)
        told: list[Json] = []
        while len(told) < 6:
            event = (await socket.receive_json())["event"]
            told += [event] * (event["e"] == "executionReport")
        assert [one["c"] for one in told if one["x"] == "TRADE"] == ["b", "b", "c"]

    log = play(tmp_path, scene, {"do": "lost_frame", "at": "on_execution"}, {"do": "duplicate_fill", "nth": 2})
    assert sum(one["event"].get("x") == "TRADE" for one in log if one["kind"] == "booked") == 3


def test_F45_a_socket_goes_deaf_and_answers_pings(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await listening(hands)
        await rest(hands, "a")
        with pytest.raises(TimeoutError):
            await one.receive(timeout=0.2)
        await one.ping()
        assert not one.closed
        two = await listening(hands)
        await rest(hands, "b")
        assert await heard(two, 1) == ["NEW"]

    log = play(tmp_path, scene, {"do": "mute_socket", "at": "on_order"})
    assert "swallowed" in [one["kind"] for one in log]


def test_F57_the_venues_clock_runs_away_and_stamps_are_refused(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        before = hands.server.time
        async with hands.http.get(f"{hands.base}/api/v3/time") as answer:
            await answer.read()
        sent = signed({}, before)
        async with hands.http.get(f"{hands.base}/api/v3/account?{sent}", headers=HEADERS) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, -1021)
        assert hands.server.time - before > 60 * NS

    play(tmp_path, scene, {"do": "skew", "at": "clock", "by": "60s"})


def test_F49_a_reset_cuts_everybody_takes_nobody_and_forgets_orders_where_told(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        assert (await rest(hands, "a"))[0] == 200
        assert (await raw(hands, "GET", "order", symbol="BTCUSDT", origClientOrderId="a"))[0] == 400
        await rest(hands, "b")
        assert (await rest(hands, "c"))[0] == 0
        assert (await raw(hands, "GET", "time"))[0] == 503
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await hands.http.ws_connect(f"{hands.base}/ws")
        assert named(hands, "b").is_open

    play(tmp_path, scene, {"do": "forgotten_order"}, {"do": "nightly_reset", "at": "submit", "nth": 3, "lasts": "600s"})


def test_F31_an_order_fills_beyond_its_quantity_F21_behind_its_cancel_and_F22_not_at_all(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        for name in ("a", "b", "c"):
            await rest(hands, name)
        manual.fill(hands.server.house.desk.clerk, named(hands, "a"), d("0.1"), hands.server.time)
        assert named(hands, "a").filled == d("0.13")
        told = await raw(hands, "DELETE", "order", symbol="BTCUSDT", origClientOrderId="b")
        assert (json.loads(told[1])["status"], named(hands, "b").filled) == ("CANCELED", d("0.05"))
        told = await raw(hands, "DELETE", "order", symbol="BTCUSDT", orderId=named(hands, "c").id)
        assert (json.loads(told[1])["code"], named(hands, "c").status) == (-2011, "NEW")

    faults = [
        {"do": "overfill", "qty": "0.03"},
        {"do": "late_fill", "after": "1ms"},
        {"do": "cancel_refused", "nth": 2},
    ]
    play(tmp_path, scene, *faults)


def test_F61_F32_prices_are_absurd_doubled_broken_or_grown(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        booth = Booth(hands.server.house, hands.server.sockets)
        names = "btcusdt@kline_1m/btcusdt@bookTicker"
        async with hands.http.ws_connect(f"{hands.base}/stream?streams={names}") as socket:
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
            await socket.receive_json()
            for n in range(4):
                booth.show(bar(50_000.0 + n, n=n), is_end=True)
            told = [(await socket.receive()).data for _ in range(9)]
        bars = [json.loads(one)["data"]["k"]["c"] for one in told if "kline" in one and one.endswith("}")]
        quotes = [json.loads(one)["data"] for one in told if "bookTicker" in one]
        assert bars == ["-1.50000000", "50001.00000000", "50001.00000000", "50003.00000000"]
        assert sum("kline" in one for one in told) == 5
        assert [one["a"] for one in quotes[:2]] == [None, "50001.01000000"]
        assert len(quotes[2]["x_padding"]) == 4_000

    faults = [{"do": "bad_price", "at": "on_bar", "how": "negative"}, {"do": "repeated_bar", "nth": 2},
              {"do": "malformed", "at": "on_bar", "nth": 3}, {"do": "bad_price", "at": "on_quote", "how": "null"},
              {"do": "grown", "at": "on_quote", "nth": 3, "size": 4_000}]  # fmt: skip
    play(tmp_path, scene, *faults)


@pytest.mark.parametrize("confirm", [True, False])
def test_F46_a_price_stream_never_begins(tmp_path: Path, confirm: bool) -> None:
    async def scene(hands: Hands) -> None:
        async with hands.http.ws_connect(f"{hands.base}/ws") as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 4})
            if confirm:
                assert await socket.receive_json() == {"result": None, "id": 4}
            Booth(hands.server.house, hands.server.sockets).show(bar(50_001.0), is_end=True)
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.2)

    play(tmp_path, scene, {"do": "lost_subscription", "confirm": confirm})


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"do": "error_after_accept", "status": 504}, 504, -1007), ({"do": "rate_limited", "at": "submit", "after": "3s"}, 429, -1003),
        ({"do": "slow_loris", "at": "submit", "lasts": "1ms"}, 200, 0), ({"do": "late_reply", "at": "submit", "after": "1ms"}, 200, 0),
        ({"do": "garbage", "at": "submit"}, -1, 0), ({"do": "half_reply", "at": "submit"}, 0, 0), ({"do": "disconnect", "at": "submit"}, 0, 0),
    ],
)  # fmt: skip
def test_F04_F10_F54_an_order_on_a_websocket_meets_a_fault(tmp_path: Path, fault: Json, status: int, code: int) -> None:
    async def scene(hands: Hands) -> None:
        async with hands.http.ws_connect(f"{hands.base}/ws-api/v3") as socket:
            await socket.send_json(request("order.place", hands.server.time, newClientOrderId="a", **LOW))
            found = await socket.receive()
            assert (named(hands, "a") is not None) is (status != 429)
            if status <= 0:
                assert (found.type is aiohttp.WSMsgType.TEXT) is (status == -1)
                return
            body = json.loads(found.data)
            assert (body["status"], body.get("error", {}).get("code", 0)) == (status, code)
            if status == 429:
                data = body["error"]["data"]
                assert data["retryAfter"] - data["serverTime"] == 3_000
            else:
                assert frame_faults("WsApiResponse", body) == []

    play(tmp_path, scene, fault)
