import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from openbell.wire.alpaca import sockets
from openbell.wire.alpaca.market import Booth
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import HEADERS, T0, Hands, order, running

KEYS = {"key": "PKTEST", "secret": "secret"}


class Line:
    """One websocket at a front."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, **frame: Any) -> Any:
        """Send a frame and return the next one."""
        await self.socket.send_str(msgspec.json.encode(frame).decode())
        return await self.hear()

    async def hear(self) -> Any:
        """Return the next frame; None where the line ends."""
        message = await self.socket.receive(timeout=180)
        is_words = message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
        return msgspec.json.decode(message.data) if is_words else None


def play(folder: Path, scene: Any) -> None:
    async def run() -> None:
        async with running(folder) as hands:
            await scene(hands)

    asyncio.run(run())


async def line(hands: Hands, path: str, headers: dict[str, str] | None = None) -> Line:
    return Line(await hands.http.ws_connect(hands.base + path, headers=headers or {}))


@pytest.mark.parametrize("form", [{"action": "auth", **KEYS},
                                  {"action": "authenticate", "data": {"key_id": "PKTEST", "secret_key": "secret"}}])  # fmt: skip
def test_the_account_is_heard_after_keys_in_either_form_and_a_listen(tmp_path: Path, form: dict[str, Any]) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/stream")
        said = await one.say(**form)
        assert spec.frame_faults("TradingAuthorization", said) == []
        assert said["data"]["status"] == "authorized"
        listening = await one.say(action="listen", data={"streams": ["trade_updates", "other"]})
        assert listening == {"stream": "listening", "data": {"streams": ["trade_updates"]}}
        await hands.ask("POST", "/v2/orders", order())
        update = await one.hear()
        assert (update["data"]["event"], spec.frame_faults("TradeUpdate", update)) == ("new", [])

    play(tmp_path, scene)


async def heard(hands: Hands, headers: dict[str, str]) -> aiohttp.WSMsgType:
    """Return in which kind of frame the account's stream says that the keys fit."""
    socket = await hands.http.ws_connect(hands.base + "/stream", headers=headers)
    await socket.send_str(msgspec.json.encode({"action": "auth", **KEYS}).decode())
    return (await socket.receive(timeout=180)).type


@pytest.mark.parametrize(
    ("account", "headers", "kind"),
    [
        ("PA3K9ZQ1L7XY", {}, aiohttp.WSMsgType.BINARY),
        ("PA3K9ZQ1L7XY", {"Content-Type": "application/json"}, aiohttp.WSMsgType.TEXT),
        ("912345678", {}, aiohttp.WSMsgType.TEXT),
    ],
)
def test_the_account_is_told_in_text_where_it_is_no_paper_account_or_the_client_asks_for_it(
    account: str, headers: dict[str, str], kind: aiohttp.WSMsgType, tmp_path: Path
) -> None:
    async def run() -> aiohttp.WSMsgType:
        async with running(tmp_path, account=account) as hands:
            return await heard(hands, headers)

    assert asyncio.run(run()) == kind


@pytest.mark.parametrize("path", ["/v1beta1/indicative", "/v1beta1/opra", "/v1beta1/news", "/v1beta1/overnight"])
def test_feeds_on_which_nothing_happens_take_keys_and_subscriptions(tmp_path: Path, path: str) -> None:
    channel = "news" if path.endswith("news") else "trades"

    async def scene(hands: Hands) -> None:
        one = await line(hands, path, HEADERS)
        assert [(await one.hear())[0]["msg"] for _ in range(2)] == ["connected", "authenticated"]
        assert (await one.say(action="subscribe", **{channel: ["*"]}))[0][channel] == ["*"]
        assert (await one.say(action="subscribe", **{channel: "AAPL"}))[0]["code"] == 400

    play(tmp_path, scene)


