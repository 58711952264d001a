"""Bars of the past: how many are needed, which are asked for, what is kept, and what the engine makes of them."""

import asyncio
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from openbell.core import events as ev
from openbell.core.events import Bar
from openbell.core.types import DAY_NS, MINUTE_NS, NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.past import Wanted, finished
from openbell.edges.calendars import sessions
from openbell.run import assemble, history
from openbell.run.history import AGAIN_NS, Kept, Warmth, events, joined, missing_from, needed, told
from openbell.run.recover import start
from openbell.run.replay import replay
from openbell.run.shell import Settings, Shell
from openbell.run.source import Source
from openbell.run.state import journal
from tests.core import build as b
from tests.run.vendors import coins_file

FILE = coins_file(slow=5, more="instruments:\n  BTCUSDT: {kind: crypto}\n  ETHUSDT: {kind: crypto}\n")
DAY = 20_000 * DAY_NS
NOW = DAY + 30 * MINUTE_NS + 20 * NS


def bar(minute: int, symbol: str = "BTCUSDT", px: float = 100.0) -> Bar:
    """Return the bar that opens so many minutes after midnight."""
    ts = DAY + (minute + 1) * MINUTE_NS
    return Bar(ts=ts, instrument=symbol, open=px, high=px, low=px, close=px, volume=1.0, interval=MINUTE_NS)


class Vendor:
    """An adapter whose vendor has the bars of a day, or fails."""

    LIMITS: dict[str, int] = {}

    def __init__(self, bars: list[Bar] | None = None) -> None:
        self.bars = [bar(n, s, 100.0 + n) for n in range(60) for s in ("BTCUSDT", "ETHUSDT")] if bars is None else bars
        self.failure: Exception | None = None
        self.asked: list[tuple[Wanted, ...]] = []

    def place(self, options: Any) -> tuple[str, str, str]:
        return "there", "host:1", "account"

    async def history(
        self, options: Any, limits: Any, wanted: tuple[Wanted, ...], access: Access
    ) -> dict[str, list[Bar]]:
        self.asked.append(wanted)
        if self.failure is not None:
            raise self.failure
        return {one.symbol: finished([bar for bar in self.bars if bar.instrument == one.symbol], one) for one in wanted}


def prepared(folder: Path, text: str = FILE) -> assemble.Prepared:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return assemble.prepare(*assemble.read(path, {}))


class Fetch:
    """Fetches from a vendor at `now`, and keeps what was told."""

    def __init__(self, folder: Path, vendor: Vendor, made: assemble.Prepared | None = None) -> None:
        self.made = made or prepared(folder)
        self.told: list[str] = []
        self.now = NOW
        wires = {"main": SimpleNamespace(broker=vendor, options=SimpleNamespace(feed="iex"))}
        run = SimpleNamespace(spec=self.made.spec, strategies=self.made.strategies, wires=wires)
        access = Access(now=lambda: self.now)
        self.warmth = Warmth(cast(assemble.Prepared, run), sessions, folder / "kept", access, self.told.append)

    def __call__(self, *names: str, patience: int = 5 * NS) -> list[ev.History]:
        return asyncio.run(self.warmth.fetch(names or ("cross",), patience))


