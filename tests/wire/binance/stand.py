"""A Binance front for tests: a house with two pairs of coins, prices by hand, and a client on a port of its own."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from aiohttp.test_utils import TestServer

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS, Instrument
from openbell.run.binance import instruments_of
from openbell.wire.binance.call import House
from openbell.wire.binance.desk import Desk
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.hands import GROUND
from openbell.wire.binance.keys import Keys
from openbell.wire.binance.meter import Meter
from openbell.wire.binance.server import Server
from openbell.wire.log import Log
from openbell.wire.script import rule_of
from openbell.wire.tape import Tape
from tests.wire.binance import spec

T0 = 1_795_176_000 * NS
"""2026-11-20, noon UTC."""
HEADERS = {"X-MBX-APIKEY": "PKTEST"}
SYMBOLS = ("BTCUSDT", "ETHUSDT")
SYMBOL = "BTCUSDT"
PX = 50_000.0
Json = dict[str, Any]


class Told(list[Json]):
    """What the account's stream was told; every frame fits the strict form of the streams."""

    def append(self, event: Json) -> None:
        """Take an event and check it."""
        faults = spec.frame_faults(event["e"], event)
        assert not faults, f"{event}: {faults}"
        super().append(event)

    def reports(self, name: str = "") -> list[str]:
        """Return execution and state of each report in order, of one client id or of all."""
        return [
            f"{one['x']} {one['X']}" for one in self
            if one["e"] == "executionReport" and name in ("", one["c"], one["C"])
        ]  # fmt: skip

    def kinds(self) -> list[str]:
        """Return the kinds of the events in order."""
        return [one["e"] for one in self]


def instruments() -> dict[str, Instrument]:
    """Return what is traded."""
    return instruments_of(SYMBOLS)


def bar(close: float, *, n: int = 0, symbol: str = SYMBOL, volume: float = 1.0, **fields: float) -> Bar:
    """Return the n-th bar of a minute after T0, flat unless said otherwise."""
    given = {"open": close, "high": close, "low": close} | fields
    return Bar(ts=T0 + (n + 1) * MINUTE_NS, instrument=symbol, close=close, volume=volume, interval=MINUTE_NS, **given)


def desk(rate: str = "0", **coins: str) -> tuple[Desk, Told]:
    """Return a desk at which a bitcoin costs 50,000 and an ether 2,500, with 2 units of coin in its book."""
    made = Desk(instruments(), {name: d(text) for name, text in ({"USDT": "100000"} | coins).items()}, d(rate))
    told = Told()
    made.clerk.herald.tell = told.append
    made.clerk.play(bar(PX))
    made.clerk.play(bar(2_500.0, symbol="ETHUSDT", volume=100.0))
    return made, told


def order(**fields: str | None) -> Fields:
    """Return the fields of a market order for 0.1 bitcoin, but for what is given; None leaves a field out."""
    given = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.1"} | fields
    return Fields({name: value for name, value in given.items() if value is not None})


def limit(price: str, **fields: str | None) -> Fields:
    """Return the fields of a limit order for 0.1 bitcoin, but for what is given."""
    return order(**({"type": "LIMIT", "timeInForce": "GTC", "price": price} | fields))


def house(past: int = 0, rate: str = "0", **coins: str) -> tuple[House, Told]:
    """Return a house whose tape knows so many minutes before T0."""
    made, told = desk(rate, **coins)
    before = {s: [bar(PX + n, n=n - past, symbol=s) for n in range(past)] for s in SYMBOLS}
    return House(desk=made, tape=Tape(SYMBOLS, before.__getitem__), meter=Meter()), told


def signed(params: Json, now: int, secret: str = "secret") -> str:
    """Return parameters as they are sent, with stamp and signature."""
    text = urlencode({**params, "timestamp": now // 1_000_000})
    return f"{text}&signature={hmac.new(secret.encode(), text.encode(), sha256).hexdigest()}"


class Hands:
    """A client of a running front."""

    def __init__(self, server: Server, base: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.base = base
        self.http = http

    async def ask(self, method: str, path: str, **params: Any) -> tuple[int, Any]:
        """Send a signed request and return status and body; where the specification is here, the answer fits it."""
        sent = signed(params, self.server.time)
        return await self.send(method, f"/api/v3/{path}", sent)

    async def look(self, path: str, **params: Any) -> tuple[int, Any]:
        """Ask what everybody may ask."""
        return await self.send("GET", f"/api/v3/{path}", urlencode(params))

    async def send(self, method: str, path: str, sent: str) -> tuple[int, Any]:
        """Send a request as it stands: in the body where something is to change."""
        is_body = method in ("POST", "PUT")
        url = f"{self.base}{path}" + ("" if is_body or not sent else f"?{sent}")
        form = {"Content-Type": "application/x-www-form-urlencoded"} if is_body else {}
        async with self.http.request(
            method, url, data=sent if is_body else None, headers=HEADERS | form
        ) as answer:  # fmt: skip
            found = msgspec.json.decode(await answer.read())
            if spec.IS_HERE:
                faults = spec.answer_faults(method, path, answer.status, found)
                assert not faults, f"{method} {path} {answer.status}: {faults}"
            return answer.status, found


@asynccontextmanager
async def running(
    folder: Path, past: int = 0, *faults: Json, public: bytes | None = None, **terms: str
) -> AsyncIterator[Hands]:
    """Open a front whose clock stands at T0 plus what its log has lines, with faults as in a script."""
    log = Log(folder / "front.log")
    made, _ = house(past, **terms)
    rules = [rule_of(fault, GROUND) for fault in faults]
    keys = Keys("PKTEST", "secret", public)
    server = Server(made, keys, log, lambda: T0 + MINUTE_NS + log.lines * 1_000_000, rules)
    async with TestServer(server.application()) as door, aiohttp.ClientSession() as http:
        yield Hands(server, str(door.make_url("")).rstrip("/"), http)
        await server.close()
    log.close()


def d(text: str) -> Decimal:
    """Return a Decimal."""
    return Decimal(text)
