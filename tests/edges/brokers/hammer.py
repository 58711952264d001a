"""One of several processes on one key: asks as much as its budget lets it, and cancels in between.

`python hammer.py URL FOLDER T0 SPEED SPAN`: the clock (UTC ns) began at T0 of the monotonic one and runs SPEED times as fast;
it ends SPAN seconds of that clock behind its own start. Prints requests sent, answers of 429, and the wait of each cancel (ns).
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import aiohttp

from openbell.core.types import NS
from openbell.edges.brokers.alpaca import LIMITS
from openbell.edges.brokers.budget import CANCEL, ENTRY, QUERY, shared
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.request import Request

HEADERS = {"APCA-API-KEY-ID": "PKTEST", "APCA-API-SECRET-KEY": "secret"}
BEHIND = 20
"""Requests that wait for the budget at any time: full load."""
CANCEL_EVERY = 4 * NS


class Hammer:
    """A process under full load."""

    def __init__(self, url: str, folder: str, clock: tuple[int, float], span: int) -> None:
        self.url = url
        self.begin, self.speed = clock
        self.end = span * NS
        self.mail = Mail(shared(LIMITS, Path(folder), "alpaca", "PKTEST"))
        self.limited = self.sent = 0
        self.asked_at: dict[str, int] = {}
        self.waits: list[int] = []
        self.news = asyncio.Event()

    def now(self) -> int:
        """Return the clock, ns since its beginning plus a day."""
        return int((time.monotonic_ns() - self.begin) * self.speed) + 86_400 * NS

    async def run(self) -> None:
        """Keep the queue full until the end."""
        due, number = self.now(), 0
        until = due + self.end
        async with aiohttp.ClientSession(headers=HEADERS) as http, asyncio.TaskGroup() as group:
            while (now := self.now()) < until:
                while len(self.mail._queue) < BEHIND:
                    self.mail.ask(
                        Request(op="x", priority=ENTRY if number % 2 else QUERY, method="GET", path="/v2/clock")
                    )
                    number += 1
                if now >= due:
                    due += CANCEL_EVERY
                    self.asked_at[f"c{number}"] = now
                    path = f"/v2/orders/{number}"
                    self.mail.ask(Request(op="c", priority=CANCEL, method="DELETE", path=path, oid=f"c{number}"))
                    number += 1
                while (asked := self.mail.next_out(self.now())) is not None:
                    group.create_task(self.ask(http, asked))
                await self.rest(min(self.mail.wait(self.now()), due - now, NS))

    async def rest(self, span: int) -> None:
        """Let others run for so long (ns of this clock), or until an answer came."""
        self.news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(span / NS / self.speed + 0.001):
                await self.news.wait()

    async def ask(self, http: aiohttp.ClientSession, asked: Asked) -> None:
        """Send one request."""
        self.sent += 1
        if asked.request.oid:
            self.waits.append(asked.sent - self.asked_at.pop(asked.request.oid))
        async with http.request(asked.request.method, self.url + asked.request.path) as answer:
            await answer.read()
            self.limited += answer.status == 429
        self.news.set()


if __name__ == "__main__":
    at, shelf, began, factor, length = sys.argv[1:]
    hammer = Hammer(at, shelf, (int(began), float(factor)), int(length))
    asyncio.run(hammer.run())
    print(json.dumps({"sent": hammer.sent, "limited": hammer.limited, "waits": hammer.waits}))
