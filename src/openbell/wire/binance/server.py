"""The front with its door open: REST and websockets on one port."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from openbell.wire.binance import prices, trading
from openbell.wire.binance.api import Api
from openbell.wire.binance.call import OPEN, SIGNED, Call, House, Route, carry_out
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json
from openbell.wire.binance.keys import Keys, check_time, rest_payload
from openbell.wire.binance.refusal import Refused
from openbell.wire.binance.sockets import Sockets
from openbell.wire.log import Log

API, RAW, COMBINED = "/ws-api/v3", "/ws", "/stream"
ROUTES = (*prices.ROUTES, *trading.ROUTES)
GONE = "/api/v3/userDataStream"
"""Listening by a key of its own ended in February 2026; libraries that still try it get a page, as there."""
_MAX_BODY = 1 << 16
_PAGE = b"<html><head><title>410 Gone</title></head><body><center><h1>410 Gone</h1></center></body></html>"
_PRIVATE = ("signature", "apiKey")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """The front.

    Attributes:
        house, sockets, log: What it knows, who is connected, what it writes down.
    """

    def __init__(self, house: House, keys: Keys, log: Log, now: Callable[[], int]) -> None:
        """Open over `house` for those who have `keys`; `now` tells UTC time in ns."""
        self.house = house
        self.log = log
        self._keys = keys
        self._now = now
        named = {route.name: route for route in ROUTES if route.name}
        self.sockets = Sockets(Api(house, keys, named, now), log, now)
        house.desk.clerk.herald.tell = self._announce

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""
        return self._now()

    def application(self) -> web.Application:
        """Return every route."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_get(API, self._api)
        app.router.add_get(RAW, self._raw)
        app.router.add_get(f"{RAW}/{{streams:.*}}", self._raw)
        app.router.add_get(COMBINED, self._combined)
        for route in ROUTES:
            app.router.add_route(route.method, route.path, self._handler(route))
        app.router.add_route("*", GONE, self._gone)
        app.router.add_route("*", "/{rest:.*}", self._nowhere)
        return app

    def _announce(self, event: Json) -> None:
        self.log.write(self.time, "booked", {"event": event})
        self.sockets.tell(event)

    # --- websockets -----------------------------------------------------------------------------------------------

    async def _api(self, http: web.Request) -> web.StreamResponse:
        return await self.sockets.serve(http, None)

    async def _raw(self, http: web.Request) -> web.StreamResponse:
        streams = {name for name in http.match_info.get("streams", "").split("/") if name}
        return await self.sockets.serve(http, streams)

    async def _combined(self, http: web.Request) -> web.StreamResponse:
        streams = {name for name in http.query.get("streams", "").split("/") if name}
        return await self.sockets.serve(http, streams, is_combined=True)

    # --- REST -----------------------------------------------------------------------------------------------------

    def _handler(self, route: Route) -> Handler:
        async def handle(http: web.Request) -> web.StreamResponse:
            raw = await http.read()
            status, body = self._answer(route, http, raw)
            headers = self.house.meter.headers(self.time, is_order=bool(route.orders))
            wait = body.get("data", {}).get("retryAfter") if status in (418, 429) else None
            if wait is not None:
                headers["Retry-After"] = str(wait)
                body = {name: value for name, value in body.items() if name != "data"}
            return web.Response(
                body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json"
            )

        return handle

    def _answer(self, route: Route, http: web.Request, raw: bytes) -> tuple[int, Any]:
        """Carry a request out and write down what was asked and answered."""
        now, query = self.time, http.raw_path.partition("?")[2]
        # The query wins where a parameter stands in both.
        form = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        params = form | dict(parse_qsl(query, keep_blank_values=True))
        weight = route.weight(params)
        try:
            self.house.meter.enter(now, weight, route.orders)
            self._check(route, http, params, (query, raw))
            body = carry_out(self.house, route, Call(fields=Fields(params), now=now), weight)
            status = 200
        except Refused as refused:
            status, body = refused.status, refused.body
        asked = {name: value for name, value in params.items() if name not in _PRIVATE}
        note: Json = {"method": http.method, "path": http.path, "asked": asked, "status": status}
        if route.method != "GET" or status >= 400:
            note["answered"] = body
        self.log.write(now, "request", note)
        return status, body

    def _check(self, route: Route, http: web.Request, params: dict[str, str], sent: tuple[str, bytes]) -> None:
        """Check who asks.

        Raises:
            Refused: Somebody who may not.
        """
        if route.access == OPEN:
            return
        self._keys.check_key(http.headers.get("X-MBX-APIKEY"))
        if route.access == SIGNED:
            payload, signature = rest_payload(*sent)
            self._keys.check_signature(payload, signature)
            check_time(params, self.time)

    async def _gone(self, http: web.Request) -> web.StreamResponse:
        return web.Response(body=_PAGE, status=410, content_type="text/html")

    async def _nowhere(self, http: web.Request) -> web.StreamResponse:
        return web.Response(status=404, text="")
