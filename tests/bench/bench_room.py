"""The control room under load: SYMBOLS positions that all move HZ times a second, from the journal to the pixels.

A run with that many positions is played once; its records are then appended to a new journal by a process of its own, an instant of
the market at a time, as an engine would, and each instant's wall time is kept. `openbell serve` follows that journal; a
Chromium of this machine shows the page, and 200 sockets take part. It prints and judges nothing; figures mean something
on an idle machine only, so the load of the machine stands beside them. Every wait has an end: what could not be measured
is said, with the reason, and the rest goes on.

    make bench ARGS=room                               SYMBOLS=500 HZ=5 SPAN=20 change it
    SYMBOLS=50 HZ=20 HEAP=900 make bench ARGS=room     an hour's 18,000 frames in a quarter: is the heap flat?
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

import aiohttp

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import Options, open_journal
from openbell.run import state as states
from openbell.run.live import Settings, live
from openbell.run.records import entries
from tests.run.small import prepare

SYMBOLS, HZ, SPAN_S, HEAP_S = (
    int(os.environ.get(name, given)) for name, given in (("SYMBOLS", 500), ("HZ", 5), ("SPAN", 20), ("HEAP", 20))
)
INSTANTS = (HEAP_S + 6 * SPAN_S + 120) * HZ
"""Of the market, that are recorded: with time to spare for a machine that is slow to begin."""
PATIENCE_S = 60.0
"""How much longer than planned anything may take."""
HOUR_FRAMES = 18_000
SETTLED_S = 2.0
"""How long after the last socket the watch begins: they catch up with what came while they were let in."""
CLIENTS, EACH = 200, 5
"""Sockets, and how many of them a session may have."""
PASSWORD = "seven quiet herons wade"
HOLD = '''
"""Holds everything, always."""
from openbell.core.effects import Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


class State(dict):
    """Nothing."""


def decide(config, state, bar, view):
    """Be long."""
    return [Intent(instrument=bar.instrument, target=1.0)]
'''
FRAMES = """(span) => {
  const frames = [], slow = [];
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (one.interactionId) slow.push(one.duration); })
    .observe({type: "event", durationThreshold: 16, buffered: false});
  let last = performance.now(); const until = last + span;
  const frame = (now) => {
    frames.push(now - last); last = now;
    if (now < until) requestAnimationFrame(frame); else window.measured = {frames, slow};
  };
  window.measured = null;
  requestAnimationFrame(frame);
}"""
HEARD = """
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({data}) => {
        const told = data.startsWith('{"type":"delta"') && /"market_ts":"(\\d+)"/.exec(data);
        if (told) { window.heard = told[1]; window.told = (window.told ?? 0) + 1; }
      });
    }
  };
