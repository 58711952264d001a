"""The websocket API: the same questions as by REST, and the account's stream."""

from collections.abc import Callable
from typing import Any

import msgspec

from openbell.wire.binance.asked import PLACES, Asked, asked_of
from openbell.wire.binance.call import OPEN, SIGNED, Call, House, Route, carry_out
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json, millis, parse
from openbell.wire.binance.frames import MOST_IDS, Client
from openbell.wire.binance.keys import Keys, check_time, socket_payload
from openbell.wire.binance.refusal import Refused
from openbell.wire.log import Log
from openbell.wire.mischief import Frame

LIMITS_WANTED = "returnRateLimits"
"""Parameter of any request; false leaves the limits out of its answer."""
_COST = 2
_LIMITS = ("REQUEST_WEIGHT",)
_ORDER_LIMITS = ("ORDERS", "REQUEST_WEIGHT")
Params = dict[str, str]


class Api:
    """Answers what is asked on a websocket."""

    def __init__(self, house: House, keys: Keys, routes: dict[str, Route], log: Log, now: Callable[[], int]) -> None:
        """Answer for a house; `now` tells UTC time in ns."""
        self._house = house
        self._log = log
        self._keys = keys
        self._routes = routes
        self._now = now
        self._own = {
            "userDataStream.subscribe.signature": self._subscribe, "userDataStream.subscribe": self._subscribe,
            "userDataStream.unsubscribe": self._unsubscribe, "session.logon": self._log_on,
            "session.status": self._status, "session.logout": self._log_out,
            "session.subscriptions": self._subscriptions,
        }  # fmt: skip

    def read(self, client: Client, raw: str | bytes) -> tuple[Any, Asked]:
        """Return the id of a frame, and what it asks.

        What that comes to is noted where it is carried out.
        """
        try:
            frame = parse(raw)
        except (msgspec.MsgspecError, ValueError):
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("method"), str) or "id" not in frame:
            return None, Asked(place="", act=_misread)
        given, method = frame.get("params") or {}, frame["method"]
        params = {str(name): _text(value) for name, value in given.items()} if isinstance(given, dict) else {}
        route = self._routes.get(method)

        def act() -> Any:
            return self._noted(client, method, params)

        is_metered = params.get(LIMITS_WANTED, "true").lower() != "false"
        if route is not None:
            return frame["id"], msgspec.structs.replace(asked_of(route, params, act), is_metered=is_metered)
        claim = {"subscriptionId": client.given}
        return frame["id"], Asked(place=PLACES.get(method, ""), act=act, claim=claim, is_metered=is_metered)

    def told(self, number: Any, asked: Asked, frame: Frame) -> Json:
        """Return a reply as it is said here."""
        now = self._now()
        kinds = _ORDER_LIMITS if asked.orders else _LIMITS
        limits = self._house.meter.rows(now, kinds, is_used=True)
        body = frame.body
        if "Retry-After" in frame.head:
            until = millis(now) + 1000 * int(frame.head["Retry-After"])
            body = body | {"data": {"serverTime": millis(now), "retryAfter": until}}
        word = "result" if frame.status < 300 else "error"
        told = {"id": number, "status": frame.status, word: body}
        return told | {"rateLimits": limits} if asked.is_metered else told

    def _noted(self, client: Client, method: str, params: Params) -> Any:
        """Carry a request out and write down what was asked and answered."""
        now, route = self._now(), self._routes.get(method)
        asked = {name: value for name, value in params.items() if name not in ("signature", "apiKey")}
        note: Json = {"client": client.number, "name": method, "asked": asked}
        try:
            found = self._act(client, method, params, now)
        except Refused as refused:
            self._log.write(now, "asked", note | {"status": refused.status, "answered": refused.body})
            raise
        answered = {"answered": found} if route is None or route.method != "GET" else {}
        self._log.write(now, "asked", note | {"status": 200, **answered})
        return found

    def _act(self, client: Client, method: str, params: Params, now: int) -> Any:
        own, route = self._own.get(method), self._routes.get(method)
        meter = self._house.meter
        if own is not None:
            meter.enter(now, _COST, 0)
            return own(client, method, params, now)
        if route is None:
            raise Refused(-1000, f"Unknown method: {method}")
        weight = route.weight(params)
        meter.enter(now, weight, route.orders)
        if route.access != OPEN:
            self._check(client, params, now, is_signed=route.access == SIGNED)
        kept = {name: value for name, value in params.items() if name != LIMITS_WANTED}
        fields = Fields(kept, is_signed=route.access != OPEN)
        found = carry_out(self._house, route, Call(fields=fields, now=now), weight)
        return [found] if route.is_listed else found

    def _check(self, client: Client, params: Params, now: int, *, is_signed: bool, is_strong: bool = False) -> None:
        """Check who asks; whoever has logged on only says when."""
        if not client.is_known or "apiKey" in params:
            self._keys.check_key(params.get("apiKey"))
            if is_signed:
                payload = socket_payload(params)
                self._keys.check_signature(payload, params.get("signature", ""), is_strong=is_strong)
        if is_signed:
            check_time(params, now)

    # --- the session ----------------------------------------------------------------------------------------------

    def _log_on(self, client: Client, method: str, params: Params, now: int) -> Json:
        self._check(client, params | {"apiKey": params.get("apiKey", "")}, now, is_signed=True, is_strong=True)
        client.is_known, client.known_since = True, now
        return self._status(client, method, params, now)

    def _status(self, client: Client, method: str, params: Params, now: int) -> Json:
        return {
            "apiKey": self._keys.key if client.is_known else None,
            "authorizedSince": millis(client.known_since) if client.is_known else None,
            "connectedSince": millis(client.since),
            "returnRateLimits": True, "serverTime": millis(now),
            "userDataStream": bool(client.user) if client.is_known else None,
        }  # fmt: skip

    def _log_out(self, client: Client, method: str, params: Params, now: int) -> Json:
        client.is_known = False
        end_stream(client, now)
        return self._status(client, method, params, now)

    def _subscribe(self, client: Client, method: str, params: Params, now: int) -> Json:
        if method.endswith("signature"):
            self._check(client, params | {"apiKey": params.get("apiKey", "")}, now, is_signed=True)
        elif not client.is_known:
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        if client.user:
            raise Refused(-2035, "User Data Stream subscription already active.")
        if client.given >= MOST_IDS:
            raise Refused(-2042, "Subscription ids are used up.")
        client.user.append(client.given)
        client.given += 1
        return {"subscriptionId": client.user[0]}

    def _unsubscribe(self, client: Client, method: str, params: Params, now: int) -> Json:
        wanted = params.get("subscriptionId", "")
        if not client.user or (wanted and wanted != str(client.user[0])):
            raise Refused(-2036, "User Data Stream subscription not active.")
        end_stream(client, now)
        return {}

    def _subscriptions(self, client: Client, method: str, params: Params, now: int) -> list[Json]:
        return [{"subscriptionId": number} for number in client.user]


def end_stream(client: Client, now: int) -> None:
    """End a client's subscriptions to the account at `now` (UTC ns), and say so."""
    for number in client.user:
        client.post({"subscriptionId": number, "event": {"e": "eventStreamTerminated", "E": millis(now)}})
    client.user = []


def _misread() -> Any:
    raise Refused(-1000, "Invalid request: expected an object with id and method")


def _text(value: Any) -> str:
    """Return a parameter as it was written: what is signed is its text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value)
