"""One websocket: what waits to be sent, and what it has subscribed to."""

import asyncio
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from openbell.core.types import NS
from openbell.wire.binance.forms import Json, parse
from openbell.wire.binance.stamps import fine

QUEUE = 20_000
"""Frames that may wait for a client; one that reads slower is cut off."""
MOST_STREAMS = 1024
MOST_SAID = 5
"""Frames that a client of a market stream may send in a second."""
MOST_IDS = 65_535


class Client:
    """One websocket.

    Attributes:
        number: Which. is_combined: Its market events come wrapped with the name of their stream.
        wanted: Streams it has subscribed to. user: Ids of its subscriptions to the account, at most one.
        is_known: It has logged on, and needs to sign no more. is_deaf: It hears nothing more.
        is_fine: It is told instants in microseconds. since, known_since: When it came and when it logged on, UTC ns.
    """

    def __init__(
        self, number: int, http: web.Request, socket: web.WebSocketResponse, streams: set[str], *, is_combined: bool
    ) -> None:
        """Begin with some market streams."""
        self.number = number
        self.http = http
        self.socket = socket
        self.is_combined = is_combined
        self.wanted = streams
        self.user: list[int] = []
        self.is_known = False
        self.is_deaf = False
        self.is_fine = False
        self.since = self.known_since = 0
        self.given = 0
        self._second, self._said = 0, 0
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(QUEUE)

    def post(self, body: Any, *, raw: str | None = None, is_broken: bool = False) -> bool:
        """Line a frame up; False where too many wait already.

        Args:
            body: What it says.
            raw: Said in its place, None for nothing.
            is_broken: Without its end.
        """
        if self._waiting.full():
            return False
        made = msgspec.json.encode(fine(body) if self.is_fine else body).decode() if raw is None else raw
        self._waiting.put_nowait(made[: len(made) * 2 // 3] if is_broken else made)
        return True

    def end(self) -> None:
        """Close the socket behind what waits."""
        if not self._waiting.full():
            self._waiting.put_nowait(None)

    def is_hasty(self, now: int) -> bool:
        """Count a frame that came at `now` (ns).

        Return True if there were too many in this second.
        """
        second = now // NS
        self._said = self._said + 1 if second == self._second else 1
        self._second = second
        return self._said > MOST_SAID

    def command(self, raw: str | bytes) -> Json:
        """Carry out what a frame asks of a market stream, and return the answer."""
        try:
            frame = parse(raw)
        except (msgspec.MsgspecError, ValueError):
            return {"code": 3, "msg": "Invalid JSON: expected value"}
        if not isinstance(frame, dict) or not isinstance(frame.get("method"), str):
            return {"code": 2, "msg": "Invalid request: method is required"}
        method, params, number = frame["method"], frame.get("params") or [], frame.get("id")
        if not isinstance(params, list):
            return {"code": 2, "msg": "Invalid request: params must be a list", "id": number}
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": sorted(self.wanted), "id": number}
        if method == "SET_PROPERTY" and len(params) == 2 and params[0] == "combined":
            self.is_combined = params[1] is True
        elif method == "GET_PROPERTY" and params[:1] == ["combined"]:
            return {"result": self.is_combined, "id": number}
        elif method in ("SUBSCRIBE", "UNSUBSCRIBE") and all(isinstance(one, str) for one in params):
            return self._subscribe(set(params), number, is_on=method == "SUBSCRIBE")
        else:
            return {"code": 2, "msg": f"Invalid request: unknown variant {method}", "id": number}
        return {"result": None, "id": number}

    def _subscribe(self, names: set[str], number: Any, *, is_on: bool) -> Json:
        found = self.wanted | names if is_on else self.wanted - names
        if len(found) > MOST_STREAMS:
            return {"code": 2, "msg": f"Invalid request: more than {MOST_STREAMS} streams", "id": number}
        self.wanted = found
        return {"result": None, "id": number}

    async def send_on(self) -> None:
        """Send what waits until told to end, or until nobody is there."""
        while (frame := await self._waiting.get()) is not None:
            if not await self._send(frame):
                return
        await self.socket.close()

    async def say(self, body: Any) -> None:
        """Send a frame at once, before everything that waits."""
        await self._send(msgspec.json.encode(body).decode())

    async def _send(self, frame: str) -> bool:
        """Send a frame; False where nobody is there any more."""
        try:
            await self.socket.send_str(frame)
        except ConnectionError:
            # Whoever reads the socket sees its end, too, and writes it down.
            return False
        return True


def parsed(raw: str | bytes) -> Json:
    """Return a frame as data, empty where it is no object."""
    try:
        frame = parse(raw)
    except (msgspec.MsgspecError, ValueError):
        return {}
    return frame if isinstance(frame, dict) else {}


def is_frame(kind: WSMsgType) -> bool:
    """Return True for what carries words."""
    return kind in (WSMsgType.TEXT, WSMsgType.BINARY)
