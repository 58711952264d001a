"""The plain venue's websocket.

Connections in, requests to the desk, announcements out.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from openbell.core.types import NS
from openbell.wire.deeds import DEEDS
from openbell.wire.log import Log
from openbell.wire.mischief import Frame, Mischief, Outcome, merge
from openbell.wire.plain import request as rq
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.desk import Desk
from openbell.wire.plain.hands import Hands, framed
from openbell.wire.script import Rule
from openbell.wire.windows import Windows

QUEUE = 20_000
"""Frames that may wait for a client; one that reads slower is cut off, for executions are never dropped."""
BEAT_NS = 1 * NS
"""Between two heartbeats."""
_MAX_FRAME = 1 << 16
_MOMENT_S = 0.001
"""What a stall ends behind its time, so that it has surely ended."""


class Client:
    """One connection: what it has asked for, and what waits for it."""

    def __init__(self, number: int, http: web.Request, socket: web.WebSocketResponse) -> None:
        """Begin without a hello and without streams."""
        self.number = number
        self.http = http
        self.socket = socket
        self.is_known = False
        self.streams: set[tuple[str, str]] = set()
        self.waiting: asyncio.Queue[str | None] = asyncio.Queue(QUEUE)

    def wants(self, frame: Frame) -> bool:
        """Return True if the client has subscribed to what this frame announces."""
        has_symbol = frame.stream in ("bars", "quotes")
        return frame.stream == "status" or (frame.stream, frame.symbol if has_symbol else "") in self.streams

    async def send_on(self) -> None:
        """Send what waits until told to end."""
        while (text := await self.waiting.get()) is not None:
            await self.socket.send_str(text)


class Server:
    """The venue with its door open.

    Attributes:
        desk, mischief, log: What it knows, what goes wrong, what it writes down. windows: What lasts for a while.
    """

    def __init__(self, desk: Desk, rules: list[Rule], log: Log, now: Callable[[], int]) -> None:
        """Open over `desk` with the faults of a script; `now` tells UTC time in ns."""
        self.desk = desk
        self.mischief = Mischief(rules, Hands(desk), DEEDS)
        self.log = log
        self.windows = Windows(log, now)
        desk.clerk.note = lambda frame: log.write(self.time, "booked", {"frame": frame})
        self._clients: dict[int, Client] = {}
        self._number = 0
        self._held: list[tuple[Client, str]] = []

    @property
    def clients(self) -> list[Client]:
        """The connections there are."""
        return list(self._clients.values())

    @property
    def time(self) -> int:
        """The venue's clock, UTC ns."""
        return self.windows.time

    # --- connections --------------------------------------------------------------------------------------------

    async def connect(self, http: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if self.windows.is_during("down"):
            self.log.write(self.time, "turned_away", {})
            return web.Response(status=503, text="down for maintenance")
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME)
        await socket.prepare(http)
        self._number += 1
        client = Client(self._number, http, socket)
        self._clients[client.number] = client
        self.log.write(self.time, "connected", {"client": client.number})
        sender = asyncio.create_task(client.send_on())
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self.receive(client, message.data)
        finally:
            sender.cancel()
            self._clients.pop(client.number, None)
            self.log.write(self.time, "disconnected", {"client": client.number})
        return socket

    def receive(self, client: Client, text: str | bytes) -> None:
        """Take one frame from a client and send what comes of it."""
        now = self.time
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        self.log.write(now, "received", {"client": client.number, "frame": shown})
        try:
            request = rq.parse(text)
        except (msgspec.MsgspecError, ValueError) as error:
            self._post(client, Frame(stream="reply", body=_bad(text, str(error))))
            return
        if not client.is_known and not isinstance(request, rq.Hello):
            body = {"re": request.id, "ok": False, "status": 401, "code": "no_hello", "text": "say hello first"}
            self._post(client, Frame(stream="reply", body=body))
            return
        outcome = self.mischief.answer(request, now)
        self._note(client, request, outcome)
        self._carry_out(outcome, client)

    def _note(self, client: Client, request: rq.AnyRequest, outcome: Outcome) -> None:
        """Remember what a hello or a subscription changed, where it was carried out."""
        if isinstance(request, rq.Hello) and outcome.is_done:
            client.is_known = True
        elif isinstance(request, rq.Subscribe) and outcome.is_done:
            client.streams.add((request.stream, request.symbol))

    # --- what goes out ------------------------------------------------------------------------------------------

    def publish(self, pushes: Iterable[Push]) -> None:
        """Announce what happened by itself: fills of a bar, acts of the operator."""
        found = Outcome()
        for push in pushes:
            merge(found, self.mischief.announce(framed(push), self.time))
        self._carry_out(found, None)

    def _carry_out(self, outcome: Outcome, asker: Client | None) -> None:
        self.windows.open(outcome)
        for frame in outcome.frames:
            if frame.delay:
                asyncio.get_running_loop().call_later(frame.delay / NS, self._emit, frame, asker)
            else:
                self._emit(frame, asker)
        if outcome.cut:
            self.log.write(self.time, "fault", {"what": "cut", "whose": outcome.cut})
            self.cut([asker] if outcome.cut == "own" and asker is not None else self.clients)

    def _emit(self, frame: Frame, asker: Client | None) -> None:
        if frame.stream == "reply":
            if asker is not None:
                self._post(asker, frame)
            return
        is_account = frame.stream in ("orders", "executions")
        if (is_account and self.windows.is_during("mute")) or (not is_account and self.windows.is_during("mute_data")):
            self.log.write(self.time, "swallowed", {"frame": frame.body})
            return
        for client in self.clients:
            if client.is_known and client.wants(frame):
                self._post(client, frame)

    def _post(self, client: Client, frame: Frame) -> None:
        text = frame.raw if frame.raw is not None else msgspec.json.encode(frame.body).decode()
        if frame.stream != "held" and (self._held or self.windows.is_during("stall")):
            # What comes just behind a stall waits with the rest: nothing overtakes.
            self._held.append((client, text))
            asyncio.get_running_loop().call_later(self.windows.left("stall") / NS + _MOMENT_S, self._release)
            return
        if frame.stream not in ("bars", "quotes", "beat"):
            self.log.write(self.time, "sent", {"client": client.number, "frame": text})
        if client.waiting.full():
            self.log.write(self.time, "too_slow", {"client": client.number})
            self.cut([client])
            return
        client.waiting.put_nowait(text)

    def _release(self) -> None:
        held, self._held = self._held, []
        for client, text in held:
            self._post(client, Frame(stream="held", raw=text))

    def cut(self, clients: Iterable[Client]) -> None:
        """End connections without a farewell."""
        for client in clients:
            transport = client.http.transport
            if transport is not None:
                transport.abort()

    async def beat_on(self) -> None:
        """Send heartbeats and sync the log, for ever."""
        while True:
            await asyncio.sleep(BEAT_NS / NS)
            self.log.sync()
            frame = Frame(stream="beat", body={"ev": "beat", "time": self.time})
            for client in self.clients:
                self._post(client, frame)

    async def close(self) -> None:
        """End every connection in good order."""
        for client in self.clients:
            await client.socket.close(code=WSCloseCode.GOING_AWAY, message=b"the venue closes")


def _bad(text: str | bytes, why: str) -> dict[str, Any]:
    """Return the reply to a frame that is none, with its id where that can be read."""
    try:
        found = msgspec.json.decode(text)
        number = found.get("id", 0) if isinstance(found, dict) else 0
    except (msgspec.MsgspecError, ValueError):
        number = 0
    return {"re": number, "ok": False, "status": 400, "code": "bad_frame", "text": why}
