"""An Alpaca front for tests: a house with two stocks and a coin, prices by hand, and a client on a port of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp.test_utils import TestServer

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS, Instrument
from openbell.parts.venue.options import VenueOptions
from openbell.run.front import instruments_of
from openbell.wire.alpaca.call import House
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.hands import GROUND
from openbell.wire.alpaca.said import Keys
from openbell.wire.alpaca.server import Server
from openbell.wire.log import Log
from openbell.wire.script import rule_of
from openbell.wire.tape import Tape
from tests.wire.alpaca import spec

T0 = 1_795_176_000 * NS
"""2026-11-20, noon UTC."""
HEADERS = {"APCA-API-KEY-ID": "PKTEST", "APCA-API-SECRET-KEY": "secret"}
SYMBOLS = ("AAPL", "SPY", "BTC/USD")
Json = dict[str, Any]


class Told(list[Json]):
    """What the account's stream was told."""

    def events(self, symbol: str = "") -> list[str]:
        """Return the events in order, of one symbol or of all."""
        return [one["data"]["event"] for one in self if symbol in ("", one["data"]["order"]["symbol"])]


def instruments() -> dict[str, Instrument]:
    """Return what is traded."""
    return instruments_of(SYMBOLS)


def desk(cash: str = "100000", px: float = 100.0) -> tuple[Desk, Told]:
    """Return a desk at which everything costs `px`, and what it tells."""
    made = Desk(instruments(), VenueOptions(participation=Decimal(1)), Decimal(cash))
    told = Told()
    made.clerk.tell = told.append
    for symbol in SYMBOLS:
        made.clerk.play(bar(px, symbol=symbol))
    return made, told


def bar(close: float, *, n: int = 0, symbol: str = "AAPL", volume: float = 1000.0, **fields: float) -> Bar:
    """Return the n-th bar of a minute after T0, flat unless said otherwise."""
    given = {"open": close, "high": close, "low": close} | fields
    return Bar(ts=T0 + (n + 1) * MINUTE_NS, instrument=symbol, close=close, volume=volume, interval=MINUTE_NS, **given)


def order(**fields: Any) -> Json:
    """Return the body of a market order for 10 AAPL, but for what is given; None leaves a field out."""
    given = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"} | fields
    return {name: value for name, value in given.items() if value is not None}


def house(past: int = 0, **terms: Any) -> tuple[House, Told]:
    """Return a house whose tape knows so many minutes before T0."""
    made, told = desk(**terms)
    before = {s: [bar(100.0 + n, n=n - past, symbol=s) for n in range(past)] for s in SYMBOLS}
    return House(desk=made, tape=Tape(SYMBOLS, before.__getitem__), sessions=lambda _, __: [], opened=T0), told


class Hands:
    """A client of a running front."""

    def __init__(self, server: Server, base: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.base = base
        self.http = http

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Send a request and return status and body; where the specification is here, both fit it."""
        raw = None if body is None else msgspec.json.encode(body)
        async with self.http.request(method, self.base + path, data=raw, params=query, headers=HEADERS) as answer:
            text = await answer.read()
            found = msgspec.json.decode(text) if text else None
            # Where closing fails the specification knows no form; the vendor's own client does.
            is_told = answer.status != 404 and not (answer.status == 207 and "available" in text.decode())
            if spec.IS_HERE and is_told:
                faults = spec.answer_faults(method, path, answer.status, found)
                assert not faults, f"{method} {path} {answer.status}: {faults}"
            return answer.status, found


@asynccontextmanager
async def running(folder: Path, past: int = 0, *faults: Json, account: str = "") -> AsyncIterator[Hands]:
    """Open a front whose clock stands at T0 plus what its log has lines, with faults as in a script."""
    log = Log(folder / "front.log")
    made, _ = house(past)
    made.account = account or made.account
    rules = [rule_of(fault, GROUND) for fault in faults]
    server = Server(made, Keys("PKTEST", "secret"), log, lambda: T0 + MINUTE_NS + log.lines * 1_000_000, rules)
    async with TestServer(server.application()) as door, aiohttp.ClientSession() as http:
        yield Hands(server, str(door.make_url("")).rstrip("/"), http)
        await server.close()
    log.close()


def d(text: str) -> Decimal:
    """Return a Decimal."""
    return Decimal(text)
