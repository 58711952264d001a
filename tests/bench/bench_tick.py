"""From a bar on the wire to an order on the wire: an engine in a process of its own, its venue in this one.

The clock starts when the venue hands a bar to its websocket and stops with the first byte it reads of the order that the
bar caused: in between lie the websocket, the edge, the inbox, the engine with ten rules, the durable journal and the outbox.
What the venue does with a bar and an order is not counted. Beside it stands the raw floor of the same run: as many
bytes over a blocking socket and back, with one fdatasync of a journal record in between, after each bar. It prints and
judges nothing.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Self

from aiohttp import web

from openbell.core.types import MINUTE_NS
from openbell.parts.venue.options import VenueOptions
from openbell.run.clock import WallClock
from openbell.run.venue import PATH, Goods, instants_of, instruments_of, open_door
from openbell.wire.log import Log
from openbell.wire.mischief import Frame
from openbell.wire.plain.desk import Desk, Terms
from openbell.wire.plain.market import Market
from openbell.wire.plain.server import Client, Server
from tests.bench.bench_kill import REST

STRATEGY = '''
from openbell.core.effects import Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


class State(dict):
    """Whether the last wish was to be long."""


def decide(config, state, bar, view):
    """Change sides with every bar."""
    state["is_long"] = not state.get("is_long", False)
    return [Intent(instrument=bar.instrument, target=1.0 if state["is_long"] else 0.0)]
'''
FILE = """
mode: paper
title: bench
accounts:
  main: {{broker: plain, url: "{url}", currency: USD, cash: 100000000 USD}}
instruments:
  default: {{kind: stock, calendar: 24x7}}
deployments:
  - name: flip
    strategy: {{kind: ./flip.py}}
    instruments: [AAA]
    bars: 1m
    account: main
    budget: {{capital: 90000000 USD, per_position: 0.1%}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{limit: 90%, warn: off}}
  max_position: {{limit: 100%}}
  max_positions: {{limit: 5}}
  min_cash: {{}}
  order_notional: {{}}
  order_quantity: {{}}
  gross_exposure: {{}}
  leverage: {{}}
"""
ECHO = """
import os, socket, sys
port, taken, given, record, path = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
line = socket.create_connection(("127.0.0.1", port))
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
file = os.open(path, os.O_RDWR | os.O_CREAT)
os.posix_fallocate(file, 0, 1 << 24)
os.pwrite(file, bytes(1 << 24), 0)
os.fsync(file)
at = 0
while True:
    left = taken
    while left:
        got = len(line.recv(left))
        if not got:
            raise SystemExit
        left -= got
    os.pwrite(file, b"x" * record, at)
    os.fdatasync(file)
    at = (at + record) % ((1 << 24) - record)
    line.sendall(b"y" * given)
"""


def main() -> None:
    """Print p50, p99 and p99.9 of both; `--ticks` says how many bars are sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=2000, help="bars sent")
    ticks = parser.parse_args().ticks
    with tempfile.TemporaryDirectory() as folder, Floor(Path(folder)) as floor_of:
        laps, floor = asyncio.run(play(Path(folder), ticks, floor_of))
    if not laps:
        raise RuntimeError("no order followed a bar")
    print(f"tick to order bytes, {len(laps)} of {ticks} ticks, ten rules, durable before sent; floor after each tick")
    show("openbell", laps)
    show("raw socket and fdatasync", floor)
    print(f"  ratio at p50 {laps[len(laps) // 2] / floor[len(floor) // 2]:.1f} (floor 3, target 1.5)")


def show(name: str, laps: list[int]) -> None:
    """Print three quantiles (us) of sorted times (ns)."""
    p50, p99, p999 = (laps[min(int(len(laps) * q), len(laps) - 1)] / 1000 for q in (0.5, 0.99, 0.999))
    print(f"  {name:26} p50 {p50:8,.0f} us  p99 {p99:8,.0f} us  p99.9 {p999:8,.0f} us")


