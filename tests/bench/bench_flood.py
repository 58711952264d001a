"""A hostile flood at the web, and the engine beside it: does the engine notice?

The engine has one processor to itself, the control room and the flood share another. A venue tells RATE messages a second of
SYMBOLS instruments, two bars a second of each among them; the engine is the real one with ten rules and a durable journal, and each of its steps and each pause of
its loop is timed where it happens. Spans without and with the flood take turns, PAIRS of each, so that what the machine does
besides falls upon both. The flood is 1,000 clients: half never read what they are sent (sockets of the live line as many as
sessions may have, and whole scripts asked for again and again), half ask as fast as they are answered, with nonsense, with wrong
passwords, without and with a session. It prints and judges nothing; figures mean something on an idle machine only.

The sessions of those who never read are made once, before anything is measured: the flood spends what an address may ask for.
How many of them stood, as the kernel tells it, is said of each round at its beginning and at its end; a round in which they did
not all come says so.

    make bench ARGS=flood                      SPAN=20 PAIRS=3 RATE=500 SYMBOLS=50 CLIENTS=1000 change it
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.bench.bench_kill import REST, wait
from tests.bench.bench_room import PASSWORD, ended, percentile, tried

SPAN_S, PAIRS, RATE, SYMBOLS, CLIENTS = (
    int(os.environ.get(name, given))
    for name, given in (("SPAN", 20), ("PAIRS", 3), ("RATE", 500), ("SYMBOLS", 50), ("CLIENTS", 1000))
)
ROOT = Path(__file__).resolve().parents[2]
WARM_S = 3.0
"""After a change of phase, not counted."""
PAUSE_S = 0.01
"""Of the loop's own clock."""
ADDRESSES, EACH = 40, 5
"""From which the flood comes, with sessions of so many sockets. Those who never read have addresses of their own."""
LOUD, DEAF_ONES = "127.0.1", "127.0.2"
ESTABLISHED = 1
"""A line that both ends still have, as the kernel counts."""
DEAF = min(ADDRESSES * EACH // 2, CLIENTS // 2)
"""Sockets of the live line that nobody reads."""
SCRIPT = "static/candles.js"
PATIENCE_S = 180.0
ARRIVAL_S = 60.0
"""How long the flood may take until those who never read are there."""


def engine(file: Path, state: Path, out: Path) -> int:
    """Be the engine, with a stop-watch at each step and at each pause of its loop; write (at, ns) pairs at the end."""
    from openbell.cli import perform
    from openbell.core.engine import Engine
    from openbell.run.shell import Shell

    steps, lags = array("q"), array("q")
    step, run, now = Engine.step, Shell.run, time.perf_counter_ns

    def timed(self: Engine, event: Any) -> Any:
        at = now()
        found = step(self, event)
        steps.extend((at, now() - at))
        return found

    async def beside(self: Shell) -> None:
        async def pause() -> None:
            while True:
                due, loop = now() + int(PAUSE_S * 1e9), asyncio.get_running_loop()
                rung = loop.create_future()
                timer = loop.call_later(PAUSE_S, rung.set_result, None)
                try:
                    await rung
                finally:
                    # It would ring for somebody who has gone.
                    timer.cancel()
                lags.extend((due, now() - due))

        probe = asyncio.create_task(pause())
        await run(self)
        probe.cancel()

    Engine.step, Shell.run = timed, beside  # type: ignore[method-assign]  # that is the stop-watch
    code = perform(["run", str(file), "--state", str(state), "--json", "--no-guardian"])
    for name, values in (("steps", steps), ("lags", lags)):
        with (out / name).open("wb") as target:
            values.tofile(target)
    return code


class Flood:
    """1,000 clients of ill will in one process; they go on until they are ended.

    Attributes:
        seen: What was answered, by status, and what broke, by kind.
    """

    def __init__(self, address: str, sessions: list[dict[str, str]]) -> None:
        """Aim at a control room; `sessions` is what each of its sessions sends with a request."""
        found = urlsplit(address)
        self.sessions, self.deaf = sessions, set[Any]()
        self.address, self.host, self.port = address, str(found.hostname), int(found.port or 80)
        self.seen: Counter[str] = Counter()
        self.beat = asyncio.Event()

    async def run(self, told: Path) -> None:
        """Come with everything, and say how it stands once a second."""
        rest = CLIENTS // 2 - DEAF
        async with asyncio.TaskGroup() as group:
            group.create_task(self.tell(told))
            for n in range(DEAF):
                group.create_task(self.again(self.deaf_socket, n, self.sessions[n % ADDRESSES]))
            # They come first: a room that is flooded lets nobody in for a while, and that is not what is measured.
            with suppress(TimeoutError):
                async with asyncio.timeout(ARRIVAL_S / 2):
                    while sum(map(stands, self.deaf)) < DEAF:
                        await self.beat.wait()
            for n in range(rest):
                group.create_task(self.again(self.deaf_reader, n, {}))
            for n in range(CLIENTS - CLIENTS // 2):
                group.create_task(self.again(self.ask, n, self.sessions[n % ADDRESSES] if n % 4 == 0 else {}))

    async def tell(self, told: Path) -> None:
        """Write down what was seen so far, each second."""
        while True:
            self.seen["deaf sockets that stand"] = sum(map(stands, self.deaf))
            told.with_suffix(".part").write_text(json.dumps(self.seen), encoding="ascii")
            told.with_suffix(".part").rename(told)
            for _ in range(10):
                await asyncio.to_thread(REST.wait, 0.1)
                # All who wait for a beat go on.
                self.beat.set()
                self.beat = asyncio.Event()

    async def again(self, act: Any, n: int, headers: dict[str, str]) -> None:
        """Do it again and again, whatever comes of it."""
        while True:
            try:
                await act(n, headers)
            except (OSError, aiohttp.ClientError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.seen[str(error) if type(error) is OSError else type(error).__name__] += 1
                await self.beat.wait()

    async def deaf_socket(self, n: int, headers: dict[str, str]) -> None:
        """Open a socket of the live line for the highest rate, and never read it; ends when the server hangs up."""
        line = aiohttp.TCPConnector(local_addr=(f"{DEAF_ONES}.{n % ADDRESSES + 1}", 0))
        async with aiohttp.ClientSession(connector=line, cookie_jar=aiohttp.DummyCookieJar()) as http:
            async with http.post(f"{self.address}api/ticket", headers=headers, json={}) as reply:
                self.seen[f"ticket {reply.status}"] += 1
                reply.raise_for_status()
                ticket = (await reply.json())["ticket"]
            origin = {"origin": self.address.rstrip("/")}
            async with http.ws_connect(f"{self.address}api/live", headers=origin, max_msg_size=0) as talk:
                await talk.send_json({"ticket": ticket, "state": "flooded"})
                await talk.send_json({"type": "rate", "hz": 10})
                # Greeted, so that it counts; nothing is read from here on.
                greeting = await talk.receive()
                if greeting.type is not aiohttp.WSMsgType.TEXT:
                    raise OSError(f"{greeting.type.name} {greeting.data}")
                raw = talk.get_extra_info("socket")
                talk._response.connection.transport.pause_reading()
                self.seen["deaf sockets"] += 1
                self.deaf.add(raw)
                # Who does not read hears nothing of an end either: the kernel is asked.
                while stands(raw):
                    await self.beat.wait()
                self.deaf.discard(raw)
                self.seen["deaf sockets that were cut"] += 1
                talk._response.connection.transport.abort()

    async def deaf_reader(self, n: int, headers: dict[str, str]) -> None:
        """Ask for a large file a hundred times on one line and read nothing of it."""
        source = (f"{LOUD}.{n % ADDRESSES + 1}", 0)
        # A reader with room for one byte, of which nobody takes any, stops the line.
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1, local_addr=source)
        ask = f"GET /{SCRIPT} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode()
        writer.write(ask * 100)
        self.seen["deaf readers"] += 1
        # It ends when the server hangs up, which a reader that does not read hears by its writing alone.
        while not writer.transport.is_closing():
            await self.beat.wait()
            writer.write(b"X")
        del reader

    async def ask(self, n: int, headers: dict[str, str]) -> None:
        """Ask one thing after the other on one line, and read the answers."""
        source = (f"{LOUD}.{n % ADDRESSES + 1}", 0)
        reader, writer = await asyncio.open_connection(self.host, self.port, local_addr=source)
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"Host: {self.host}:{self.port}\r\n{more}"
        nonsense = '{"password": "' + "x" * 200 + '"}'
        asks = [
            f"GET /api/snapshot?state=flooded HTTP/1.1\r\n{head}\r\n",
            f"GET /api/states HTTP/1.1\r\n{head}\r\n",
            f"POST /api/login HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {len(nonsense)}\r\n\r\n{nonsense}",
            f"GET /api/{'%2e%2e/' * 20}etc/passwd HTTP/1.1\r\n{head}\r\n",
            f"POST /api/command HTTP/1.1\r\n{head}Content-Length: 9999999\r\n\r\n",
        ]
        try:
            for text in asks:
                writer.write(text.encode())
                await writer.drain()
                status = (await reader.readuntil(b"\r\n")).split()[1].decode()
                self.seen[status] += 1
                rest = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in rest.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                if length:
                    await reader.readexactly(int(length[0].partition(b":")[2]))
        finally:
            writer.close()


def stands(raw: Any) -> bool:
    """Return True while the kernel has a line with both of its ends."""
    return raw.fileno() >= 0 and raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED


async def enter(address: str, n: int) -> dict[str, str]:
    """Log in from an address of its own and return what a session sends. Raises OSError where it is refused."""
    line = aiohttp.TCPConnector(local_addr=(f"{DEAF_ONES}.{n + 1}", 0))
    async with aiohttp.ClientSession(connector=line, cookie_jar=aiohttp.DummyCookieJar()) as http:
        form = {"password": PASSWORD, "totp": None}
        async with http.post(f"{address}api/login", json=form) as reply:
            if reply.status != 200:
                raise OSError(f"login {n + 1} of {ADDRESSES}: {reply.status} {await reply.text()}")
            info = await reply.json()
            return {"cookie": reply.headers["set-cookie"].partition(";")[0], "x-openbell-csrf": info["csrf"]}


def pin(process: int, core: int) -> bool:
    """Give a process one processor, with all of its threads; return False where there is none to give."""
    there = sorted(os.sched_getaffinity(0))
    if len(there) < 2:
        return False
    for task in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(task.name), {there[core]})
    return True


def report(out: Path, spans: list[tuple[str, int, int]]) -> None:
    """Print quantiles of steps and of the loop's lag, of all spans without and all with the flood."""
    found: dict[tuple[str, str], list[float]] = {}
    for what in ("steps", "lags"):
        values = array("q")
        values.frombytes((out / what).read_bytes())
        for at, lap in zip(values[::2], values[1::2], strict=True):
            for name, begin, end in spans:
                if begin <= at < end:
                    found.setdefault((what, name), []).append(lap / 1000)
    for what, word in (
        ("steps", "step of the engine"),
        ("lags", f"lag of its loop, pauses of {PAUSE_S * 1000:.0f} ms"),
    ):
        print(f"  {word}")
        for name in ("quiet", "flood"):
            laps = found.get((what, name), [])
            p50, p99, p999 = (percentile(laps, share) for share in (0.5, 0.99, 0.999))
            worst = max(laps, default=float("nan"))
            print(
                f"    {name}  p50 {p50:9,.1f} us  p99 {p99:9,.1f} us  p99.9 {p999:9,.1f} us  worst {worst:9,.1f} us"
                f"  ({len(laps):,})"
            )
    before, after = (percentile(found.get(("steps", name), []), 0.99) for name in ("quiet", "flood"))
    late = percentile(found.get(("lags", "flood"), []), 0.999) / 1000
    print(
        f"  step p99 changes by {100 * (after / before - 1):+.1f} % (at most 5), lag p99.9 {late:.1f} ms (at most 20)"
    )


def measure(folder: Path) -> None:
    """Start venue, engine, control room; let the flood come and go; print what the engine felt."""
    from tests.bench.bench_flow import FILE
    from tests.bench.bench_tick import STRATEGY
    from tests.bench.flood import name_of

    home = folder / "home"
    state, out = home / "flooded", folder / "out"
    out.mkdir()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OPENBELL_HOME": str(home)}
    python = [sys.executable, "-m"]
    long_s = int(PATIENCE_S + 2 * PAIRS * (SPAN_S + 4 * WARM_S + ARRIVAL_S))
    words = [*python, "tests.bench.flood", *map(str, (folder, SYMBOLS, long_s, RATE, 2 * long_s))]
    begun = [subprocess.Popen(words, env=environment)]
    try:
        wait((folder / "port").exists, PATIENCE_S)
        names = [name_of(n) for n in range(SYMBOLS)]
        text = FILE.format(port=(folder / "port").read_text(), first=names[0], rest=", ".join(names[1:]))
        (folder / "flow.yaml").write_text(text)
        (folder / "flip.py").write_text(STRATEGY)
        words = [*python, "tests.bench.bench_flood", "engine", str(folder / "flow.yaml"), str(state), str(out)]
        begun.append(subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL))
        wait((folder / "up").exists, PATIENCE_S)
        told = folder / "told"
        with told.open("w") as target:
            words = [*python, "openbell", "serve", "--open", "--port", "0"]
            begun.append(subprocess.Popen(words, env=environment, stdout=target))
        wait(lambda: told.read_text().count("\n") >= 2, PATIENCE_S)
        link, code = (line.split()[-1] for line in told.read_text().splitlines()[:2])
        address = link.partition("#")[0]
        (folder / "sessions").write_text(json.dumps(asyncio.run(set_up(address, code))), encoding="ascii")
        venue, run, room = begun
        is_apart = pin(run.pid, 0) and pin(room.pid, 1) and pin(venue.pid, 1)
        venue.send_signal(10)
        print(
            f"load of this machine {os.getloadavg()[0]:.1f}; {RATE} messages a second of {SYMBOLS} symbols; {CLIENTS} clients"
        )
        if not is_apart:
            print("one processor only: engine and flood share it, and nothing follows from the figures")
        spans = phases(address, folder, environment)
        print(f"load of this machine {os.getloadavg()[0]:.1f}")
    finally:
        for process in reversed(begun):
            ended(process)
    report(out, spans)
    print("  not measured: the network's cards and interrupts, another machine's clients, memory that both fight for")


