"""Four processes on one key, all of them under full load: the server counts.

Their clock stands still while any of them is at work, so the machine's own load changes nothing.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.brokers import alpaca, binance
from openbell.edges.brokers.binance.codec import ORDER_WEIGHT
from openbell.wire.alpaca.said import Keys as AlpacaKeys
from openbell.wire.alpaca.server import TRADING_RATE
from openbell.wire.alpaca.server import Server as AlpacaServer
from openbell.wire.binance.keys import Keys as BinanceKeys
from openbell.wire.binance.meter import ORDERS_10S, TEN_S
from openbell.wire.binance.server import Server as BinanceServer
from openbell.wire.log import Log
from tests.house.source import ROOT
from tests.wire.alpaca import stand as alpaca_stand
from tests.wire.binance import stand as binance_stand

PROCESSES, SPAN = 4, 64
"""Processes; seconds of their clock, which begins with one of the server's minutes: the worst, and some of the next."""
BEGIN = 1_795_176_000 * NS
Json = dict[str, Any]


class Clock:
    """Goes on to the next instant that anybody waits for, once all of them wait."""

    def __init__(self) -> None:
        self.now = BEGIN
        self._left = PROCESSES
        self._waiting: list[tuple[int, asyncio.Future[int]]] = []

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._until)
        return app

    async def _until(self, http: web.Request) -> web.Response:
        instant = int(http.query["until"])
        if instant < 0:
            self.leave()
            return web.Response(text="0")
        reached: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((instant, reached))
        self._go_on()
        return web.Response(text=str(await reached))

    def leave(self) -> None:
        """Wait for one process less."""
        self._left -= 1
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting and len(self._waiting) >= self._left:
            self.now = max(self.now, min(instant for instant, _ in self._waiting))
            for _, reached in self._waiting:
                reached.set_result(self.now)
            self._waiting = []


Made = Callable[[Log, Clock], AlpacaServer | BinanceServer]


async def _hammered(broker: str, make: Made, folder: Path) -> tuple[list[Json], list[Json]]:
    """Return what four processes saw, and what the server wrote down."""
    clock, log = Clock(), Log(folder / "front.log")
    server = make(log, clock)
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    program = str(Path(__file__).with_name("hammer.py"))
    async with TestServer(server.application()) as door, TestServer(clock.application()) as tower:

        async def one(number: int) -> Json:
            url, clock_url = (str(place.make_url("")).rstrip("/") for place in (door, tower))
            words = [broker, url, clock_url, str(folder / "rates"), f"p{number}", str(SPAN)]
            run = await asyncio.create_subprocess_exec(
                sys.executable, program, *words, stdout=asyncio.subprocess.PIPE, env=env
            )
            said, _ = await run.communicate()
            if run.returncode:
                # Nobody waits for one who is gone.
                clock.leave()
            assert run.returncode == 0
            found: Json = json.loads(said)
            return found

        told = await asyncio.gather(*(one(number) for number in range(PROCESSES)))
        await server.close()
    log.close()
    return told, [json.loads(line) for line in (folder / "front.log").read_text().splitlines()]


def _check_cancels(told: list[Json]) -> None:
    waits = [wait for one in told for wait in one["waits"]]
    assert len(waits) > PROCESSES * 15
    # At the instant at which they are asked for: what is kept for them is never used up by anything else.
    assert max(waits) == 0, sorted(waits)[-5:]


def test_F54_four_processes_on_one_key_never_exceed_the_limit_and_cancels_go_out(tmp_path: Path) -> None:
    def make(log: Log, clock: Clock) -> AlpacaServer:
        return AlpacaServer(alpaca_stand.house()[0], AlpacaKeys("PKTEST", "secret"), log, lambda: clock.now, [])

    told, log = asyncio.run(_hammered("alpaca", make, tmp_path))
    arrived = [line for line in log if line["kind"] in ("request", "limited")]
    by_minute = Counter(line["time"] // MINUTE_NS for line in arrived)
    assert [line for line in log if line["kind"] == "limited"] == []
    assert max(by_minute.values()) <= TRADING_RATE, by_minute
    assert len(arrived) == sum(one["sent"] for one in told)
    # The load was full: what could be sent was sent.
    limits = alpaca.LIMITS
    assert len(arrived) > 0.9 * (limits["burst"] - limits["reserve"] + limits["rate"] * SPAN)
    _check_cancels(told)


def test_F54_four_processes_at_binance_exceed_neither_weight_nor_orders_and_cancels_go_out(tmp_path: Path) -> None:
    house = binance_stand.house()[0]

    def make(log: Log, clock: Clock) -> BinanceServer:
        return BinanceServer(house, BinanceKeys("PKTEST", "secret"), log, lambda: clock.now, [])

    told, log = asyncio.run(_hammered("binance", make, tmp_path))
    arrived = [line for line in log if line["kind"] == "request"]
    assert sum(one["statuses"].get(refused, 0) for one in told for refused in ("429", "418")) == 0
    orders = Counter(line["time"] // TEN_S for line in arrived if line["method"] == "POST")
    assert max(orders.values()) <= ORDERS_10S, orders
    assert house.meter.most <= 6_000, house.meter.most
    assert len(arrived) == sum(one["sent"] for one in told)
    weight = sum(ORDER_WEIGHT if line["method"] == "POST" else 6 if line["method"] == "GET" else 1
                 for line in arrived)  # fmt: skip
    limits = binance.LIMITS
    assert weight > 0.9 * (limits["burst"] - limits["reserve"] + limits["rate"] * SPAN)
    assert max(orders.values()) > ORDERS_10S // 2
    _check_cancels(told)