def bars_in(found: list[ev.History]) -> list[tuple[int, str]]:
    return [((one.open_ts - DAY) // MINUTE_NS, one.instrument) for event in found for one in event.bars]


def test_what_a_strategy_needs_is_measured(tmp_path: Path) -> None:
    made = prepared(tmp_path)
    spec, strategy = made.spec.deployments["cross"], made.strategies["cross"]
    assert needed(spec, strategy) == 5
    ranges = msgspec.structs.replace(spec, exits=b.exits(stop_atr=2, atr_period=14))
    assert (needed(ranges, strategy), needed(msgspec.structs.replace(ranges, fold=5 * MINUTE_NS), strategy)) == (14, 70)


def test_a_free_strategy_gets_the_usual_number_unless_it_takes_bars_together(tmp_path: Path) -> None:
    spec = prepared(tmp_path).spec.deployments["cross"]
    assert needed(spec, b.free(b.silent)) == history.FREE_BARS
    assert needed(spec, b.free(b.silent, on_bars=b.silent)) == 0


def test_a_whole_session_up_to_the_last_bar_that_is_over_comes_in_order(tmp_path: Path) -> None:
    vendor = Vendor()
    fetch = Fetch(tmp_path, vendor)
    (past,) = fetch()
    assert (past.deployment, past.open, past.close) == ("cross", DAY, DAY + DAY_NS)
    assert bars_in([past]) == [(n, s) for n in range(30) for s in ("BTCUSDT", "ETHUSDT")]
    assert vendor.asked == [tuple(Wanted(symbol=s, start=DAY, end=NOW) for s in ("BTCUSDT", "ETHUSDT"))]
    assert fetch.told == ["cross is warmed up with 60 bars of the past; it needs 5 of each instrument"]


def test_where_this_session_is_too_young_the_one_before_comes_too(tmp_path: Path) -> None:
    vendor = Vendor()
    fetch = Fetch(tmp_path, vendor)
    fetch.now = DAY + 3 * MINUTE_NS
    fetch()
    assert {one.start for one in vendor.asked[0]} == {DAY - DAY_NS}


def test_history_that_is_too_short_is_said_by_instrument(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, Vendor([bar(n) for n in range(3)]))
    fetch()
    assert fetch.told == [
        "WARMING UP: cross needs 5 bars of BTCUSDT, its vendor has 3: nothing is decided before 2 more",
        "WARMING UP: cross needs 5 bars of ETHUSDT, its vendor has 0: nothing is decided before 5 more",
    ]


@pytest.mark.parametrize("failure", [Transient("nobody there"), TimeoutError()])
def test_a_vendor_that_is_silent_costs_the_warmth_and_nothing_else(tmp_path: Path, failure: Exception) -> None:
    vendor = Vendor()
    vendor.failure = failure
    fetch = Fetch(tmp_path, vendor)
    assert fetch() == []
    assert fetch.told[0].startswith("main: no bars of the past: ")
    assert fetch.told[0].endswith("; its strategies warm up with those to come")


def test_a_broker_without_a_past_is_not_asked(tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, cast(Vendor, SimpleNamespace()))
    assert (fetch(), fetch.told) == ([], [])


def test_what_was_kept_is_not_asked_for_again_but_for_its_latest_minutes(tmp_path: Path) -> None:
    vendor = Vendor()
    first = bars_in(Fetch(tmp_path, vendor)())
    again = Fetch(tmp_path, vendor)
    again.now = NOW + 10 * MINUTE_NS
    vendor.bars = [msgspec.structs.replace(one, close=one.close) for one in vendor.bars]
    assert bars_in(again())[: len(first)] == first
    assert {one.start for one in vendor.asked[1]} == {NOW - AGAIN_NS}
    assert len(bars_in(again())) == 80


def test_a_minute_that_the_vendor_has_corrected_since_is_taken_from_its_last_word() -> None:
    kept = Kept(start=DAY, end=NOW, bars=[bar(n, px=1.0) for n in range(30)])
    asked = Wanted(symbol="BTCUSDT", start=missing_from(kept, DAY), end=NOW + MINUTE_NS)
    found = joined(kept, asked, [bar(n, px=2.0) for n in range(26, 31)])
    assert [one.close for one in found.bars] == [1.0] * 26 + [2.0] * 5
    assert (found.start, found.end) == (DAY, NOW + MINUTE_NS)


@pytest.mark.parametrize(
    ("kept", "start"),
    [(None, DAY), (Kept(start=DAY + 1, end=NOW, bars=[]), DAY), (Kept(start=0, end=NOW, bars=[]), NOW - AGAIN_NS),
     (Kept(start=0, end=DAY, bars=[]), DAY)],
)  # fmt: skip
def test_what_was_never_asked_for_is_asked_for(kept: Kept | None, start: int) -> None:
    assert missing_from(kept, DAY) == start


def test_what_was_kept_apart_from_what_is_asked_for_now_is_dropped_and_what_is_old_too() -> None:
    asked = Wanted(symbol="BTCUSDT", start=DAY + 10 * MINUTE_NS, end=NOW)
    old = Kept(start=DAY, end=DAY + 5 * MINUTE_NS, bars=[bar(1)])
    assert joined(old, asked, [bar(12)]) == Kept(start=asked.start, end=NOW, bars=[bar(12)])
    far = Kept(start=0, end=NOW, bars=[msgspec.structs.replace(bar(0), ts=DAY - history.REACH_NS), bar(3)])
    assert joined(far, asked, []).bars == [bar(3)]


def test_a_file_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    history.keep(tmp_path, Wanted(symbol="BTC/USD", start=0, end=1), Kept(start=0, end=1, bars=[]))
    (file,) = tmp_path.iterdir()
    assert (file.name, history.read(tmp_path, "BTC/USD")) == ("BTC-USD.msgpack", Kept(start=0, end=1, bars=[]))
    file.write_bytes(b"x")
    assert history.read(tmp_path, "BTC/USD") is None


def test_a_long_session_is_told_in_parts_and_what_is_in_none_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "CHUNK", 4)
    spec = prepared(tmp_path).spec.deployments["cross"]
    found = events(spec, [(DAY, DAY + 6 * MINUTE_NS)], {"BTCUSDT": [bar(n) for n in range(9)]})
    assert [len(one.bars) for one in found] == [4, 2]
    assert told(spec, 6, found)[0].startswith("WARMING UP: cross needs 6 bars of ETHUSDT")


def lived(folder: Path, vendor: Vendor, made: assemble.Prepared) -> Shell:
    """Let an engine of a state live for a moment, and close it."""
    source = Source(tables=[], schedule=[], digest="live", notes=(), start=NOW)
    started = start(made, journal(folder), source)
    warmth = Fetch(folder.parent, vendor, made).warmth
    settings = Settings(state=folder, look_up=lambda *_: [], warmth=warmth, is_interrupted=lambda: True)
    shell = Shell(made, settings, started)
    asyncio.run(shell.run())
    started.journal.close()
    return shell


def test_a_new_run_is_warm_at_its_first_bar_and_a_restart_has_it_from_the_journal(tmp_path: Path) -> None:
    vendor, state = Vendor(), tmp_path / "state"
    state.mkdir()
    made = prepared(tmp_path)
    shell = lived(state, vendor, made)
    pair = shell.started.engine.traders.pairs["cross"]["BTCUSDT"]
    assert pair.stock is not None
    target, _ = pair.stock.step(pair.state, pair.stock.params, cast(Any, SimpleNamespace(close=131.0)))
    assert math.isfinite(target), "it is still warming up"
    assert replay(state, {}).difference == ""
    before = len(vendor.asked)
    again = lived(state, vendor, made)
    assert len(vendor.asked) == before
    assert again.started.engine.traders.pairs["cross"]["ETHUSDT"].state.d[0] > 100.0


def test_a_deployment_whose_memory_was_dropped_is_warmed_up_anew(tmp_path: Path) -> None:
    vendor, state = Vendor(), tmp_path / "state"
    state.mkdir()
    lived(state, vendor, prepared(tmp_path))
    edited = prepared(tmp_path)
    edited.hashes = dict.fromkeys(edited.hashes, "edited")
    shell = lived(state, vendor, edited)
    assert (shell.started.discarded, len(vendor.asked)) == (("cross",), 2)
    assert shell.started.engine.traders.pairs["cross"]["BTCUSDT"].state.d[0] > 100.0
    assert replay(state, {}).difference == ""
