"""Budgets of work, counted in calls of functions: the same on every machine, whatever else it does.

They stand in docs/why/speed.md, and are read from there. Times are `make bench`'s: no test fails on a clock.
"""

import math
import re
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.edges.brokers.plain import codec
from openbell.edges.journal.faulty import FaultyDisk
from openbell.report.recorder import Recorder
from openbell.run.recover import start
from tests.bench.frames import QUIET, Calls, Frames, walk
from tests.house.source import ROOT
from tests.run.small import small

FILE = """
mode: paper
accounts:
  main: {broker: plain, url: "ws://127.0.0.1:7001/v1", cash: 100000 USD}
instruments:
  default: {kind: stock, calendar: 24x7}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 2, slow: 5}
    instruments: [AAA]
    bars: 1m
    account: main
    budget: {capital: 100000 USD, per_position: 5%}
    exits: {stop_loss: 2%}
rules:
  preset: none
  kill: {}
  session_hours: {}
  daily_loss: {}
  max_position: {}
  max_positions: {}
  duplicate: {}
"""
BARS = 1_000
ROW = re.compile(r"^\| (.+?) \| ([\d,]+) \|$", re.MULTILINE)


def budgets() -> dict[str, int]:
    """Return the budgets that the page states, by what they are for."""
    page = (ROOT / "docs" / "why" / "speed.md").read_text(encoding="utf-8").split("## Budgets")[1]
    return {what: int(most.replace(",", "")) for what, most in ROW.findall(page)}


def p99(counts: list[int]) -> int:
    """Return what 99 in a hundred are not above."""
    return sorted(counts)[math.ceil(0.99 * len(counts)) - 1]


def wave(n: int) -> float:
    """Return a price that goes up and down, so that averages cross, and no stop is hit."""
    return round(100.0 + 0.5 * math.sin(n / 3.0), 2)


def played(folder: Path, bars: int = BARS) -> Frames:
    """Return a run that has played so many bars."""
    made = Frames(folder, FILE, walk("AAA", wave))
    try:
        made.play(bars)
    finally:
        made.close()
    return made


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Return one run for all that is asked of it."""
    made = played(tmp_path_factory.mktemp("frames"))
    assert len(made.laps) == BARS
    return made


def test_S2_119_a_bar_becomes_a_signal_within_its_budget(run: Frames) -> None:
    assert 0 < p99([lap.signal for lap in run.laps]) <= budgets()["a bar's frame to the strategy's word, P99"]


def test_S2_120_a_signal_becomes_an_order_on_the_wire_within_its_budget(run: Frames) -> None:
    wires = [calls for lap in run.laps for calls in lap.wires]
    assert len(wires) > BARS / 20
    assert p99(wires) <= budgets()["the strategy's word to the order's frame, P99"]


def test_an_execution_becomes_a_stop_on_the_wire_within_its_budget(run: Frames) -> None:
    assert len(run.stops) > BARS / 40
    assert p99(run.stops) <= budgets()["an execution's frame to the frame of its stop, P99"]


def test_what_a_bar_costs_does_not_grow_with_all_that_was_before(run: Frames) -> None:
    quarter = BARS // 4
    first, last = run.laps[quarter : 2 * quarter], run.laps[-quarter:]
    assert p99([lap.signal for lap in last]) <= 1.05 * p99([lap.signal for lap in first])
    early, late = ([calls for lap in laps for calls in lap.wires] for laps in (first, last))
    assert p99(late) <= 1.05 * p99(early)


def test_S2_117_a_bar_of_a_backtest_with_journal_and_report_stays_within_its_budget(tmp_path: Path) -> None:
    prepared, source = small(tmp_path, days=1)
    started = start(prepared, FaultyDisk(), source, QUIET)  # type: ignore[arg-type]  # a disk in memory
    book, report = started.engine.book, Recorder(prepared.spec)
    started.loop.onlook((lambda event, effects: report.watch(book, event, effects),))
    started.loop.share_commits()
    counts: list[int] = []
    with Calls() as calls:
        for event in source.events():
            before = calls.made
            started.loop.take(event)
            counts.append(calls.made - before)
    started.journal.close()
    assert book.truth.counts.bars > 2 * 390 and book.truth.counts.orders > 50
    known = budgets()
    assert sorted(counts)[len(counts) // 2] <= known["a bar of a backtest on which nothing happens"]
    assert sum(counts) / len(counts) <= known["a bar of a backtest, orders and all, on average"]


def test_a_way_that_has_become_longer_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, encode = codec.frame, codec.encode

    def longer(effect: fx.Effect, epoch: int, *, netting: bool = False) -> object:
        for _ in range(500):
            len("looked at once more")
        return encode(effect, epoch, netting=netting)

    monkeypatch.setattr(codec, "encode", longer)
    slow = played(tmp_path, 60)
    assert codec.frame is frame
    assert (
        p99([calls for lap in slow.laps for calls in lap.wires])
        > budgets()["the strategy's word to the order's frame, P99"]
    )


def test_the_same_work_is_the_same_count(tmp_path: Path) -> None:
    one, other = (tmp_path / name for name in ("one", "other"))
    one.mkdir()
    other.mkdir()
    # The first of all may fill what is looked up once.
    assert played(one, 60).laps[20:] == played(other, 60).laps[20:]
