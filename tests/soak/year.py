"""A run of many days on invented prices, with something wrong on each of them, and its memory at every evening."""

import gc
import os
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.core.types import Side
from openbell.edges.journal import Options
from openbell.report.recorder import Recorder
from openbell.run import assemble, source, state
from openbell.run.assemble import Prepared
from openbell.run.recover import Started, start
from openbell.run.sessions import sessions_of
from openbell.run.source import Source

CONFIG = """
title: soak
source: {{kind: synthetic, seed: 11, days: {days}, interval: 1m, start: 2024-01-02}}
accounts:
  main: {{broker: sim, cash: 100000 USD, fees: {{kind: per_share, rate: 0.005, minimum: 1}}, spread: 0.02%}}
instruments:
  AAA: {{kind: stock, calendar: NYSE}}
  BBB: {{kind: stock, calendar: NYSE}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 5, slow: 12}}
    instruments: [AAA, BBB]
    bars: 1m
    max_age: 5m
    account: main
    budget: {{capital: 100000 USD, per_position: 8%}}
    exits: {{stop_loss: 0.5%, take_profit: 1%}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{}}
  max_position: {{}}
  max_positions: {{}}
  duplicate: {{}}
"""
RESTART_EVERY = 25
"""Days between two restarts of the engine: a year has several, and most of it has none."""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


class Evening(NamedTuple):
    """What a day left behind: resident memory, open files, threads, the truth's size as bytes, events so far."""

    day: int
    mb: float
    files: int
    threads: int
    truth_bytes: int
    events: int


def measure(day: int, started: Started) -> Evening:
    """Return how the process stands after a day."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    truth = len(msgspec.msgpack.encode(started.engine.book.truth))
    events = started.engine.book.truth.counts.events
    return Evening(
        day, pages * PAGE_MB, len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), truth, events
    )


def prepared(folder: Path, days: int) -> tuple[Prepared, Source]:
    """Return the run and its market."""
    path = folder / "soak.yaml"
    path.write_text(CONFIG.format(days=days), encoding="utf-8")
    loaded, shelves = assemble.read(path, {})
    made = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    return made, source.load(made.spec, made.feed, made.feed_options, look_up, None)  # type: ignore[arg-type]  # has one


def wounds(bar: ev.Bar, day: int, count: int) -> Iterator[ev.Event]:
    """Yield what goes wrong around one bar: something else with each, none of it good news."""
    kind = count % 97
    ts, symbol = bar.ts, bar.instrument
    if kind == 1:
        yield bar
    elif kind == 2:
        yield msgspec.structs.replace(bar, ts=ts - bar.interval)
    elif kind == 3:
        yield msgspec.structs.replace(bar, close=float("nan"))
    elif kind == 5:
        yield ev.Quote(ts=ts, instrument=symbol, bid=-1.0, ask=-1.0)
    elif kind == 7:
        yield ev.Quote(ts=ts, instrument=symbol, bid=bar.close * 3.0, ask=bar.close * 3.1)
    elif kind == 11:
        yield ev.Halt(ts=ts, instrument=symbol, is_halted=True, text="drill")
    elif kind == 12:
        yield ev.Halt(ts=ts, instrument=symbol, is_halted=False)
    elif kind == 23:
        key = f"{day}-{count}"
        yield ev.CashFlow(ts=ts, account="main", currency="USD", amount=Decimal(1), kind="deposit", id=key)
        yield ev.CashFlow(ts=ts, account="main", currency="USD", amount=Decimal(1), kind="deposit", id=key)
    elif kind == 31:
        side = Side.BUY if count % 2 else Side.SELL
        hand = ev.Fill(
            ts=ts, account="main", instrument=symbol, oid="", venue_order=f"H{day}", exec_id=f"X{day}-{count}",
            side=side, qty=Decimal(1), px=Decimal(50), fee=Decimal(0), fee_currency="USD", time=ts,
        )  # fmt: skip
        yield hand
        yield hand
    elif kind == 41:
        for word in ("pause", "resume"):
            yield ev.Command(ts=ts, id=f"{word}-{day}-{count}", kind=word, actor="soak", reason="drill")
    elif kind == 53:
        yield ev.DiskState(ts=ts, is_healthy=False, text="drill")
        yield ev.DiskState(ts=ts, is_healthy=True, text="drill")


def evenings(folder: Path, days: int, options: Options | None = None) -> Iterator[Evening]:
    """Run `days` days and yield what each left behind."""
    made, told = prepared(folder, days)
    manner = options or Options()
    place = state.journal(folder / "state")
    state.make(folder / "state")
    started = start(made, place, told, manner)
    recorder = Recorder(made.spec)
    started.loop.onlook((_onlooker(recorder, started),))
    day = count = 0
    for event in told.events():
        for wound in wounds(event, day, count) if isinstance(event, ev.Bar) else ():
            # What a venue or a person does is none of the source's: it does not move the place in it.
            started.loop.take(wound)
        count += 1
        started.loop.take(event)
        if not isinstance(event, ev.Schedule) or event.is_open:
            continue
        day += 1
        started.ledger.commit()
        started.ledger.checkpoint(started.engine, started.loop.ports.venues, made.hashes)
        if day % RESTART_EVERY == 0:
            started.journal.close()
            started = start(made, place, told, manner)
            started.loop.onlook((_onlooker(recorder, started),))
        yield measure(day, started)
    started.loop.finish()
    started.ledger.commit()
    started.journal.close()


def _onlooker(recorder: Recorder, started: Started) -> object:
    def look(event: ev.Event, effects: list) -> None:
        recorder.watch(started.engine.book, event, effects)
        encode_record(event, effects)

    return look


def slope(points: list[Evening]) -> tuple[float, float]:
    """Return growth a day in MB by least squares, and twice its standard error."""
    n = len(points)
    xs = [float(point.day) for point in points]
    ys = [point.mb for point in points]
    mx, my = sum(xs) / n, sum(ys) / n
    spread = sum((x - mx) ** 2 for x in xs)
    rise = sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / spread
    rest = sum((y - my - rise * (x - mx)) ** 2 for x, y in zip(xs, ys, strict=True))
    return rise, 2.0 * (rest / max(n - 2, 1) / spread) ** 0.5