class Watch(Server):
    """The plain venue with a stop-watch in its hand.

    Attributes:
        laps: From a bar to its order, ns.
    """

    def __init__(self, folder: Path) -> None:
        """Open an account that never runs out of money, with its log below `folder`."""
        self.made = instruments_of(GOODS)
        desk = Desk(Terms(cash=Decimal(100_000_000)), self.made, VenueOptions())
        super().__init__(desk, [], Log(folder / "venue.log"), WallClock().now)
        self.laps: list[int] = []
        self._told = 0

    def _post(self, client: Client, frame: Frame) -> None:
        if frame.stream == "bars":
            self._told = time.perf_counter_ns()
        super()._post(client, frame)

    def receive(self, client: Client, text: str | bytes) -> None:
        """Stop the watch at the first order or cancel behind a bar."""
        now, shown = time.perf_counter_ns(), str(text)
        if self._told and ('"op":"submit"' in shown or '"op":"cancel"' in shown):
            self.laps.append(now - self._told)
            self._told = 0
        super().receive(client, text)


async def play(folder: Path, ticks: int, floor: "Floor") -> tuple[list[int], list[int]]:
    """Return sorted times (ns) from a bar to its order and, taken between them, those of the floor."""
    server = Watch(folder)
    app = web.Application()
    app.router.add_get(PATH, server.connect)
    door = await open_door(app, 0)
    beat = asyncio.create_task(server.beat_on())
    market = Market(server, instants_of(GOODS, server.made))
    (folder / "flip.py").write_text(STRATEGY)
    (folder / "bench.yaml").write_text(FILE.format(url=f"ws://127.0.0.1:{door.addresses[0][1]}{PATH}"))
    engine = await start(
        folder, "run", str(folder / "bench.yaml"), "--state", str(folder / "state"), "--json", "--no-guardian"
    )
    apart(engine.pid)
    floors: list[int] = []
    try:
        await asyncio.to_thread(REST.wait, WARM_UP_S)
        for _ in range(ticks):
            market.play(1)
            await asyncio.to_thread(REST.wait, 0.012)
            floors.append(await asyncio.to_thread(floor.lap))
    finally:
        engine.send_signal(signal.SIGTERM)
        await engine.wait()
        beat.cancel()
        await server.close()
        await door.cleanup()
        server.log.close()
    return sorted(server.laps), sorted(floors)


async def start(folder: Path, *words: str) -> asyncio.subprocess.Process:
    """Start a command of openbell in a process of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": SOURCE,
        "OPENBELL_HOME": str(folder / "home"),
    }
    program = (sys.executable, "-m", "openbell", *words)
    return await asyncio.create_subprocess_exec(*program, env=environment, stdout=subprocess.DEVNULL)


GOODS = Goods(symbols=("AAA",), interval=MINUTE_NS)
SOURCE = str(Path(__file__).resolve().parents[2] / "src")
WARM_UP_S = 6.0
"""Until the engine has started and compared its account with the venue."""
BAR_BYTES = 160
"""What a bar is on the wire, about."""
ORDER_BYTES = 190
"""What an order is on the wire, about."""
RECORD_BYTES = 600
"""About what a bar and the order it causes are in the journal, whose segments are larger than what they hold."""


def apart(other: int) -> None:
    """Give another process a core of its own where there are two.

    A venue is elsewhere: it does not wait for the core of the engine that has just written to it.
    """
    cores = sorted(os.sched_getaffinity(0) | os.sched_getaffinity(other))
    if len(cores) > 1:
        os.sched_setaffinity(other, cores[:1])
        os.sched_setaffinity(0, cores[1:])


class Floor:
    """A process that commits as many bytes as a journal record before it answers, over a blocking socket."""

    def __init__(self, folder: Path) -> None:
        """Begin it on a file below `folder`."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            sizes = (BAR_BYTES, ORDER_BYTES, RECORD_BYTES)
            words = (str(server.getsockname()[1]), *map(str, sizes), str(folder / "raw"))
            self._process = subprocess.Popen([sys.executable, "-c", ECHO, *words])
            apart(self._process.pid)
            self._line, _ = server.accept()
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        """Stay until left."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._line.close()
        self._process.wait(30)

    def lap(self) -> int:
        """Return the time of one round trip, ns."""
        begin = time.perf_counter_ns()
        self._line.sendall(b"x" * BAR_BYTES)
        left = ORDER_BYTES
        while left:
            left -= len(self._line.recv(left))
        return time.perf_counter_ns() - begin


if __name__ == "__main__":
    main()