def phases(address: str, folder: Path, environment: dict[str, str]) -> list[tuple[str, int, int]]:
    """Let quiet and flood take turns and return when each was, by the clock of all processes here (ns)."""
    spans = []
    REST.wait(WARM_S)
    for n in range(PAIRS):
        spans.append(span("quiet"))
        told = folder / f"seen{n}"
        words = [sys.executable, "-m", "tests.bench.bench_flood", "flood", address, str(folder / "sessions"), str(told)]
        flood = subprocess.Popen(words, env=environment)
        try:
            pin(flood.pid, 1)
            with tried("all deaf sockets"):
                wait(partial(is_there, told), ARRIVAL_S)
            REST.wait(WARM_S)
            before = seen(told)["deaf sockets that stand"]
            spans.append(span("flood"))
            after = seen(told)
            print(
                f"  flood {n + 1}: of {DEAF} deaf sockets {before} stood at its beginning and "
                f"{after['deaf sockets that stand']} at its end; it saw {dict(after)}",
                flush=True,
            )
        finally:
            flood.kill()
            flood.wait(10)
        REST.wait(WARM_S)
    return spans


def is_there(told: Path) -> bool:
    """Return True once all of those who never read a socket stand, and the others have come behind them."""
    found = seen(told) if told.exists() else Counter()
    return found["deaf sockets that stand"] >= DEAF and found["deaf readers"] >= CLIENTS // 2 - DEAF


def seen(told: Path) -> Counter[str]:
    """Return what the flood has met so far."""
    return Counter(json.loads(told.read_text(encoding="ascii")))


def span(name: str) -> tuple[str, int, int]:
    """Return a span that has just passed."""
    begin = time.perf_counter_ns()
    REST.wait(SPAN_S)
    return name, begin, time.perf_counter_ns()


async def set_up(address: str, code: str) -> list[dict[str, str]]:
    """Choose the password of the owner and return the sessions of all rounds."""
    form = {"code": code, "password": PASSWORD}
    async with aiohttp.ClientSession() as http, http.post(f"{address}api/setup", json=form) as reply:
        if reply.status != 200:
            raise OSError(await reply.text())
    return [await enter(address, n) for n in range(ADDRESSES)]


def main() -> int:
    """Measure, or be one of those who take part."""
    match sys.argv[1:]:
        case ["engine", *paths]:
            return engine(*map(Path, paths))
        case ["flood", address, sessions, told]:
            asyncio.run(Flood(address, json.loads(Path(sessions).read_text(encoding="ascii"))).run(Path(told)))
            return 0
    with tempfile.TemporaryDirectory(prefix="openbell-flood-") as name, tried("the flood"):
        measure(Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