"""
SEEN = """() => {
  window.seen = [];
  new MutationObserver(() => { const at = window.heard; requestAnimationFrame(() => window.seen.push([at, Date.now()])); })
    .observe(document.querySelector("[data-testid=equity]"), {characterData: true, childList: true, subtree: true});
}"""
MARKET = re.compile(r'"market_ts":"(\d+)"')
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def configure(folder: Path) -> Path:
    """Write the run of many positions and return its file."""
    names = [f"S{n:03d}" for n in range(SYMBOLS)]
    (folder / "hold.py").write_text(HOLD, encoding="utf-8")
    prices = ", ".join(f"{name}: {20 + n % 180}" for n, name in enumerate(names))
    file = folder / "many.yaml"
    file.write_text(
        f"title: Many\nsource: {{kind: synthetic, seed: 3, days: {-(-INSTANTS // 1440)}, volatility: 60%, prices: {{{prices}}}}}\n"
        "instruments: {default: {kind: stock, calendar: 24x7}}\naccounts:\n  main: {broker: sim, cash: 100000000 USD}\n"
        f"deployments:\n  - name: all\n    strategy: {{kind: ./hold.py}}\n    instruments: [{', '.join(names)}]\n    bars: 1m\n"
        f"    account: main\n    budget: {{capital: 100000000 USD, per_position: 0.1%, positions: {SYMBOLS}}}\n"
        "rules: {preset: none, kill: {}}\n",
        encoding="utf-8",
    )
    return file


def play(source: Path, target: Path, said: Path) -> None:
    """Append the records of one journal to another at HZ instants a second; note the wall time of each instant."""
    rest, journal = threading.Event(), open_journal(states.journal(target), Options(is_compressing=False))[0]
    with said.open("w", encoding="ascii", buffering=1) as told:
        at, seq, due = 0, 0, time_ns()
        for entry in entries(states.journal(source)):
            if isinstance(entry.event, ev.Bar) and entry.event.ts != at:
                if at:
                    journal.commit(seq)
                    told.write(f"{at} {time_ns()}\n")
                    due += 1_000_000_000 // HZ
                    rest.wait(max(0.0, (due - time_ns()) / 1e9))
                at = entry.event.ts
            seq = journal.append(encode_record(entry.event, entry.effects))
    journal.close()


def percentile(values: list[float], share: float) -> float:
    """Return a percentile, NaN of nothing."""
    found = sorted(values)
    return found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


def walls(said: Path) -> dict[int, int]:
    """Return the wall time (UTC ns) at which an instant of the market was durable, by its UTC ns."""
    whole = [line.split() for line in said.read_text(encoding="ascii").splitlines()]
    return {int(one[0]): int(one[1]) for one in whole if len(one) == 2}


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so. Raises TimeoutError."""
    rest, end = threading.Event(), monotonic() + SPAN_S + PATIENCE_S
    while not is_so():
        if monotonic() > end:
            raise TimeoutError(f"waited {SPAN_S + PATIENCE_S:.0f} s in vain for {what}")
        rest.wait(0.05)


@contextmanager
def tried(what: str) -> Iterator[None]:
    """Say that something could not be measured, and why, and go on."""
    from playwright.sync_api import Error

    try:
        yield
    except (TimeoutError, AssertionError, OSError, aiohttp.ClientError, Error) as error:
        print(f"{what:32}not measured: {(str(error).splitlines() or [type(error).__name__])[0]}", flush=True)


def look(address: str, link: str, said: Path) -> None:
    """Measure the page in a Chromium."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import FLAGS, found

    path = found()
    if path is None:
        print("no Chromium on this machine: nothing about the page")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, "--enable-precise-memory-info"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(1000 * PATIENCE_S)
        page.add_init_script(HEARD)
        with tried("the page"):
            page.goto(link)
            page.get_by_test_id("equity").wait_for()
            page.goto(f"{address}?again")
            page.get_by_test_id("equity").wait_for()
            print(f"first contentful paint          {page.evaluate(PAINT):8.0f} ms", flush=True)
            with tried("durable record to pixels"):
                page.evaluate(SEEN)
                until(lambda: page.evaluate("window.seen.length") >= HZ * SPAN_S // 2, "figures that move")
                report_pixels(page.evaluate("window.seen"), walls(said))
            with tried("frames"):
                report_frames(page)
            with tried("heap"):
                report_heap(page)
        browser.close()


def report_frames(page: Any) -> None:
    """Print how often the table of all positions is drawn while it is sorted anew twice a second."""
    page.get_by_test_id("nav-positions").click()
    page.get_by_test_id("row").first.wait_for()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before, pressed = busy(session), threading.Event()
    page.evaluate(f"({FRAMES})({SPAN_S * 1000})")
    heads = page.locator("thead button")
    begun = monotonic()
    for n in range(SPAN_S):
        heads.nth(n % 6).click()
        pressed.wait(0.5)
    until(lambda: page.evaluate("window.measured !== null"), "the last frame")
    spent = monotonic() - begun
    after, measured = busy(session), page.evaluate("window.measured")
    frames, slow = measured["frames"][1:], measured["slow"]
    rate = 1000 * len(frames) / sum(frames)
    print(f"frames of {SYMBOLS} x {HZ}/s".ljust(32) + f"{rate:8.1f} a second, p95 {percentile(frames, 0.95):.1f} ms")
    parts = ", ".join(f"{100 * (after[name] - before[name]) / spent:.1f} % {word}" for name, word in WORK.items())
    print(f"{'work of the page':32}{parts} of one processor")
    print(f"interaction to next paint       {max(slow, default=0):8.0f} ms the slowest of {SPAN_S} clicks", flush=True)


WORK = {
    "TaskDuration": "in all",
    "ScriptDuration": "script",
    "RecalcStyleDuration": "style",
    "LayoutDuration": "layout",
}


def busy(session: Any) -> dict[str, float]:
    """Return what the page's thread has worked so far, seconds of processor time by kind."""
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def report_heap(page: Any) -> None:
    """Print what the heap holds ten times over HEAP_S, and how it grows from the first tenth on."""
    session, rest = page.context.new_cdp_session(page), threading.Event()
    first = int(page.evaluate("window.told"))
    held = []
    for _ in range(11):
        held.append(used(page, session))
        rest.wait(HEAP_S / 10)
    frames = int(page.evaluate("window.told")) - first
    print(
        f"heap                            {held[1]:8.1f} MB after a tenth, {held[-1]:.1f} at the end of {HEAP_S} s and "
        f"{frames:,} frames; {' '.join(f'{one:.1f}' for one in held)}\n"
        f"{'it grows by':32}{slope(held[1:]) * HOUR_FRAMES * 10 / max(frames, 1):+8.2f} MB in {HOUR_FRAMES:,} frames, an hour's at 5 a "
        f"second: the line of least squares through all but the first, each taken after all that can be freed was freed",
        flush=True,
    )


