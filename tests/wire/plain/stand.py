"""A plain venue for tests: a desk with two symbols, requests in short, and a server on a port of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS, Instrument
from openbell.parts.venue.options import VenueOptions
from openbell.wire.control import Control
from openbell.wire.log import Log
from openbell.wire.mischief import Outcome
from openbell.wire.plain import request as rq
from openbell.wire.plain.desk import Desk, Terms
from openbell.wire.plain.hands import GROUND
from openbell.wire.plain.market import Market
from openbell.wire.plain.operator import Operator
from openbell.wire.plain.server import Server
from openbell.wire.script import Rule, rule_of

T0 = 1_700_000_000 * NS
TOKEN = "key-of-the-operator"


def desk(**terms: Any) -> Desk:
    """Return a desk that trades AAA and BBB."""
    made = {symbol: Instrument(symbol=symbol) for symbol in ("AAA", "BBB")}
    return Desk(Terms(**terms), made, VenueOptions())


def submit(cid: str, *, number: int = 1, **fields: Any) -> rq.Submit:
    """Return a limit order to buy 10 AAA at 100 that stays, but for what is given."""
    given = {"symbol": "AAA", "side": "buy", "qty": "10", "type": "limit", "tif": "gtc", "limit": "100", "epoch": 1}
    body = {"op": "submit", "id": number, "cid": cid, **given, **fields}
    found = rq.parse(msgspec.json.encode({key: value for key, value in body.items() if value is not None}))
    assert isinstance(found, rq.Submit)
    return found


def bar(close: float, *, n: int = 1, symbol: str = "AAA", low: float | None = None, high: float | None = None) -> Bar:
    """Return the n-th bar of a minute after T0."""
    return Bar(
        ts=T0 + n * MINUTE_NS, instrument=symbol, open=close, high=high or close, low=low or close, close=close,
        volume=1000.0, interval=MINUTE_NS,
    )  # fmt: skip


def bodies(outcome: Outcome, stream: str) -> list[dict[str, Any]]:
    """Return the frames of one stream."""
    return [frame.body for frame in outcome.frames if frame.stream == stream and frame.body is not None]


class Hands:
    """A client of a running venue, and its operator."""

    def __init__(self, server: Server, base: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.server = server
        self.base = base
        self.socket = socket
        self._number = 0

    async def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Send a request and return its reply; announcements that come before it are passed over."""
        number = await self.send(op, **fields)
        while True:
            frame = await self.next()
            if frame.get("re") == number:
                return frame

    async def send(self, op: str, **fields: Any) -> int:
        """Send a request and return its id."""
        self._number += 1
        await self.socket.send_str(msgspec.json.encode({"op": op, "id": self._number, **fields}).decode())
        return self._number

    async def next(self) -> dict[str, Any]:
        """Return the next frame."""
        text = await self.socket.receive_str(timeout=180)
        return msgspec.json.decode(text, type=dict[str, Any])

    async def event(self, ev: str) -> dict[str, Any]:
        """Return the next announcement of a kind."""
        while True:
            frame = await self.next()
            if frame.get("ev") == ev:
                return frame

    async def hello(self, epoch: int = 1) -> dict[str, Any]:
        """Say hello and subscribe to the account's streams."""
        reply = await self.ask("hello", version=1, account="PLAIN-0001", mode="paper", epoch=epoch)
        for stream in ("orders", "executions"):
            await self.ask("subscribe", stream=stream)
        return reply

    async def order(self, cid: str, **fields: Any) -> dict[str, Any]:
        """Send the usual order."""
        given = {"symbol": "AAA", "side": "buy", "qty": "10", "type": "limit", "tif": "gtc", "limit": "100", "epoch": 1}
        return await self.ask("submit", cid=cid, **(given | fields))


@asynccontextmanager
async def running(
    folder: Path,
    rules: list[Rule] | None = None,
    bars: list[list[Bar]] | None = None,
    now: Callable[[], int] | None = None,
) -> AsyncIterator[tuple[Hands, Market, str]]:
    """Open a venue with its operator's port and one client; yield the client, the market and the operator's URL."""
    clock = iter(range(T0, T0 + 10**12, 1_000_000))
    log = Log(folder / "venue.log")
    server = Server(desk(), rules if rules is not None else [], log, now or (lambda: next(clock)))
    market = Market(server, iter(bars or []))
    app = web.Application()
    app.router.add_get("/v1", server.connect)
    async with TestServer(app) as door, TestServer(Control(Operator(server, market), TOKEN).application()) as back:
        url = str(door.make_url("/v1"))
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            yield Hands(server, url, socket), market, str(back.make_url(""))
        await server.close()
    log.close()


def d(text: str) -> Decimal:
    """Return a Decimal."""
    return Decimal(text)


def rule(**fields: Any) -> Rule:
    """Return a fault."""
    return rule_of(fields, GROUND)
