"""S2-118: 24 hours of a market that never closes, through engine, exchange, journal and report, and what they add in memory.

What is kept for later has a bound each: so many orders, ids, executions, points of a curve. Here the bounds are small, so
that all of them are reached within hours; from then on as much goes as comes, and whatever grows is a leak. Memory is
counted as Python hands it out, which is the same number on every machine, and as the kernel holds it for the whole process,
which is coarser and sees what libraries take by themselves. `make soak` looks at years.
"""

import gc
import mmap
import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from openbell.core import book, conduct, ledger
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.journal import Options
from openbell.parts.venue import entry
from openbell.report import recorder, series
from openbell.report.recorder import Recorder
from openbell.run import state
from openbell.run.recover import start
from tests.run.small import prepare

CONFIG = """
title: day
source: {kind: synthetic, seed: 11, days: 1, interval: 1m, start: 2024-01-02}
accounts:
  main: {broker: sim, cash: 100000 USD, fees: {kind: per_share, rate: 0.005, minimum: 1}, spread: 0.02%}
instruments:
  default: {kind: stock, calendar: 24x7}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 5, slow: 12}
    instruments: [AAA, BBB]
    bars: 1m
    account: main
    budget: {capital: 100000 USD, per_position: 8%}
    exits: {stop_loss: 0.5%, take_profit: 1%}
rules: {preset: none}
"""
SMALL = 20
"""Of each thing that is kept."""
BOUNDS = (
    (book, "KEPT_IDS"), (ledger, "KEPT_ORDERS"), (ledger, "KEPT_ENDED"), (ledger, "KEPT_EXECUTIONS"),
    (conduct, "MOST_TRADES"), (entry, "REMEMBERED_IDS"), (recorder, "MAX_FILLS"), (recorder, "MAX_TRADES"),
)  # fmt: skip
CURVES: tuple[Any, ...] = (series.BarSeries, series.Curve)
WARM_H, HOURS = 6, 24
"""Hours until every bound is reached, and of the whole."""
MOST_BYTES_AN_HOUR = 3_000
"""Less than a tenth of a megabyte a day, and 25 bytes a bar; what is left are results by hour and weekday."""
MOST_RESIDENT_AN_HOUR = 300_000
"""Of the whole process, bytes: many times what its pages come to by chance, and less than one page for each bar."""
MANNER = Options(is_background=False, is_compressing=False)
Watcher = Callable[[ev.Event, list[fx.Effect]], None]


class Hour(NamedTuple):
    """What Python holds at the end of an hour and what the process does, bytes, and the orders so far."""

    number: int
    held: int
    resident: int
    orders: int


@pytest.fixture
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in BOUNDS:
        monkeypatch.setattr(module, name, SMALL)
    for curve in CURVES:
        monkeypatch.setattr(curve.__init__, "__defaults__", (SMALL,))


def day(folder: Path, beside: Watcher = lambda event, effects: None) -> Iterator[Hour]:
    """Run a day and yield what each hour left in memory; `beside` looks on."""
    file = folder / "day.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    prepared, source = prepare(file)
    state.make(folder / "state")
    started = start(prepared, state.journal(folder / "state"), source, MANNER)
    report, counts = Recorder(prepared.spec), started.engine.book.truth.counts
    report_on: Watcher = lambda event, effects: report.watch(started.engine.book, event, effects)  # noqa: E731
    started.loop.onlook((report_on, beside))
    started.loop.share_commits()
    tracemalloc.start()
    try:
        hours = 1
        for event in source.events():
            if event.ts > source.schedule[0].ts + hours * 3600 * NS:
                started.ledger.commit()
                gc.collect()
                yield Hour(hours, tracemalloc.get_traced_memory()[0], resident(), counts.orders)
                hours += 1
            started.loop.take(event)
    finally:
        tracemalloc.stop()
        started.journal.close()


def resident() -> int:
    """Return the bytes of this process that are in memory (RSS)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * mmap.PAGESIZE


def slope(hours: list[Hour], what: str = "held") -> float:
    """Return the bytes that an hour adds, by a straight line through those behind the warm-up."""
    warm = [(hour.number, getattr(hour, what)) for hour in hours if hour.number >= WARM_H]
    return statistics.linear_regression(*zip(*warm, strict=True)).slope


@pytest.mark.usefixtures("_small_bounds")
def test_S2_118_a_day_of_a_market_that_never_closes_adds_nothing_to_memory(tmp_path: Path) -> None:
    hours = list(day(tmp_path))
    assert [hour.number for hour in hours] == list(range(1, HOURS + 1))
    assert hours[-1].orders > 4 * hours[WARM_H - 1].orders > 4 * SMALL, "it has traded, and gone beyond every bound"
    assert abs(slope(hours)) < MOST_BYTES_AN_HOUR, hours
    assert slope(hours, "resident") < MOST_RESIDENT_AN_HOUR, hours


@pytest.mark.usefixtures("_small_bounds")
def test_a_number_kept_of_each_event_is_found_and_a_page_that_python_knows_nothing_of(tmp_path: Path) -> None:
    kept: list[tuple[int, int]] = []
    pages: list[mmap.mmap] = []

    def keep(event: ev.Event, _effects: list[fx.Effect]) -> None:
        kept.append((len(kept), event.ts))
        pages.append(mmap.mmap(-1, 2 * mmap.PAGESIZE))
        pages[-1][0] = pages[-1][mmap.PAGESIZE] = 1

    hours = list(islice(day(tmp_path, keep), HOURS // 2))
    assert slope(hours) > 3 * MOST_BYTES_AN_HOUR, hours
    assert slope(hours, "resident") > 2 * MOST_RESIDENT_AN_HOUR, hours