def slope(values: list[float]) -> float:
    """Return by how much the line of least squares through values rises from one to the next."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    across = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return across / sum((at - middle) ** 2 for at in range(len(values)))


def used(page: Any, session: Any) -> float:
    """Return what a page's heap holds, in MB, after what can be freed was freed."""
    session.send("HeapProfiler.collectGarbage")
    return float(page.evaluate("performance.memory.usedJSHeapSize")) / 1e6


def report_pixels(seen: list[Any], known: dict[int, int]) -> None:
    """Print how long after it was durable an instant stood in the page: the figure of the equity had changed with it."""
    first: dict[int, int] = {}
    for text, at_ms in seen:
        if text is not None:
            first.setdefault(int(text) // 1_000_000_000 * 1_000_000_000, at_ms)
    late = [at_ms - known[ts] / 1e6 for ts, at_ms in first.items() if ts in known]
    print(
        f"durable record to pixels        {percentile(late, 0.5):8.0f} ms p50, {percentile(late, 0.95):.0f} ms p95 "
        f"({len(late)} instants)",
        flush=True,
    )


async def own(address: str, code: str) -> None:
    """Set the password that all others log in with, while the code for it is fresh."""
    form = {"code": code, "password": PASSWORD}
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    async with session as http, http.post(f"{address}api/setup", json=form) as reply:
        assert reply.status == 200, await reply.text()


class Crowd:
    """Sockets that come in one after the other, and are watched once all of them are there and have caught up.

    Attributes:
        rows: Market ts and wall ns of each frame since then.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self.rows: list[tuple[int, int]] = []
        self._there = 0
        self._begin = self._end = float("inf")

    def come(self) -> None:
        """Count one who has been greeted; the watch begins with the last."""
        self._there += 1
        if self._there == CLIENTS:
            self._begin = asyncio.get_running_loop().time() + SETTLED_S
            self._end = self._begin + SPAN_S

    def hear(self, text: str) -> bool:
        """Take a frame as it comes in; False once that was enough."""
        now = asyncio.get_running_loop().time()
        if now >= self._begin:
            # Read without parsing the rest: 200 callers in one process would measure themselves.
            told = MARKET.search(text) if text.startswith('{"type":"delta"') else None
            if told is not None:
                self.rows.append((int(told[1]) // 1_000_000_000 * 1_000_000_000, time_ns()))
        return now < self._end


async def crowd(address: str, said: Path) -> None:
    """Measure CLIENTS sockets that want HZ frames a second, once all of them are there and have caught up.

    Logging in is not measured: each costs the server a tenth of a second of hashing, on purpose.
    """
    found = Crowd()
    async with asyncio.timeout(SETTLED_S + SPAN_S + PATIENCE_S):
        await asyncio.gather(*(sit(address, n, found) for n in range(CLIENTS // EACH)))
    known = walls(said)
    late = [(at - known[ts]) / 1e6 for ts, at in found.rows if ts in known]
    print(
        f"{CLIENTS} sockets at {HZ} a second       {percentile(late, 0.5):8.0f} ms p50, {percentile(late, 0.99):.0f} ms p99 ({len(late)} frames)"
    )


async def sit(address: str, n: int, found: Crowd) -> None:
    """Log in from an address of its own, open EACH sockets, and hear what comes."""
    line = aiohttp.TCPConnector(local_addr=(f"127.0.1.{n + 1}", 0), limit=0)
    async with aiohttp.ClientSession(connector=line, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.post(f"{address}api/login", json={"password": PASSWORD, "totp": None}) as reply:
            info = await reply.json()
            headers = {"cookie": reply.headers["set-cookie"].partition(";")[0], "x-openbell-csrf": info["csrf"]}

        async def listen() -> None:
            async with http.post(f"{address}api/ticket", headers=headers, json={}) as reply:
                ticket = (await reply.json())["ticket"]
            async with http.ws_connect(
                f"{address}api/live", headers={"origin": address.rstrip("/")}, max_msg_size=0
            ) as socket:
                await socket.send_json({"ticket": ticket, "state": "many"})
                await socket.send_json({"type": "rate", "hz": HZ})
                assert (await socket.receive_json())["type"] == "hello", "a socket was not let in"
                found.come()
                async for message in socket:
                    if not found.hear(message.data):
                        return
            raise AssertionError("a socket was let go before the end")

        await asyncio.gather(*(listen() for _ in range(EACH)))


def ended(process: "subprocess.Popen[Any]") -> None:
    """End a process that was begun here, if need be without asking."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def measure(folder: Path) -> None:
    """Play, serve, look, crowd."""
    prepared, market = prepare(configure(folder))
    played, many, said, told = folder / "played", folder / "home" / "many", folder / "said", folder / "told"
    states.make(played)
    live(prepared, market, Settings(state=played, until_bars=SYMBOLS * INSTANTS))
    shutil.copytree(played, many, ignore=shutil.ignore_patterns("journal", "beat*", "lock*"))
    said.touch()
    words = [sys.executable, "-m", "tests.bench.bench_room", str(played), str(many), str(said)]
    served = [sys.executable, "-m", "openbell", "serve", "--open", "--port", "0"]
    environment = {**os.environ, "OPENBELL_HOME": str(many.parent)}
    with told.open("w") as out:
        player = subprocess.Popen(words)
        room = subprocess.Popen(served, env=environment, stdout=out)
    try:
        until(lambda: told.read_text().count("\n") >= 2 and len(walls(said)) > 2, "the server and the market")
        link, code = (line.split()[-1] for line in told.read_text().splitlines()[:2])
        address = link.partition("#")[0]
        print(f"load of this machine            {os.getloadavg()[0]:8.1f}", flush=True)
        asyncio.run(own(address, code))
        look(address, link, said)
        print(f"load of this machine            {os.getloadavg()[0]:8.1f}", flush=True)
        with tried(f"{CLIENTS} sockets at {HZ} a second"):
            asyncio.run(crowd(address, said))
    finally:
        ended(player)
        ended(room)


def main() -> int:
    """Measure, or play a journal for who measures."""
    if len(sys.argv) == 4:
        play(*map(Path, sys.argv[1:]))
        return 0
    with tempfile.TemporaryDirectory(prefix="openbell-room-") as name, tried("the room"):
        measure(Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
