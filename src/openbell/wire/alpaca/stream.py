"""The three kinds of websocket: the account's updates, prices of stocks, prices of coins."""

import asyncio
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from openbell.wire.alpaca.forms import Json, instant, packed_instant

QUEUE = 20_000
"""Frames that may wait for a client; one that reads slower is cut off."""
_STOCKS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
CHANNELS = {"trades": "t", "quotes": "q", "bars": "b", "updatedBars": "u", "dailyBars": "d", "statuses": "s",
            "lulds": "l", "orderbooks": "o", "news": "n"}  # fmt: skip
"""Channels of a price stream, with the mark of their messages."""
FEEDS = {
    **dict.fromkeys(("stocks", "test", "boats", "overnight"), _STOCKS),
    "crypto": ("trades", "quotes", "bars", "updatedBars", "dailyBars", "orderbooks"),
    "options": ("trades", "quotes"), "news": ("news",),
}  # fmt: skip
_FOLLOWING = ("corrections", "cancelErrors")
"""Channels that come with the trades of stocks, unasked."""
_MSGPACK, _JSON = "application/msgpack", "application/json"


class Client:
    """One websocket.

    Attributes:
        number, feed: Which; `account`, or the kind of its prices. is_known: It has said who it is.
        is_listening: It hears of the account. wanted: Symbols by channel. is_deaf: It hears nothing more.
        is_leaving: Its socket is closed behind what it is told now.
    """

    def __init__(
        self, number: int, feed: str, http: web.Request, socket: web.WebSocketResponse, *, is_binary: bool = True
    ) -> None:
        """Begin unknown and without streams.

        With `is_binary` the account's updates come as JSON in binary frames, unless the client asks for text.
        """
        self.number = number
        self.feed = feed
        self.http = http
        self.socket = socket
        self.is_known = False
        self.is_listening = False
        self.is_deaf = False
        self.is_leaving = False
        self.wanted: dict[str, set[str]] = {channel: set() for channel in FEEDS.get(feed, ())}
        asked = http.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self._is_packed = asked == _MSGPACK
        self._is_binary = is_binary and asked != _JSON
        self._waiting: asyncio.Queue[bytes | str | None] = asyncio.Queue(QUEUE)

    def read(self, raw: str | bytes) -> Any:
        """Return a frame as data, None where it is none; JSON is taken in any case."""
        try:
            if self._is_packed and isinstance(raw, bytes):
                return msgspec.msgpack.decode(raw)
            return msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError):
            return None

    def post(self, body: Any, *, raw: str | None = None, is_broken: bool = False) -> bool:
        """Line a frame up; False where too many wait already.

        Args:
            body: What it says.
            raw: Said in its place, None for nothing.
            is_broken: Without its end.
        """
        if self._waiting.full():
            return False
        made = self._rendered(body) if raw is None else raw
        self._waiting.put_nowait(made[: len(made) * 2 // 3] if is_broken else made)
        return True

    def end(self) -> None:
        """Close the socket behind what waits."""
        if not self._waiting.full():
            self._waiting.put_nowait(None)

    def _rendered(self, body: Any) -> bytes | str:
        if self.feed == "account":
            made = msgspec.msgpack.encode(body) if self._is_packed else msgspec.json.encode(body)
            return made if self._is_packed or self._is_binary else made.decode()
        write = packed_instant if self._is_packed else instant
        rows = [row | {"t": write(row["t"])} if "t" in row else row for row in body]
        return msgspec.msgpack.encode(rows) if self._is_packed else msgspec.json.encode(rows).decode()

    def wants(self, channel: str, symbol: str) -> bool:
        """Return True if the client has subscribed to a symbol's channel."""
        found = self.wanted.get(channel, set())
        return self.is_known and (symbol in found or "*" in found)

    def subscribe(self, body: Json, *, is_on: bool) -> Json:
        """Add what a frame names to the subscription, or take it out, and return the whole of it."""
        for channel, found in self.wanted.items():
            named = body.get(channel) or []
            if is_on:
                found.update(str(symbol) for symbol in named)
            else:
                found.difference_update(str(symbol) for symbol in named)
        told: Json = {"T": "subscription"} | {channel: sorted(found) for channel, found in self.wanted.items()}
        if FEEDS[self.feed] is _STOCKS:
            told |= dict.fromkeys(_FOLLOWING, told["trades"])
        return told

    async def send_on(self) -> None:
        """Send what waits until told to end."""
        while (frame := await self._waiting.get()) is not None:
            if isinstance(frame, str):
                await self.socket.send_str(frame)
            else:
                await self.socket.send_bytes(frame)
        await self.socket.close()


def is_frame(kind: WSMsgType) -> bool:
    """Return True for what carries words."""
    return kind in (WSMsgType.TEXT, WSMsgType.BINARY)


def failed(code: int, text: str) -> list[Json]:
    """Return what a price stream says of a mistake."""
    return [{"T": "error", "code": code, "msg": text}]
