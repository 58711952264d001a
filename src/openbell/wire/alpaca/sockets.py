"""Who is connected: keys, subscriptions, and who hears what."""

import asyncio
import hmac
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from openbell.wire.alpaca.forms import Json, first
from openbell.wire.alpaca.stream import CHANNELS, Client, failed, is_frame
from openbell.wire.log import Log

AUTH_S = 10.0
"""How long a price stream waits for keys, seconds."""
_MAX_FRAME = 1 << 20


class Keys:
    """The one key of the account."""

    def __init__(self, key: str, secret: str) -> None:
        """Keep the key and its secret."""
        self.key = key
        self._secret = secret

    def fit(self, key: str, secret: str) -> bool:
        """Return True if these are the account's, whatever they are made of."""
        is_key = hmac.compare_digest(key.encode(), self.key.encode())
        return hmac.compare_digest(secret.encode(), self._secret.encode()) and is_key

    def in_headers(self, http: web.Request) -> bool:
        """Return True if a request carries them."""
        headers = http.headers
        return self.fit(headers.get("APCA-API-KEY-ID", ""), headers.get("APCA-API-SECRET-KEY", ""))


class Sockets:
    """Every open websocket.

    Attributes:
        log: What was said on them.
    """

    def __init__(self, keys: Keys, log: Log, now: Callable[[], int]) -> None:
        """Take clients who have `keys`; `now` tells UTC time in ns."""
        self.log = log
        self._keys = keys
        self._now = now
        self._clients: dict[int, Client] = {}
        self._number = 0

    def of(self, feed: str) -> list[Client]:
        """Return the clients of a feed."""
        return [client for client in self._clients.values() if client.feed == feed]

    async def serve(self, http: web.Request, feed: str) -> web.StreamResponse:
        """Serve one connection until it ends."""
        socket = web.WebSocketResponse(max_msg_size=_MAX_FRAME, compress=feed != "account")
        await socket.prepare(http)
        self._number += 1
        client = Client(self._number, feed, http, socket)
        self._clients[client.number] = client
        self.log.write(self._now(), "connected", {"client": client.number, "feed": feed})
        sender = asyncio.create_task(client.send_on())
        watch = asyncio.get_running_loop().call_later(AUTH_S, self._expire, client)
        if feed != "account":
            client.post([{"T": "success", "msg": "connected"}])
            if self._keys.in_headers(http):
                self._admit(client)
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

    def post(self, client: Client, body: Any) -> None:
        """Send a frame; a client that reads too slowly is cut off."""
        if client.feed == "account":
            self.log.write(self._now(), "sent", {"client": client.number, "frame": body})
        if not client.post(body):
            self.log.write(self._now(), "too_slow", {"client": client.number})
            self.cut([client])

    def cut(self, clients: Iterable[Client]) -> None:
        """End connections without a farewell."""
        for client in clients:
            transport = client.http.transport
            if transport is not None:
                transport.abort()

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
        if client.feed == "account":
            self._account(client, action, body)
        else:
            self._prices(client, action, body)

    def _account(self, client: Client, action: str, body: Json) -> None:
        data = body.get("data") if isinstance(body.get("data"), dict) else {}
        if action in ("auth", "authenticate"):
            key, secret = first(data or body, "key_id" if data else "key"), first(data or body, _secret_name(data))
            client.is_known = self._keys.fit(str(key), str(secret))
            status = "authorized" if client.is_known else "unauthorized"
            said = {"status": status, "action": "authenticate"}
            self.post(client, {"stream": "authorization", "data": said})
            if not client.is_known:
                client.end()
        elif action == "listen" and client.is_known:
            streams = [str(name) for name in (data or {}).get("streams", []) if name == "trade_updates"]
            client.is_listening = bool(streams)
            self.post(client, {"stream": "listening", "data": {"streams": streams}})
        elif action == "listen":
            said = {"status": "unauthorized", "action": "listen"}
            self.post(client, {"stream": "authorization", "data": said})

    def _prices(self, client: Client, action: str, body: Json) -> None:
        if action == "auth":
            if client.is_known:
                self.post(client, failed(403, "already authenticated"))
            elif self._keys.fit(str(body.get("key", "")), str(body.get("secret", ""))):
                self._admit(client)
            else:
                self.post(client, failed(402, "auth failed"))
                client.end()
        elif action not in ("subscribe", "unsubscribe"):
            self.post(client, failed(400, "invalid syntax"))
        elif not client.is_known:
            self.post(client, failed(401, "not authenticated"))
        else:
            self.post(client, [client.subscribe(body, is_on=action == "subscribe")])

    def _admit(self, client: Client) -> None:
        """Let a client in that has shown its keys: one for each feed."""
        if any(other.is_known for other in self.of(client.feed)):
            self.post(client, failed(406, "connection limit exceeded"))
            client.end()
            return
        client.is_known = True
        self.post(client, [{"T": "success", "msg": "authenticated"}])

    # --- what they are told -------------------------------------------------------------------------------------

    def update(self, body: Json) -> None:
        """Tell the account's stream."""
        for client in self.of("account"):
            if client.is_listening:
                self.post(client, body)

    def price(self, feed: str, channel: str, symbol: str, row: Json) -> None:
        """Tell a price to those who have subscribed to it."""
        frame = [{"T": CHANNELS[channel], "S": symbol, **row}]
        for client in self.of(feed):
            if client.wants(channel, symbol):
                self.post(client, frame)


def _secret_name(data: Json | None) -> str:
    return "secret_key" if data else "secret"
