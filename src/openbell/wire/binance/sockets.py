"""Who is connected, and who hears what."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import WSCloseCode, web

from openbell.core.types import NS
from openbell.wire.binance.api import Api
from openbell.wire.binance.asked import Asked
from openbell.wire.binance.forms import Json, millis
from openbell.wire.binance.frames import Client, is_frame, parsed
from openbell.wire.binance.stamps import unit_of
from openbell.wire.door import Door
from openbell.wire.mischief import Frame

PING_S = 20.0
_MAX_FRAME = 1 << 20


class Sockets:
    """Every open websocket.

    Attributes:
        log: What was said on them. door: Their way out.
    """

    def __init__(self, api: Api, door: Door) -> None:
        """Answer by `api`; what clients are told goes through `door`."""
        self.log = door.log
        self.door = door
        door.deliver, door.cut, door.deafen = self.deliver, self.cut_all, self.deafen
        self._api = api
        self._clients: dict[int, Client] = {}
        self._number = 0

    def _now(self) -> int:
        return self.door.time

    def clients(self) -> list[Client]:
        """Return who is connected."""
        return list(self._clients.values())

    def is_heard(self) -> bool:
        """Return True while somebody listens to prices."""
        return any(client.wanted for client in self._clients.values())

    async def serve(
        self, http: web.Request, streams: set[str] | None, *, is_combined: bool = False
    ) -> web.StreamResponse:
        """Serve one connection until it ends: of the websocket API where `streams` is None."""
        windows = self.door.windows
        if windows.is_during("down") or windows.is_during("ban"):
            self.log.write(self._now(), "turned_away", {"path": http.path})
            if windows.is_during("down"):
                return web.Response(status=503)
            return web.Response(status=418, headers={"Retry-After": str(-(-windows.left("ban") // NS))})
        is_fine = unit_of(http.query.get("timeUnit", ""))
        if is_fine is None:
            return web.Response(status=400)
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME, heartbeat=PING_S)
        await socket.prepare(http)
        self._number += 1
        client = Client(self._number, http, socket, streams or set(), is_combined=is_combined)
        client.is_fine, client.since = is_fine, self._now()
        self._clients[client.number] = client
        self.log.write(self._now(), "connected", {"client": client.number, "path": http.path})
        sender = asyncio.create_task(client.send_on())
        try:
            async for message in socket:
                if is_frame(message.type):
                    await self._receive(client, message.data, is_api=streams is None)
        finally:
            sender.cancel()
            self._clients.pop(client.number, None)
            self.log.write(self._now(), "disconnected", {"client": client.number})
        return socket

    async def _receive(self, client: Client, raw: str | bytes, *, is_api: bool) -> None:
        if is_api:
            number, asked = self._api.read(client, raw)
            replies, is_cut = self.door.take(asked)
            replies = [msgspec.structs.replace(one, body=self._api.told(number, asked, one)) for one in replies]
        elif client.is_hasty(self._now()):
            await client.socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"Too many requests")
            return
        else:
            replies, is_cut = self.door.take(commanded(client, raw))
        if is_cut:
            self.cut([client])
            return
        for frame in replies:
            self._reply(client, frame)

    def _reply(self, client: Client, frame: Frame) -> None:
        # One frame cannot trickle: it comes when the last of it would.
        wait = frame.delay + (frame.lasts if frame.way == "drip" else 0)
        if wait:
            now = msgspec.structs.replace(frame, delay=0, lasts=0)
            asyncio.get_running_loop().call_later(wait / NS, self._reply, client, now)
            return
        if frame.way == "half":
            # Half a frame is none to who hears it.
            self.cut([client])
        else:
            self.post(client, frame.body, frame)

    def post(self, client: Client, body: Any, frame: Frame | None = None) -> None:
        """Send a frame, whole or as `frame` has it; a client that reads too slowly is cut off."""
        if client.is_deaf:
            self.log.write(self._now(), "swallowed", {"client": client.number, "frame": body})
            return
        is_broken = frame is not None and frame.way == "broken"
        if not client.post(body, raw=frame.raw if frame is not None else None, is_broken=is_broken):
            self.log.write(self._now(), "too_slow", {"client": client.number})
            self.cut([client])

    def deliver(self, frame: Frame) -> None:
        """Send an announcement to those who want it."""
        for client in self.clients():
            if frame.stream in ("orders", "executions", "account"):
                for number in client.user:
                    self.post(client, {"subscriptionId": number, "event": frame.body}, frame)
            elif frame.topic in client.wanted:
                is_wrapped = client.is_combined
                self.post(client, {"stream": frame.topic, "data": frame.body} if is_wrapped else frame.body, frame)

    def deafen(self) -> None:
        """Let every client that is there hear nothing more."""
        for client in self._clients.values():
            client.is_deaf = True

    def wanted(self, symbol: str) -> set[str]:
        """Return the streams of a symbol that somebody listens to, without the symbol."""
        head = f"{symbol.lower()}@"
        return {
            name.removeprefix(head) for client in self._clients.values() for name in client.wanted
            if name.startswith(head)
        }  # fmt: skip

    def price(self, name: str, event: Any) -> None:
        """Tell an event of a market stream."""
        symbol, _, kind = name.partition("@")
        stream = "prices"
        if kind.startswith("kline_") and event["k"]["x"]:
            stream = "bars"
        elif kind == "bookTicker":
            stream = "quotes"
        self.door.publish(Frame(stream=stream, topic=name, body=event, symbol=symbol.upper()))

    def cut(self, clients: Iterable[Client]) -> None:
        """End connections without a farewell."""
        for client in clients:
            transport = client.http.transport
            if transport is not None:
                transport.abort()

    def cut_all(self) -> None:
        """End every socket without a farewell."""
        self.cut(self.clients())

    async def close(self) -> None:
        """Close every connection in good order, and say before that it will be."""
        for client in self.clients():
            if not client.socket.closed:
                await client.say(farewell(client, self._now()))
            await client.socket.close(code=WSCloseCode.GOING_AWAY)


def farewell(client: Client, now: int) -> Json:
    """Return how a client is told at `now` (UTC ns) that the server goes down."""
    event = {"e": "serverShutdown", "E": millis(now)}
    return {"event": event} if client.user else {"stream": "!serverShutdown", "data": event}


def commanded(client: Client, raw: str | bytes) -> Asked:
    """Return what a frame asks of a market stream.

    Only a subscription has a place in fault scripts.
    """
    frame = parsed(raw)
    names = frame.get("params") if frame.get("method") == "SUBSCRIBE" else None
    first = str(names[0]) if isinstance(names, list) and names else ""
    return Asked(
        place="subscribe" if first else "", act=lambda: client.command(raw), symbol=first.partition("@")[0].upper(),
        claim={"result": None, "id": frame.get("id")}, is_stream=True,
    )  # fmt: skip
