"""One of several processes on one key: asks as much as its budget lets it, and cancels in between.

`python hammer.py BROKER URL CLOCK FOLDER NAME SPAN`: CLOCK is the address of a clock that all processes share. It goes on only
once every one of them has sent what it may and had its answers, so that nobody's turn on the processor counts. They end
SPAN seconds of that clock behind its beginning. Prints requests sent, answers by status, and the wait of each cancel (ns).
"""

import asyncio
import json
import sys
from collections import Counter
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from openbell.core.effects import Submit
from openbell.core.types import NS, OrderType, Side, Tif
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.signer import Signer
from openbell.edges.brokers.budget import CANCEL, ENTRY, QUERY, shared
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.request import Request

BEHIND = 20
"""Requests that wait for the budget at any time: full load."""
KEY, SECRET = "PKTEST", "secret"


class Alpaca:
    """What is asked of one vendor: orders and questions alike count one."""

    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    cancel_every = 4 * NS

    def load(self, number: int) -> Request:
        """Return a request of the load."""
        return Request(op="x", priority=ENTRY if number % 2 else QUERY, method="GET", path="/v2/clock")

    def cancel(self, number: int) -> Request:
        """Return a cancel."""
        return Request(op="c", priority=CANCEL, method="DELETE", path=f"/v2/orders/{number}", oid=f"c{number}")

    def path(self, request: Request, now: int) -> str:
        """Return a request as it is sent."""
        return request.path


class Binance:
    """And of the other: by weight, and new orders by themselves."""

    headers = {"X-MBX-APIKEY": KEY}
    cancel_every = NS

    def __init__(self, name: str) -> None:
        """Name orders after the process."""
        self.name = name
        self.placed: list[str] = []
        self.signer = Signer(KEY, SECRET)

    def load(self, number: int) -> Request:
        """Return an order that rests far below, or a question."""
        if number % 2:
            return codec.ask("orders", f"{codec.V3}/openOrders", {"symbol": "BTCUSDT"})
        oid = f"{self.name}-{number}"
        self.placed.append(oid)
        return codec.submit(Submit(
            oid=oid, index=number, account="main", deployment="d", instrument="BTCUSDT", side=Side.BUY,
            qty=Decimal("0.001"), type=OrderType.LIMIT, tif=Tif.GTC, limit=Decimal(20_000),
        ))  # fmt: skip

    def cancel(self, number: int) -> Request:
        """Return a cancel of the oldest order that was not cancelled yet; it may not have left yet."""
        return codec.cancel(f"c{number}", "BTCUSDT", self.placed.pop(0) if self.placed else "none")

    def path(self, request: Request, now: int) -> str:
        """Return a request as it is sent."""
        return f"{request.path}?{self.signer.query(request.body, now)}"


class Hammer:
    """A process under full load."""

    def __init__(self, broker: str, url: str, clock: str, folder: str, name: str) -> None:
        self.url, self.clock = url, clock
        self.kind: Alpaca | Binance = Alpaca() if broker == "alpaca" else Binance(name)
        limits = import_module(f"openbell.edges.brokers.{broker}").LIMITS
        self.mail = Mail(shared(limits, Path(folder), broker, KEY))
        self.sent = 0
        self.statuses: Counter[int] = Counter()
        self.asked_at: dict[str, int] = {}
        self.waits: list[int] = []

    async def run(self, span: int) -> None:
        """Keep the queue full until the end."""
        async with aiohttp.ClientSession(headers=self.kind.headers) as http:
            now = due = await self.until(http, 0)
            end, number = now + span, 0
            while now < end:
                while len(self.mail._queue) < BEHIND:
                    self.mail.ask(self.kind.load(number))
                    number += 1
                if now >= due:
                    due += self.kind.cancel_every
                    cancel = self.kind.cancel(number)
                    self.asked_at[cancel.oid] = now
                    self.mail.ask(cancel)
                    number += 1
                while (asked := self.mail.next_out(now)) is not None:
                    await self.ask(http, asked.request, now)
                now = await self.until(http, min(now + self.mail.wait(now), due, end))
            await self.until(http, -1)

    async def until(self, http: aiohttp.ClientSession, instant: int) -> int:
        """Wait for an instant (ns), and return which it is; -1 to wait for none any more."""
        async with http.get(f"{self.clock}/?{urlencode({'until': instant})}") as answer:
            return int(await answer.text())

    async def ask(self, http: aiohttp.ClientSession, request: Request, now: int) -> None:
        """Send one request."""
        self.sent += 1
        if request.oid in self.asked_at:
            self.waits.append(now - self.asked_at.pop(request.oid))
        async with http.request(request.method, self.url + self.kind.path(request, now)) as answer:
            await answer.read()
            self.statuses[answer.status] += 1


if __name__ == "__main__":
    hammer = Hammer(*sys.argv[1:6])
    asyncio.run(hammer.run(int(sys.argv[6]) * NS))
    print(json.dumps({"sent": hammer.sent, "statuses": hammer.statuses, "waits": hammer.waits}))
