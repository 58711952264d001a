"""A run's log tells what its journal holds, and neither waits for it nor fails with it."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.edges.logs.book import ERRORS, MAIN, TRADES, Logs, Options
from openbell.run import assemble
from openbell.run.live import Settings, live
from openbell.run.logbook import FOLDER, Logbook, keep_logs
from openbell.run.records import entries
from openbell.run.state import journal
from tests.report.desk import Desk, make_spec
from tests.run.small import prepare, write

CANARY = "canary-7f3a9c21e4"
needs_structlog = pytest.mark.skipif(
    "structlog" not in sys.modules and __import__("importlib.util").util.find_spec("structlog") is None,
    reason="structlog is not installed: make setup",
)


def lines(folder: Path, name: str = MAIN) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / TRADES).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@needs_structlog
def test_every_order_and_every_fill_of_the_journal_is_in_the_log(tmp_path: Path) -> None:
    prepared, source = prepare(write(tmp_path))
    kept = keep_logs(prepared, tmp_path / "state", "INFO")
    live(prepared, source, Settings(state=tmp_path / "state", watch=kept.beside(lambda *_: None)))
    kept.close()
    recorded = list(entries(journal(tmp_path / "state")))
    fills = [entry.event for entry in recorded if isinstance(entry.event, ev.Fill)]
    orders = [effect for entry in recorded for effect in entry.effects if isinstance(effect, fx.Submit)]
    folder = tmp_path / "state" / FOLDER
    found = rows(folder)
    assert [row["execution_id"] for row in found if row["kind"] == "fill"] == [fill.exec_id for fill in fills]
    assert [row["order_id"] for row in found if row["kind"] == "order"] == [order.oid for order in orders]
    assert len(fills) > 5
    told = lines(folder)
    assert told[0]["message"].startswith("start: small: cross on AAA, BBB")
    assert [line["openbell"]["order_id"] for line in told if line["message"].startswith("fill ")] == [
        f.oid for f in fills
    ]
    assert [line["@timestamp"] for line in told] == sorted(line["@timestamp"] for line in told)
    # The trace is the run's tag and the number of the step: the journal's seq.
    by_trace = {line["trace.id"]: line for line in told if line["message"].startswith("fill ")}
    seqs = {
        f"{fill.oid.partition('-')[0]}-{entry.seq}" for entry in recorded if isinstance(fill := entry.event, ev.Fill)
    }
    assert set(by_trace) == seqs


@needs_structlog
def test_a_run_that_goes_on_adds_to_its_log(tmp_path: Path) -> None:
    prepared, source = prepare(write(tmp_path))
    for until in (200, None):
        kept = keep_logs(prepared, tmp_path / "state", "INFO")
        live(prepared, source, Settings(state=tmp_path / "state", until_bars=until, watch=kept.beside(lambda *_: None)))
        kept.close()
        prepared, source = prepare(write(tmp_path))
    fills = [e.event.exec_id for e in entries(journal(tmp_path / "state")) if isinstance(e.event, ev.Fill)]
    assert [row["execution_id"] for row in rows(tmp_path / "state" / FOLDER) if row["kind"] == "fill"] == fills


@needs_structlog
def test_what_happens_is_told_at_its_level_by_its_component(tmp_path: Path) -> None:
    desk = Desk(make_spec())
    logs = Logs(tmp_path, Options(level="DEBUG"))
    book = Logbook(logs, "start")

    def take(event: ev.Event, *effects: fx.Effect) -> None:
        book.watch(desk.book, event, list(effects))

    ts = desk.ts
    refused = fx.Decision(
        deployment="cross", instrument="AAA", signal=Code.CROSS_UP, code=Code.MAX_POSITION, target=1.0
    )
    held = fx.Decision(deployment="cross", instrument="AAA", signal=Code.NO_SIGNAL, code=Code.NO_SIGNAL)
    take(ev.Timer(ts=ts, deployment="", name="x"), refused, held)
    take(ev.BadData(ts=ts, instrument="AAA", code=Code.BAD_NAN, value="nan"))
    take(ev.Link(ts=ts, account="main", channel="orders", is_up=False, text="gone"))
    take(ev.Link(ts=ts, account="main", channel="orders", is_up=True))
    take(ev.Command(ts=ts, id="1", kind="kill", actor="ann", reason="fire"),
         fx.Latch(kind="kill", scope="all", is_on=True, reason="fire"))  # fmt: skip
    take(ev.OrderUpdate(ts=ts, account="main", oid="X-1", happening="lost", time=ts, text="504"),
         fx.Lose(oid="X-1", account="main", why="time-out"))  # fmt: skip
    take(ev.DiskState(ts=ts, is_healthy=False, text="the disk is full"), fx.Withhold(oid="X-2"))
    take(ev.Timer(ts=ts, deployment="", name="y"), fx.Alert(level="critical", key="k", text="look"),
         fx.Note(kind="n", text="noted"), fx.Cancel(oid="X-1", account="main"))  # fmt: skip
    take(ev.Timer(ts=ts, deployment="", name="z"))
    logs.close()
    told = [(line["log.logger"], line["log.level"], line["message"]) for line in lines(tmp_path)]
    assert told == [
        ("Engine", "info", "start"),
        ("Strategy", "info", "signal S010 cross_up on AAA"),
        ("Risk", "warning", "refused R204 max_position: AAA"),
        ("Strategy", "debug", "decided S001 no_signal on AAA"),
        ("Data", "warning", "refused D100 bad_nan: AAA"),
        ("Engine", "error", "line for orders is down"),
        ("Engine", "info", "line for orders is up"),
        ("Engine", "warning", "command kill"),
        ("Risk", "error", "gate kill closed"),
        ("Orders", "warning", "order lost"),
        ("Orders", "error", "nothing is known of an order"),
        ("Engine", "critical", "the disk is full"),
        ("Orders", "error", "an order was kept back: the journal failed"),
        ("Engine", "critical", "look"),
        ("Engine", "info", "noted"),
        ("Orders", "info", "cancel asked for"),
    ]
    assert {line["log.level"] for line in lines(tmp_path, ERRORS)} == {"error", "critical"}
    (row,) = rows(tmp_path)
    assert (row["kind"], row["symbol"], row["action"], row["strategy"]) == ("signal", "AAA", "BUY", "cross")


@needs_structlog
def test_a_signal_tells_the_strength_of_its_confidence(tmp_path: Path) -> None:
    desk, logs = Desk(make_spec()), Logs(tmp_path)
    book = Logbook(logs, places={"cross": 1})
    for confidence in (0.9, 0.5, 0.1, None):
        decision = fx.Decision(deployment="cross", instrument="AAA", signal=Code.SIGNAL_LONG, code=Code.SUBMITTED,
                               target=1.0, numbers=(1.0, confidence))  # fmt: skip
        book.watch(desk.book, ev.Timer(ts=desk.ts, deployment="", name="x"), [decision])
    logs.close()
    assert [row["strength"] for row in rows(tmp_path)] == ["STRONG", "MODERATE", "WEAK", ""]


@needs_structlog
def test_no_secret_of_the_configuration_is_in_any_file(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_text(file.read_text(encoding="utf-8") + 'alerts:\n  - {url: "${CANARY}"}\n', encoding="utf-8")
    loaded, shelves = assemble.read(file, {"CANARY": f"tgram://{CANARY}/1"})
    prepared = assemble.prepare(loaded, shelves)
    kept = keep_logs(prepared, tmp_path / "state", "DEBUG")
    desk = Desk(make_spec())
    alert = fx.Alert(level="error", key="k", text=f"tgram://{CANARY}/1 refused it")
    kept.beside(lambda *_: None)(desk.book, ev.Timer(ts=desk.ts, deployment="", name="x"), [alert])
    kept.close()
    folder = tmp_path / "state" / FOLDER
    assert all(CANARY not in path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert lines(folder, ERRORS)[0]["message"] == "*** refused it"


def test_a_run_without_a_log_notes_it_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, _ = prepare(write(tmp_path))
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")

    def watch(*_: object) -> None:
        return None

    kept = keep_logs(prepared, tmp_path / "state", "INFO")
    assert kept.beside(watch) is watch
    kept.close()
    assert len(kept.notes) == 1 and "this run has no log files" in kept.notes[0]
    monkeypatch.setitem(sys.modules, "structlog", None)
    assert "structlog" in keep_logs(prepared, tmp_path / "other", "INFO").notes[0]


@needs_structlog
def test_lost_lines_are_noted_at_the_end(tmp_path: Path) -> None:
    prepared, _ = prepare(write(tmp_path))
    kept = keep_logs(prepared, tmp_path, "INFO")
    assert kept._logbook is not None
    kept._logbook.logs.lost = 3
    kept.close()
    kept.close()
    assert kept.notes == ("3 lines are missing in the log files: the disk did not take them",)
