"""The control room under load: SYMBOLS positions that all move HZ times a second, from the journal to the pixels.

A run with that many positions is played once; its records are then appended to a new journal by a process of its own, an instant of
the market at a time, as an engine would, and each instant's wall time is kept. `openbell serve` follows that journal; a
Chromium of this machine shows the page, and 200 sockets take part. It prints and judges nothing; figures mean something
on an idle machine only, so the load of the machine stands beside them.

    make bench ARGS=room        SYMBOLS=500 HZ=5 SPAN=20 change it
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import time_ns
from typing import Any

import aiohttp

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import Options, open_journal
from openbell.run import state as states
from openbell.run.live import Settings, live
from openbell.run.records import entries
from tests.run.small import prepare

SYMBOLS, HZ, SPAN_S = (int(os.environ.get(name, given)) for name, given in (("SYMBOLS", 500), ("HZ", 5), ("SPAN", 20)))
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
FRAMES = """(span) => new Promise((done) => {
  const frames = [], slow = [];
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (one.interactionId) slow.push(one.duration); }).observe({type: "event", durationThreshold: 16, buffered: false});
  let last = performance.now(); const until = last + span;
  const frame = (now) => { frames.push(now - last); last = now; now < until ? requestAnimationFrame(frame) : done({frames, slow}); };
  requestAnimationFrame(frame);
})"""
SEEN = """() => {
  window.seen = [];
  const clock = document.querySelector("[data-testid=line] time, .line-clock");
  new MutationObserver(() => requestAnimationFrame(() => window.seen.push([clock.textContent, Date.now()])))
    .observe(clock, {characterData: true, childList: true, subtree: true});
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def configure(folder: Path) -> Path:
    """Write the run of many positions and return its file."""
    names = [f"S{n:03d}" for n in range(SYMBOLS)]
    (folder / "hold.py").write_text(HOLD, encoding="utf-8")
    prices = ", ".join(f"{name}: {20 + n % 180}" for n, name in enumerate(names))
    minutes = max(240, (SPAN_S * 8) * HZ)
    file = folder / "many.yaml"
    file.write_text(
        f"title: Many\nsource: {{kind: synthetic, seed: 3, days: {-(-minutes // 1440)}, volatility: 60%, prices: {{{prices}}}}}\n"
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
        page.goto(link)
        page.get_by_test_id("equity").wait_for()
        page.goto(f"{address}?again")
        page.get_by_test_id("equity").wait_for()
        print(f"first contentful paint          {page.evaluate(PAINT):8.0f} ms")
        page.evaluate(SEEN)
        page.wait_for_function(f"window.seen.length >= {HZ * SPAN_S // 2}", timeout=120_000)
        report_pixels(page.evaluate("window.seen"), walls(said))
        page.get_by_test_id("nav-positions").click()
        page.get_by_test_id("row").first.wait_for()
        session = page.context.new_cdp_session(page)
        heap = [used(page, session)]
        pressed = threading.Event()
        page.evaluate(f"window.measured = ({FRAMES})({SPAN_S * 1000})")
        heads = page.locator("thead button")
        for n in range(SPAN_S):
            heads.nth(n % 6).click()
            pressed.wait(0.5)
        measured = page.evaluate("window.measured")
        frames, slow = measured["frames"][1:], measured["slow"]
        print(
            f"frames of {SYMBOLS} x {HZ}/s             {1000 * len(frames) / sum(frames):8.1f} a second, p95 {percentile(frames, 0.95):.1f} ms"
        )
        print(f"interaction to next paint       {max(slow, default=0):8.0f} ms the slowest of {SPAN_S} clicks")
        heap.append(used(page, session))
        page.wait_for_timeout(SPAN_S * 1000)
        heap.append(used(page, session))
        print(
            f"heap                            {heap[0]:8.1f} MB, {heap[1]:.1f} after {SPAN_S} s, {heap[2]:.1f} after {2 * SPAN_S} s of {SYMBOLS * HZ}/s"
        )
        browser.close()


def used(page: Any, session: Any) -> float:
    """Return what a page's heap holds, in MB, after what can be freed was freed."""
    session.send("HeapProfiler.collectGarbage")
    return float(page.evaluate("performance.memory.usedJSHeapSize")) / 1e6


def report_pixels(seen: list[Any], known: dict[int, int]) -> None:
    """Print how long after it was durable an instant stood in the page: its clock shows the market's."""
    import datetime as dt

    late = []
    for text, at_ms in seen:
        plain = text.strip().removesuffix("UTC").strip()
        try:
            moment = dt.datetime.fromisoformat(f"{plain}+00:00")
        except ValueError:
            continue
        wall = known.get(int(moment.timestamp()) * 1_000_000_000)
        if wall is not None:
            late.append(at_ms - wall / 1e6)
    print(
        f"durable record to pixels        {percentile(late, 0.5):8.0f} ms p50, {percentile(late, 0.95):.0f} ms p95 ({len(late)} instants)"
    )


async def crowd(address: str, code: str, said: Path) -> None:
    """Measure CLIENTS sockets that want HZ frames a second."""
    late: list[float] = []
    form = {"code": code, "password": PASSWORD}
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    async with session as http, http.post(f"{address}api/setup", json=form) as reply:
        assert reply.status == 200, await reply.text()
    heard = await asyncio.gather(*(sit(address, n) for n in range(CLIENTS // EACH)))
    known = walls(said)
    for rows in heard:
        late += [(at - known[ts]) / 1e6 for ts, at in rows if ts in known]
    print(
        f"{CLIENTS} sockets at {HZ} a second       {percentile(late, 0.5):8.0f} ms p50, {percentile(late, 0.99):.0f} ms p99 ({len(late)} frames)"
    )


async def sit(address: str, n: int) -> list[tuple[int, int]]:
    """Log in from an address of its own, open EACH sockets, and return (market ts, wall ns) of each frame."""
    line = aiohttp.TCPConnector(local_addr=(f"127.0.1.{n + 1}", 0), limit=0)
    rows: list[tuple[int, int]] = []
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
                until = asyncio.get_running_loop().time() + SPAN_S
                async for message in socket:
                    data = json.loads(message.data)
                    run = data.get("data", {}).get("run", {}) if data.get("type") == "delta" else {}
                    for one in run.get("set", {}).values():
                        rows.append((int(one["market_ts"]) // 1_000_000_000 * 1_000_000_000, time_ns()))
                    if asyncio.get_running_loop().time() > until:
                        return

        await asyncio.gather(*(listen() for _ in range(EACH)))
    return rows


def main() -> int:
    """Play, serve, look, crowd."""
    if len(sys.argv) == 4:
        play(*map(Path, sys.argv[1:]))
        return 0
    rest = threading.Event()
    with tempfile.TemporaryDirectory(prefix="openbell-room-") as name:
        folder = Path(name)
        prepared, market = prepare(configure(folder))
        played, many, said = folder / "played", folder / "home" / "many", folder / "said"
        states.make(played)
        live(prepared, market, Settings(state=played))
        shutil.copytree(played, many, ignore=shutil.ignore_patterns("journal", "beat*", "lock*"))
        said.touch()
        words = [sys.executable, "-m", "tests.bench.bench_room", str(played), str(many), str(said)]
        environment = {**os.environ, "OPENBELL_HOME": str(many.parent)}
        served = [sys.executable, "-m", "openbell", "serve", "--open", "--port", "0"]
        with (
            subprocess.Popen(words) as player,
            subprocess.Popen(served, env=environment, stdout=subprocess.PIPE, text=True) as room,
        ):
            assert room.stdout is not None
            link, code = (room.stdout.readline().split()[-1] for _ in range(2))
            while len(walls(said)) < 3:
                rest.wait(0.05)
            address = link.partition("#")[0]
            print(f"load of this machine            {os.getloadavg()[0]:8.1f}")
            look(address, link, said)
            asyncio.run(crowd(address, code, said))
            player.kill()
            room.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
