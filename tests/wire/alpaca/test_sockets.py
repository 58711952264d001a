import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from openbell.wire.alpaca import sockets
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
        message = await self.socket.receive(timeout=10)
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
