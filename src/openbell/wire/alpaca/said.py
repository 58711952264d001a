"""What clients say on their sockets, and what they are answered."""

import hmac
from typing import Any, Protocol

from aiohttp import web

from openbell.wire.alpaca.forms import Json, first
from openbell.wire.alpaca.stream import CHANNELS, Client, failed
from openbell.wire.door import Door


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


class Others(Protocol):
    """Every socket there is.

    Attributes:
        keys: Whose they are. door: Their way out.
    """

    keys: Keys
    door: Door

    def of(self, feed: str) -> list[Client]:
        """Return the clients of a feed."""


class Said:
    """What a client said on its socket.

    Attributes:
        place, symbol, feed: Where a fault can strike at it.
    """

    def __init__(self, client: Client, said: tuple[str, Json], others: Others) -> None:
        """Keep what was said, an action and its frame, until it is answered."""
        self.place = "hello" if said[0] in ("auth", "authenticate") else "subscribe"
        self.symbol = ""
        self.feed = client.feed
        self._client = client
        self._action, self._body = said
        self._others = others

    def answer(self) -> list[Any]:
        """Carry it out and return the frames of the answer."""
        return self._account() if self.feed == "account" else self._prices()

    def claim(self) -> list[Any]:
        """Return an answer that says it was done, which it was not."""
        if self.feed == "account":
            return [{"stream": "listening", "data": {"streams": ["trade_updates"]}}]
        client = self._client
        kept = {channel: set(found) for channel, found in client.wanted.items()}
        told = client.subscribe(self._body, is_on=True)
        client.wanted = kept
        return [[told]]

    def _account(self) -> list[Any]:
        client, body, action = self._client, self._body, self._action
        data = body.get("data") if isinstance(body.get("data"), dict) else {}
        if action in ("auth", "authenticate"):
            key, secret = first(data or body, "key_id" if data else "key"), first(data or body, _secret_name(data))
            client.is_known = self._others.keys.fit(str(key), str(secret))
            client.is_leaving = not client.is_known
            status = "authorized" if client.is_known else "unauthorized"
            return [{"stream": "authorization", "data": {"status": status, "action": "authenticate"}}]
        if action == "listen" and client.is_known:
            streams = [str(name) for name in (data or {}).get("streams", []) if name == "trade_updates"]
            client.is_listening = bool(streams)
            return [{"stream": "listening", "data": {"streams": streams}}]
        if action == "listen":
            return [{"stream": "authorization", "data": {"status": "unauthorized", "action": "listen"}}]
        return []

    def _prices(self) -> list[Any]:
        client, body = self._client, self._body
        if self._action == "auth":
            if client.is_known:
                return [failed(403, "already authenticated")]
            if self._others.keys.fit(str(body.get("key", "")), str(body.get("secret", ""))):
                return [admitted(client, self._others)]
            client.is_leaving = True
            return [failed(402, "auth failed")]
        if self._action not in ("subscribe", "unsubscribe"):
            return [failed(400, "invalid syntax")]
        if not client.is_known:
            return [failed(401, "not authenticated")]
        if any(not _is_list(body.get(channel)) for channel in client.wanted):
            return [failed(400, "invalid syntax")]
        if any(body.get(channel) for channel in CHANNELS if channel not in client.wanted):
            return [failed(410, "invalid subscribe action for this feed")]
        return [[client.subscribe(body, is_on=self._action == "subscribe")]]


def admitted(client: Client, others: Others) -> list[Json]:
    """Let a client in that has shown its keys, one for each feed, and return what it is told."""
    if others.door.windows.is_during("ghost") or any(other.is_known for other in others.of(client.feed)):
        client.is_leaving = True
        return failed(406, "connection limit exceeded")
    client.is_known = True
    return [{"T": "success", "msg": "authenticated"}]


def _is_list(given: Any) -> bool:
    """Return True for symbols in a list, or for none at all."""
    return given is None or (isinstance(given, list) and all(isinstance(one, str) for one in given))


def _secret_name(data: Json | None) -> str:
    return "secret_key" if data else "secret"
