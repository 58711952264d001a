"""The stages of an order's way in runs at the simulated venue, and what Prometheus is told of them."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.strategy import FreeStrategy, StockStrategy
from openbell.core.types import NS, OrderType, Side, Tif
from openbell.run import state
from openbell.run.assemble import Prepared
from openbell.run.clock import FakeClock
from openbell.run.latency import BOUNDS, STAGES, Tally, figures, read_latencies
from openbell.run.ledger import Entry
from openbell.run.live import Settings, live
from openbell.run.pulse import EVERY_NS
from openbell.run.records import entries
from openbell.run.recover import start
from openbell.run.results import Result
from openbell.run.source import Source
from openbell.run.stopwatch import MOST_SENT, Stopwatch
from tests.run.small import QUIET, journal_of, prepare, small, write
from tests.run.web.stage import Stage, on_stage

FAST = 1e6
"""A pace at which a day of minutes is over after some hundredths of a second of a clock that only moves when told."""
MS = NS // 1000


def ran(folder: Path, told: tuple[Prepared, Source], clock: FakeClock, name: str = "small") -> Result:
    place = folder / name
    state.make(place)
    return live(*told, Settings(state=place, speed=FAST, clock=clock))


def counted(folder: Path) -> dict[str, int]:
    return {stage: int(one["count"] or 0) for stage, one in figures(folder)["main"].items()}


def happened(told: list[Entry]) -> dict[str, int]:
    """Return from a journal how often each stage has to have been passed."""
    effects = [effect for entry in told for effect in entry.effects]
    sent = {effect.oid: effect for effect in effects if isinstance(effect, fx.Submit)}
    filled = {entry.event.oid for entry in told if isinstance(entry.event, ev.Fill)}
    words = [entry.event for entry in told if isinstance(entry.event, ev.OrderUpdate)]
    accepted = {word.oid for word in words if word.happening == "accepted"}
    asked = [one for one in effects if isinstance(one, fx.Decision) and one.signal != Code.OUT_OF_SESSION]
    refused = [one for one in asked if one.code == Code.MAX_POSITIONS]
    return {
        "data": sum(isinstance(entry.event, ev.Bar) for entry in told),
        "signal": len(asked),
        "risk": len(sent) + len(refused),
        "send": len(sent),
        "ack": len(accepted | filled),
        "fill": len({oid for oid in filled if sent[oid].type is OrderType.MARKET}),
    }


def test_metrics_of_a_run_agree_with_what_its_journal_says_has_happened(tmp_path: Path) -> None:
    path = write(tmp_path, days=1)
    # One holding at a time: some entries are refused at the gate.
    path.write_text(path.read_text().replace("max_positions: {}", "max_positions: {limit: 1}"))
    ran(tmp_path, prepare(path), FakeClock(10**18))
    seen: dict[str, str] = {}

    async def look(stage: Stage) -> None:
        await stage.come_in()
        seen["text"] = await stage.get("/metrics")

    on_stage(tmp_path, look)
    told = list(entries(journal_of(tmp_path / "small")))
    wanted = happened(told)
    assert min(wanted.values()) > 10 and wanted["risk"] > wanted["send"] > wanted["ack"] - 1 > wanted["fill"]
    line = r'^openbell_latency_seconds_(\w+)\{state="small",account="main",stage="(\w+)"(?:,le="(\S+)")?\} (\S+)$'
    found = re.findall(line, seen["text"], re.MULTILINE)
    assert {stage: int(value) for sort, stage, _, value in found if sort == "count"} == wanted
    assert "# TYPE openbell_latency_seconds histogram" in seen["text"]
    for stage in STAGES:
        buckets = [(bound, int(value)) for sort, one, bound, value in found if (sort, one) == ("bucket", stage)]
        assert [float(bound) for bound, _ in buckets] == [*(bound / NS for bound in BOUNDS), float("inf")]
        assert [value for _, value in buckets] == sorted(value for _, value in buckets)
        assert buckets[-1][1] == wanted[stage]
        (total,) = [float(value) for sort, one, _, value in found if (sort, one) == ("sum", stage)]
        assert total >= 0.0


def slowed(prepared: Prepared, clock: FakeClock, span: int) -> Prepared:
    """Return a run whose strategy thinks for `span` (ns) about each bar."""
    strategy = prepared.strategies["cross"]
    assert isinstance(strategy, StockStrategy)
    quick: Callable[..., tuple[float, int]] = strategy.step

    def step(*given: Any) -> tuple[float, int]:
        clock.sleep(span)
        return quick(*given)

    return msgspec.structs.replace(prepared, strategies={"cross": msgspec.structs.replace(strategy, step=step)})


def test_a_slow_strategy_shows_in_signal_and_makes_the_data_late_and_nothing_else(tmp_path: Path) -> None:
    prepared, told = small(tmp_path, days=1)
    clock = FakeClock(10**18)
    ran(tmp_path, (slowed(prepared, clock, 30 * MS), told), clock)
    found = read_latencies(tmp_path / "small")
    assert found is not None
    stages, bucket = found.tallies["main"], BOUNDS.index(50 * MS)
    assert stages["signal"].counts[bucket] == stages["signal"].count > 700
    assert stages["signal"].total == 30 * MS * stages["signal"].count
    assert stages["risk"].total == stages["send"].total == 0
    # It thinks for longer than the pace leaves it: the last bars are the latest.
    assert stages["data"].total > stages["signal"].total


def test_what_is_measured_decides_nothing(tmp_path: Path) -> None:
    told = small(tmp_path, days=1)
    timed = ran(tmp_path, told, FakeClock(10**18), "timed")
    plain = live(*told, Settings(state=tmp_path / "plain"))
    keys = ("orders_hash", "equity_end", "fills", "events")
    assert [timed.figures[key] for key in keys] == [plain.figures[key] for key in keys]
    assert timed.figures["fills"] > 10
    # At full speed nobody waits.
    assert read_latencies(tmp_path / "plain") is None and figures(tmp_path / "plain") == {}


def test_each_process_begins_its_own_counts_and_counts_nothing_twice(tmp_path: Path) -> None:
    told = small(tmp_path, days=1)
    place = tmp_path / "small"
    state.make(place)
    settings = Settings(state=place, speed=FAST, clock=FakeClock(10**18), until_bars=300)
    live(*told, settings)
    first = counted(place)
    live(*told, msgspec.structs.replace(settings, until_bars=None))
    second, whole = counted(place), happened(list(entries(journal_of(place))))
    assert first["data"] == 300
    # What was sent before the restart is not waited for: nobody knows how long that was.
    for stage in ("data", "signal", "risk", "send"):
        assert first[stage] + second[stage] == whole[stage] and second[stage] > 0


class Bench:
    """A run that stands at its beginning, with a watch on it."""

    def __init__(self, folder: Path) -> None:
        prepared, told = small(folder, days=1)
        state.make(folder / "s")
        self.clock = FakeClock(10**18)
        self.started = start(prepared, state.journal(folder / "s"), told, QUIET)
        self.watch = Stopwatch(self.started, folder / "s", self.clock, lambda ts: self.clock.now() - ts)
        self.folder = folder / "s"

    def send(self, oid: str, kind: OrderType = OrderType.MARKET) -> None:
        self.watch.sent(
            fx.Submit(
                oid=oid, index=1, account="main", deployment="cross", instrument="AAA", side=Side.BUY, qty=Decimal(1),
                type=kind, tif=Tif.DAY,
            )
        )  # fmt: skip

    def word(self, oid: str, happening: str) -> None:
        self.watch.take(ev.OrderUpdate(ts=1, account="main", oid=oid, happening=happening, time=1))

    def fill(self, oid: str, supersedes: str = "") -> None:
        self.watch.take(
            ev.Fill(
                ts=1, account="main", instrument="AAA", oid=oid, venue_order="v", exec_id="e", side=Side.BUY,
                qty=Decimal(1), px=Decimal(1), fee=Decimal(0), fee_currency="USD", time=1, supersedes=supersedes,
            )
        )  # fmt: skip

    def after(self, span: int) -> None:
        self.clock.sleep(span)

    def spans(self, stage: str) -> tuple[int, int]:
        """Return count and sum, ns."""
        found: Tally = self.watch.tallies["main"][stage]
        return found.count, found.total


@pytest.fixture
def bench(tmp_path: Path):  # type: ignore[no-untyped-def]  # a generator fixture
    made = Bench(tmp_path)
    yield made
    made.started.journal.close()


def test_ack_and_fill_count_from_the_sending(bench: Bench) -> None:
    bench.send("A")
    bench.after(3 * MS)
    bench.word("A", "accepted")
    bench.after(4 * MS)
    bench.fill("A")
    bench.fill("A")
    bench.word("A", "accepted")
    assert (bench.spans("ack"), bench.spans("fill")) == ((1, 3 * MS), (1, 7 * MS))


def test_an_execution_that_comes_first_is_the_first_word(bench: Bench) -> None:
    bench.send("A")
    bench.after(5 * MS)
    bench.fill("A")
    bench.after(MS)
    bench.word("A", "accepted")
    assert (bench.spans("ack"), bench.spans("fill")) == ((1, 5 * MS), (1, 5 * MS))


@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING])
def test_what_waits_for_its_price_says_nothing_of_the_venues_fills(bench: Bench, kind: OrderType) -> None:
    bench.send("A", kind)
    bench.after(MS)
    bench.word("A", "accepted")
    bench.after(60 * NS)
    bench.fill("A")
    assert (bench.spans("ack"), bench.spans("fill")) == ((1, MS), (0, 0))


def test_a_refusal_is_no_yes_and_strangers_and_corrections_count_for_nothing(bench: Bench) -> None:
    bench.send("A")
    bench.word("A", "rejected")
    bench.fill("A")
    bench.send("B")
    bench.word("B", "lost")
    bench.fill("B", supersedes="e0")
    bench.word("Z", "accepted")
    bench.fill("")
    assert (bench.spans("send")[0], bench.spans("ack"), bench.spans("fill")) == (2, (0, 0), (0, 0))
    # Lost is not refused: its first word may still come.
    bench.word("B", "accepted")
    assert bench.spans("ack")[0] == 1


@pytest.mark.parametrize(("more", "is_known"), [(-1, True), (0, False), (1, False)])
def test_so_many_orders_are_waited_for_and_the_oldest_is_given_up(bench: Bench, more: int, is_known: bool) -> None:
    for n in range(MOST_SENT + 1 + more):
        bench.send(f"A{n}")
    bench.word("A0", "accepted")
    bench.word(f"A{MOST_SENT + more}", "accepted")
    assert bench.spans("ack")[0] == 1 + is_known


def test_data_are_as_old_as_their_stamp_for_every_account_that_trades_them(bench: Bench) -> None:
    now = bench.clock.now()
    quote = ev.Quote(ts=now - 20 * MS, instrument="AAA", bid=1.0, ask=1.1)
    for event in (quote, msgspec.structs.replace(quote, ts=now + MS), msgspec.structs.replace(quote, instrument="ZZZ")):
        bench.watch.take(event)
    # A stamp of a clock that is ahead counts as now.
    assert bench.spans("data") == (2, 20 * MS)


def test_every_hook_of_a_free_strategy_is_timed(tmp_path: Path) -> None:
    prepared, told = small(tmp_path, days=1)
    clock, called = FakeClock(10**18), Counter[str]()

    def hook(name: str, span: int) -> Callable[..., tuple[fx.Intent, ...]]:
        def think(config: Any, memory: Any, event: Any, view: Any) -> tuple[fx.Intent, ...]:
            called[name] += 1
            clock.sleep(span)
            return (fx.Intent(instrument="AAA", target=float(called[name] % 20 < 10)),) if name == "decide" else ()

        return think

    free = FreeStrategy(
        kind="x", config=None, state=dict, state_type=dict, decide=hook("decide", MS), on_fill=hook("on_fill", 2 * MS)
    )
    ran(tmp_path, (msgspec.structs.replace(prepared, strategies={"cross": free}), told), clock)
    found = read_latencies(tmp_path / "small")
    assert found is not None
    signal = found.tallies["main"]["signal"]
    assert signal.count == called.total() and min(called["decide"], called["on_fill"]) > 10
    assert signal.total == called["decide"] * MS + called["on_fill"] * 2 * MS


def test_counts_are_kept_each_second_and_at_the_end(bench: Bench) -> None:
    def sent() -> int:
        found = read_latencies(bench.folder)
        assert found is not None and (found.since, set(found.tallies)) == (10**18, {"main"})
        return found.tallies["main"]["send"].count

    bench.watch.keep(100)
    assert sent() == 0
    bench.send("A")
    bench.watch.keep(99 + EVERY_NS)
    assert sent() == 0
    bench.watch.keep(100 + EVERY_NS)
    assert sent() == 1
    bench.send("B")
    # A clock that is set back stops nothing.
    bench.watch.keep(50)
    assert sent() == 2
    bench.send("C")
    bench.watch.keep(51, is_last=True)
    assert sent() == 3


def test_a_disk_without_room_for_the_counts_stops_nothing(bench: Bench) -> None:
    (bench.folder / "latency").mkdir()
    bench.watch.keep(1, is_last=True)
    assert read_latencies(bench.folder) is None
