"""Who is connected, and who hears what."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import WSCloseCode, web

from openbell.core.types import NS
from openbell.wire.binance.api import Api
from openbell.wire.binance.forms import Json
from openbell.wire.binance.frames import Client, is_frame
from openbell.wire.log import Log

PING_S = 20.0
_MAX_FRAME = 1 << 20


class Sockets:
    """Every open websocket.

    Attributes:
        log: What was said on them.
    """

    def __init__(self, api: Api, log: Log, now: Callable[[], int]) -> None:
        """Answer by `api`; `now` tells UTC time in ns."""
        self.log = log
        self._api = api
        self._now = now
        self._clients: dict[int, Client] = {}
        self._number = 0

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
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME, heartbeat=PING_S)
        await socket.prepare(http)
        self._number += 1
        client = Client(self._number, http, socket, streams or set(), is_combined=is_combined)
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
            told, note = self._api.answer(client, raw)
            self.log.write(self._now(), "asked", {"client": client.number, **note})
            self.post(client, told)
        elif client.is_hasty(self._now()):
            await client.socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"Too many requests")
        else:
            self.post(client, client.command(raw))

    def post(self, client: Client, body: Any) -> None:
        """Send a frame; a client that reads too slowly is cut off."""
        if not client.post(body):
            self.log.write(self._now(), "too_slow", {"client": client.number})
            self.cut([client])

    def tell(self, event: Json) -> None:
        """Tell an event of the account to whoever has subscribed to it."""
        for client in self.clients():
            for number in client.user:
                self.post(client, {"subscriptionId": number, "event": event})

    def wanted(self, symbol: str) -> set[str]:
        """Return the streams of a symbol that somebody listens to, without the symbol."""
        head = f"{symbol.lower()}@"
        return {
            name.removeprefix(head) for client in self._clients.values() for name in client.wanted
            if name.startswith(head)
        }  # fmt: skip

    def price(self, name: str, event: Any) -> None:
        """Tell an event of a market stream."""
        for client in self.clients():
            if name in client.wanted:
                self.post(client, {"stream": name, "data": event} if client.is_combined else event)

    def cut(self, clients: Iterable[Client]) -> None:
        """End connections without a farewell."""
        for client in clients:
            transport = client.http.transport
            if transport is not None:
                transport.abort()

    async def close(self) -> None:
        """Close every connection in good order, and say before that it will be."""
        now = self._now() // (NS // 1000)
        for client in self.clients():
            event = {"e": "serverShutdown", "E": now}
            told = {"event": event} if client.user else {"stream": "!serverShutdown", "data": event}
            if not client.socket.closed:
                await client.say(told)
            await client.socket.close(code=WSCloseCode.GOING_AWAY)
