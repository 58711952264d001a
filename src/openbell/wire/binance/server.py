"""The front with its door open: REST and websockets on one port."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from openbell.wire.binance import prices, sapi, trading
from openbell.wire.binance.api import Api, end_stream
from openbell.wire.binance.asked import asked_of
from openbell.wire.binance.call import OPEN, SIGNED, Call, House, Route, carry_out
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json
from openbell.wire.binance.hands import Hands
from openbell.wire.binance.keys import Keys, check_time, rest_payload
from openbell.wire.binance.refusal import Refused
from openbell.wire.binance.sockets import Sockets, farewell
from openbell.wire.binance.stamps import fine, is_micro
from openbell.wire.deeds import DEEDS
from openbell.wire.door import Door
from openbell.wire.log import Log
from openbell.wire.mischief import Mischief
from openbell.wire.script import Rule

API, RAW, COMBINED = "/ws-api/v3", "/ws", "/stream"
ROUTES = (*prices.ROUTES, *trading.ROUTES, *sapi.ROUTES)
GONE = "/api/v3/userDataStream"
"""Listening by a key of its own ended in February 2026; libraries that still try it get a page, as there."""
_MAX_BODY = 1 << 16
_PAGE = b"<html><head><title>410 Gone</title></head><body><center><h1>410 Gone</h1></center></body></html>"
UNIT = "X-MBX-TIME-UNIT"
_PRIVATE = ("signature", "apiKey")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """The front.

    Attributes:
        house, sockets, log: What it knows, who is connected, what it writes down.
        hands, door: What it lends to its faults, and its way out.
    """

    def __init__(self, house: House, keys: Keys, log: Log, now: Callable[[], int], rules: list[Rule]) -> None:
        """Open over `house` for those who have `keys`, with faults; `now` tells UTC time in ns."""
        self.house = house
        self.log = log
        self.hands = Hands(house)
        self.door = Door(Mischief(rules, self.hands, DEEDS), log, now)
        self._keys = keys
        named = {route.name: route for route in ROUTES if route.name}
        self.sockets = Sockets(Api(house, keys, named, log, lambda: self.time), self.door)
        self.hands.publish = self.door.publish
        self.hands.note = lambda event: log.write(self.time, "booked", {"event": event})
        self.hands.revoke, self.hands.dismiss = self._revoke, self._dismiss

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""
        return self.door.time

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

    def _revoke(self) -> None:
        """End every subscription to the account, and say so; the sockets stay open."""
        for client in self.sockets.clients():
            end_stream(client, self.time)

    def _dismiss(self) -> None:
        """Tell everybody that the server goes down, and close behind that."""
        for client in self.sockets.clients():
            self.sockets.post(client, farewell(client, self.time))
            client.end()

    async def close(self) -> None:
        """End every connection in good order."""
        self.door.close()
        await self.sockets.close()

    # --- websockets -----------------------------------------------------------------------------------------------

    async def _api(self, http: web.Request) -> web.StreamResponse:
        return await self.sockets.serve(http, None)

    async def _raw(self, http: web.Request) -> web.StreamResponse:
        streams = {name for name in http.match_info.get("streams", "").split("/") if name}
        return await self.sockets.serve(http, streams)

    async def _combined(self, http: web.Request) -> web.StreamResponse:
        # A plus that nobody has encoded stands for a space in a query, and no stream's name has one.
        streams = {name for name in http.query.get("streams", "").replace(" ", "+").split("/") if name}
        return await self.sockets.serve(http, streams, is_combined=True)

    # --- REST -----------------------------------------------------------------------------------------------------

    def _handler(self, route: Route) -> Handler:
        async def handle(http: web.Request) -> web.StreamResponse:
            raw, query = await http.read(), http.raw_path.partition("?")[2]
            # The query wins where a parameter stands in both.
            form = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
            params = form | dict(parse_qsl(query, keep_blank_values=True))
            asked = asked_of(route, params, lambda: self._timed(route, http, params, (query, raw)))
            return await self.door.serve(http, asked, {})

        return handle

    def _timed(self, route: Route, http: web.Request, params: dict[str, str], sent: tuple[str, bytes]) -> Any:
        """Answer in the unit of time that a request asks for.

        Raises:
            Refused: It is not done.
        """
        is_fine = is_micro(http.headers.get(UNIT, ""), UNIT)
        found = self._answer(route, http, params, sent)
        return fine(found) if is_fine else found

    def _answer(self, route: Route, http: web.Request, params: dict[str, str], sent: tuple[str, bytes]) -> Any:
        """Carry a request out and write down what was asked and answered.

        Raises:
            Refused: It is not done.
        """
        now, weight = self.time, route.weight(params)
        asked = {name: value for name, value in params.items() if name not in _PRIVATE}
        note: Json = {"method": http.method, "path": http.path, "asked": asked}
        try:
            self.house.meter.enter(now, weight, route.orders)
            self._check(route, http, params, sent)
            body = carry_out(
                self.house, route, Call(fields=Fields(params, is_signed=route.access != OPEN), now=now), weight
            )
        except Refused as refused:
            self.log.write(now, "request", note | {"status": refused.status, "answered": refused.body})
            raise
        self.log.write(now, "request", note | {"status": 200, **({"answered": body} if route.method != "GET" else {})})
        return body

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
