"""Who is connected: keys, subscriptions, and who hears what."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import web

from openbell.core.types import NS
from openbell.wire.alpaca.rehearsal import SYMBOL as FAKE
from openbell.wire.alpaca.said import Keys, Said, admitted
from openbell.wire.alpaca.stream import CHANNELS, Client, failed, is_frame
from openbell.wire.alpaca.views import is_crypto
from openbell.wire.door import Door
from openbell.wire.mischief import Frame

AUTH_S = 10.0
"""How long a price stream waits for keys, seconds."""
_MAX_FRAME = 1 << 20


class Sockets:
    """Every open websocket.

    Attributes:
        log: What was said on them. door: Their way out. keys: Whose they are.
    """

    def __init__(self, keys: Keys, door: Door, *, is_paper: bool = True) -> None:
        """Take clients who have `keys`; what they are told goes through `door`.

        A paper account's updates come in binary frames, those of real money in text.
        """
        self.log = door.log
        self.door = door
        self.keys = keys
        door.deliver, door.cut, door.deafen = self.deliver, self.cut_all, self.deafen
        self._clients: dict[int, Client] = {}
        self._number = 0
        self._is_paper = is_paper

    def _now(self) -> int:
        return self.door.time

    def of(self, feed: str) -> list[Client]:
        """Return the clients of a feed."""
        return [client for client in self._clients.values() if client.feed == feed]

    def is_heard(self) -> bool:
        """Return True while somebody has subscribed to prices."""
        return any(client.is_known and any(client.wanted.values()) for client in self._clients.values())

    def wants(self, channel: str, symbol: str) -> bool:
        """Return True while somebody has subscribed to a symbol's channel."""
        return any(client.wants(channel, symbol) for client in self._clients.values())

    async def serve(self, http: web.Request, feed: str) -> web.StreamResponse:
        """Serve one connection until it ends."""
        windows = self.door.windows
        if windows.is_during("down") or windows.is_during("ban") or (feed == "account" and windows.is_during("ghost")):
            self.log.write(self._now(), "turned_away", {"feed": feed})
            return web.Response(status=503 if windows.is_during("down") else 429)
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME, compress=feed != "account")
        await socket.prepare(http)
        self._number += 1
        client = Client(self._number, feed, http, socket, is_binary=self._is_paper)
        self._clients[client.number] = client
        self.log.write(self._now(), "connected", {"client": client.number, "feed": feed})
        sender = asyncio.create_task(client.send_on())
        watch = asyncio.get_running_loop().call_later(AUTH_S, self._expire, client)
        if feed != "account":
            client.post([{"T": "success", "msg": "connected"}])
            if self.keys.in_headers(http):
                self.post(client, admitted(client, self))
                if client.is_leaving:
                    client.end()
        try:
            async for message in socket:
                if is_frame(message.type):
                    self._receive(client, message.data)
        finally:
            watch.cancel()
            sender.cancel()
            self._clients.pop(client.number, None)
            self.log.write(self._now(), "disconnected", {"client": client.number})
        return socket

    def _expire(self, client: Client) -> None:
        if not client.is_known and client.feed != "account":
            self.post(client, failed(404, "auth timeout"))
            client.end()

    def post(self, client: Client, body: Any, frame: Frame | None = None) -> None:
        """Send a frame, whole or as `frame` has it; a client that reads too slowly is cut off."""
        if client.is_deaf:
            self.log.write(self._now(), "swallowed", {"client": client.number, "frame": body})
            return
        if client.feed == "account":
            self.log.write(self._now(), "sent", {"client": client.number, "frame": body})
        raw = frame.raw if frame is not None else None
        if not client.post(body, raw=raw, is_broken=frame is not None and frame.way != "whole"):
            self.log.write(self._now(), "too_slow", {"client": client.number})
            self.cut([client])

    def cut(self, clients: Iterable[Client]) -> None:
        """End connections without a farewell."""
        for client in clients:
            transport = client.http.transport
            if transport is not None:
                transport.abort()

    def cut_all(self) -> None:
        """End every socket without a farewell."""
        self.cut(list(self._clients.values()))

    async def close(self) -> None:
        """End every connection in good order."""
        for client in list(self._clients.values()):
            await client.socket.close()

    # --- what clients say ---------------------------------------------------------------------------------------

    def _receive(self, client: Client, raw: str | bytes) -> None:
        body = client.read(raw)
        if not isinstance(body, dict):
            body = {}
        action = str(body.get("action", ""))
        shown = {name: value for name, value in body.items() if name not in ("key", "secret", "data")}
        self.log.write(self._now(), "received", {"client": client.number, "frame": shown | {"action": action}})
        replies, is_cut = self.door.take(Said(client, (action, body), self))
        if is_cut:
            self.cut([client])
            return
        for frame in replies:
            self._reply(client, frame)
        if client.is_leaving:
            client.end()

    def _reply(self, client: Client, frame: Frame) -> None:
        if frame.delay:
            now = msgspec.structs.replace(frame, delay=0)
            asyncio.get_running_loop().call_later(frame.delay / NS, self._reply, client, now)
        else:
            self.post(client, frame.body, frame)

    # --- what they are told -------------------------------------------------------------------------------------

    def deliver(self, frame: Frame) -> None:
        """Send an announcement to those who want it."""
        if frame.stream in ("orders", "executions"):
            for client in self.of("account"):
                if client.is_listening:
                    self.post(client, frame.body, frame)
            return
        body = [{"T": CHANNELS[frame.stream], "S": frame.symbol, **frame.body}]
        feed = "test" if frame.symbol == FAKE else "crypto" if is_crypto(frame.symbol) else "stocks"
        for client in self.of(feed):
            if client.wants(frame.stream, frame.symbol):
                self.post(client, body, frame)

    def deafen(self) -> None:
        """Let every client that is there hear nothing more."""
        for client in self._clients.values():
            client.is_deaf = True
