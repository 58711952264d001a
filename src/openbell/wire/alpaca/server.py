"""The front with its door open: REST and websockets on one port."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from openbell.core.types import MINUTE_NS, NS
from openbell.wire.alpaca import absent, events, markets, prices, trading, watch, worth
from openbell.wire.alpaca.call import Act, Answer, Call, House, Question
from openbell.wire.alpaca.forms import Json, parse
from openbell.wire.alpaca.hands import Hands
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.said import Keys
from openbell.wire.alpaca.sockets import Sockets
from openbell.wire.alpaca.views import PAPER
from openbell.wire.deeds import DEEDS
from openbell.wire.door import Door
from openbell.wire.log import Log
from openbell.wire.mischief import Frame, Mischief
from openbell.wire.script import Rule

TRADING_RATE, DATA_RATE = 200, 10_000
"""Requests a minute."""
NEWS = "/v1beta1/news"
STREAMS = {
    "/stream": "account",
    "/v2/iex": "stocks",
    "/v2/sip": "stocks",
    "/v2/delayed_sip": "stocks",
    "/v2/test": "test",
    "/v1beta1/boats": "boats",
    "/v1beta1/overnight": "overnight",
    "/v1beta3/crypto/us": "crypto",
    "/v1beta1/indicative": "options",
    "/v1beta1/opra": "options",
    NEWS: "news",
}
"""Feeds by address. The night's, options and news take subscriptions, and nothing ever happens there."""
PLACES: dict[Act, str] = {
    trading.submit: "submit", trading.close: "submit", trading.close_all: "submit", trading.replace: "amend",
    trading.cancel: "cancel", trading.cancel_all: "cancel", trading.order: "order", trading.order_by_name: "order",
    trading.orders: "orders", trading.positions: "positions", trading.position: "positions",
    trading.account: "account", trading.switches: "account", trading.switch: "account", worth.portfolio: "account",
    trading.activities: "executions", trading.assets: "instruments", trading.asset: "instruments",
    trading.clock: "clock", trading.calendar: "clock",
    markets.clock: "clock", markets.calendar: "clock",
    **{act: "instruments" for _, _, act in (*watch.ROUTES, *absent.TRADING)},
}  # fmt: skip
"""What a fault script calls each question; prices are `history`."""
_MAX_BODY = 1 << 16
_MALFORMED = {"code": 40010000, "message": "request body format is invalid"}
_STRANGER = Answer(status=401, body={"code": 40110000, "message": "request is not authorized"})
_ASKING = ("GET", "HEAD")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Meter:
    """Requests in the minute that runs."""

    def __init__(self, most: int) -> None:
        """Let so many through a minute."""
        self.most = most
        self._minute = 0
        self._count = 0

    def take(self, now: int) -> dict[str, str] | None:
        """Count a request at `now` (ns); return the headers of its answer, None for one too many."""
        minute = now // MINUTE_NS
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return self.headers() if self._count <= self.most else None

    def headers(self) -> dict[str, str]:
        """Return what stands in every answer."""
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(max(self.most - self._count, 0)),
            "X-RateLimit-Reset": str((self._minute + 1) * MINUTE_NS // NS),
        }


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
        self.sockets = Sockets(keys, self.door, is_paper=house.account.startswith(PAPER))
        self._keys = keys
        self.hands.publish = self.door.publish
        self._events = events.Events(house, self.door)
        self.hands.note = self._note

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""
        return self.door.time

    def application(self) -> web.Application:
        """Return every route."""
        app = web.Application(client_max_size=_MAX_BODY)
        for path, feed in STREAMS.items():
            if path != NEWS:
                app.router.add_get(path, self._stream(feed))
        trades, data = Meter(TRADING_RATE), Meter(DATA_RATE)
        for method, path, act in (*trading.ROUTES, *watch.ROUTES, *markets.ROUTES, *absent.TRADING):
            app.router.add_route(method, path, self._handler(act, trades, is_open=False))
        for method, path, act in (*absent.DATA, *prices.ROUTES):
            handler = self._handler(act, data, is_open=path.startswith(prices.COINS))
            app.router.add_route(method, path, self._either(handler) if path == NEWS else handler)
        app.router.add_get(events.PATH, self._listen)
        app.router.add_route("*", "/{rest:.*}", self._nowhere)
        return app

    def _note(self, body: Json) -> None:
        self.log.write(self.time, "booked", {"frame": body})
        self._events.wake()

    def price(self, channel: str, symbol: str, row: Json) -> None:
        """Tell a price to those who have subscribed to it."""
        self.door.publish(Frame(stream=channel, body=row, symbol=symbol))

    def _stream(self, feed: str) -> Handler:
        async def serve(http: web.Request) -> web.StreamResponse:
            return await self.sockets.serve(http, feed)

        return serve

    def _either(self, asked: Handler) -> Handler:
        """Return what answers at an address that is a question's and a socket's as well."""
        listen = self._stream(STREAMS[NEWS])

        async def serve(http: web.Request) -> web.StreamResponse:
            return await (listen if http.headers.get("Upgrade", "").lower() == "websocket" else asked)(http)

        return serve

    def _handler(self, act: Act, meter: Meter, *, is_open: bool) -> Handler:
        place = PLACES.get(act, "history")

        async def handle(http: web.Request) -> web.StreamResponse:
            if not is_open and not self._keys.in_headers(http):
                return _response(_STRANGER)
            headers = meter.take(self.time)
            if headers is None:
                self.log.write(self.time, "limited", {"method": http.method, "path": http.path})
                limited = Answer(status=429, body={"code": 42910000, "message": "rate limit exceeded"})
                return _response(limited, meter.headers())
            raw = await http.read()
            try:
                body = parse(raw) if raw else None
            except msgspec.MsgspecError:
                return _response(Answer(status=400, body=_MALFORMED))
            call = Call(path=dict(http.match_info), query=dict(http.query), body=body, now=self.time)
            noted = self._noting(act, http, raw)
            return await self.door.serve(http, Question(act=noted, place=place, call=call), headers)

        return handle

    def _noting(self, act: Act, http: web.Request, raw: bytes) -> Act:
        """Return an act that writes down what was asked and answered, where it is carried out."""

        def answer(house: House, call: Call) -> Answer:
            try:
                found = act(house, call)
            except Refused as refused:
                found = Answer(status=refused.status, body=refused.body)
            fields = {"method": http.method, "path": http.path, "query": dict(http.query), "status": found.status}
            if http.method not in _ASKING or found.status >= 400:
                fields |= {"asked": raw.decode("utf-8", "replace"), "answered": found.body}
            self.log.write(call.now, "request", fields)
            return found

        return answer

    async def close(self) -> None:
        """End every connection in good order."""
        self.door.close()
        self._events.close()
        await self.sockets.close()

    async def _listen(self, http: web.Request) -> web.StreamResponse:
        if not self._keys.in_headers(http):
            return _response(_STRANGER)
        if self.door.windows.is_during("down"):
            return web.Response(status=503)
        try:
            return await self._events.serve(http)
        except Refused as refused:
            return _response(Answer(status=refused.status, body=refused.body))

    async def _nowhere(self, http: web.Request) -> web.StreamResponse:
        return _response(Answer(status=404, body={"code": 40410000, "message": "endpoint not found."}))


def _response(answer: Answer, headers: dict[str, str] | None = None) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    raw = msgspec.json.encode(answer.body)
    return web.Response(body=raw, status=answer.status, headers=headers, content_type="application/json")