def test_the_stock_that_does_not_exist_is_quoted_on_the_test_stream_alone(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one, two = await line(hands, "/v2/test", HEADERS), await line(hands, "/v2/iex", HEADERS)
        for each in (one, two):
            await each.hear()
            await each.hear()
            await each.say(action="subscribe", quotes=["FAKEPACA", "AAPL"], bars=["FAKEPACA"])
        Booth(hands.server.house, hands.server.price, hands.server.sockets.wants).finish(T0, is_end=True)
        quote, minute = await one.hear(), await one.hear()
        assert [(row[0]["T"], row[0]["S"]) for row in (quote, minute)] == [("q", "FAKEPACA"), ("b", "FAKEPACA")]
        assert [spec.frame_faults("DataFrame", row) for row in (quote, minute)] == [[], []]
        hands.server.price("quotes", "AAPL", {"t": T0, "bp": 1.0})
        assert (await two.hear())[0]["S"] == "AAPL"
        assert (await hands.ask("POST", "/v2/orders", order(symbol="FAKEPACA")))[0] == 422

    play(tmp_path, scene)


def test_wrong_keys_end_the_line(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/stream")
        early = await one.say(action="listen", data={"streams": ["trade_updates"]})
        assert early["data"] == {"status": "unauthorized", "action": "listen"}
        assert (await one.say(action="auth", key="PKTEST", secret="no"))["data"]["status"] == "unauthorized"
        assert await one.hear() is None
        two = await line(hands, "/v2/iex")
        await two.hear()
        assert (await two.say(action="auth", key="PKBAD", secret="secret"))[0]["code"] == 402
        assert await two.hear() is None

    play(tmp_path, scene)


def test_prices_begin_with_a_welcome_and_follow_the_subscription(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/v2/iex")
        assert await one.hear() == [{"T": "success", "msg": "connected"}]
        assert (await one.say(action="subscribe", bars=["AAPL"]))[0]["code"] == 401
        assert await one.say(action="auth", **KEYS) == [{"T": "success", "msg": "authenticated"}]
        assert (await one.say(action="auth", **KEYS))[0]["code"] == 403
        assert (await one.say(action="dance"))[0]["code"] == 400
        # Books are told of coins alone.
        assert (await one.say(action="subscribe", orderbooks=["AAPL"]))[0]["code"] == 410
        assert (await one.say(action="subscribe", bars=["AAPL"]))[0]["bars"] == ["AAPL"]
        hands.server.price("bars", "SPY", {"t": T0})
        hands.server.price("bars", "AAPL", {"t": T0, "c": 1.0})
        assert await one.hear() == [{"T": "b", "S": "AAPL", "t": "2026-11-20T12:00:00Z", "c": 1.0}]

    play(tmp_path, scene)


def test_a_feed_takes_one_client_at_a_time_by_headers_too(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/v2/iex", HEADERS)
        assert [(await one.hear())[0]["msg"] for _ in range(2)] == ["connected", "authenticated"]
        two = await line(hands, "/v2/sip")
        await two.hear()
        assert (await two.say(action="auth", **KEYS))[0]["code"] == 406
        await one.socket.close()
        three = await line(hands, "/v2/iex", HEADERS)
        assert [(await three.hear())[0]["msg"] for _ in range(2)] == ["connected", "authenticated"]

    play(tmp_path, scene)


def test_who_shows_no_keys_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/v2/iex")
        await one.hear()
        assert (await one.hear())[0]["code"] == 404
        assert await one.hear() is None

    monkeypatch.setattr(sockets, "AUTH_S", 0.05)
    play(tmp_path, scene)


def test_no_secret_stands_in_the_log(tmp_path: Path) -> None:
    async def scene(hands: Hands) -> None:
        one = await line(hands, "/stream")
        await one.say(action="auth", key="PKTEST", secret="hush-hush")
        await one.say(action="authenticate", data={"key_id": "PKTEST", "secret_key": "hush-hush"})

    play(tmp_path, scene)
    text = (tmp_path / "front.log").read_text()
    assert "authenticate" in text
    assert "hush" not in text
