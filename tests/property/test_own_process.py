"""Our own process: slow readers, alerts without a listener, storms, loops without end, gates that lack their tool."""

import re
import subprocess
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import ZERO
from openbell.edges.journal import MemoryDisk, Options, open_journal, read_records
from openbell.run.ledger import Ledger
from openbell.run.loop import Loop, Ports
from openbell.run.screen import screen
from tests.core import build as b
from tests.core.build import at
from tools.tree import ROOT

QUIET = Options(is_background=False, is_compressing=False)


def test_F95_F99_F100_readers_hold_nothing_that_a_writer_needs(tmp_path: Path) -> None:
    journal, _ = open_journal(tmp_path, QUIET)
    for n in range(50):
        journal.append(b"first %d" % n)
    journal.commit(journal.seq)
    slow = [read_records(tmp_path) for _ in range(100)]
    assert [next(one).seq for one in slow] == [1] * 100
    # A hundred that have read one record and stopped there: the writer neither waits for them nor is refused.
    for n in range(500):
        journal.append(b"then %d" % n)
    journal.commit(journal.seq)
    assert journal.durable_seq == 550
    assert sum(1 for _ in slow[0]) >= 49
    journal.close()


def test_F101_L3_an_alert_is_durable_in_the_journal_and_needs_no_channel() -> None:
    disk = MemoryDisk()
    journal, _ = open_journal(disk, QUIET)
    made = b.engine()
    loop = Loop(made, Ports(venues={"main": b.exchange()}, log=Ledger(journal)))
    loop.take(b.command("kill", n=1))
    assert fx.Alert not in fx.OUTGOING
    journal.commit(journal.seq)
    text = b"".join(entry.payload for entry in read_records(disk))
    assert b"kill by op" in text


def test_F102_bad_data_in_a_storm_are_counted_and_tell_nobody_each_time() -> None:
    made = b.engine()
    made.step(b.bar(1, 100.0))
    alerts = 0
    for n in range(2, 2000):
        bad = screen(made.book, b.bar(n, float("nan")))
        assert bad is not None
        alerts += len(b.only(fx.Alert, made.step(bad)))
    assert alerts == 0
    assert made.book.truth.counts.quarantined == {Code.BAD_NAN: 1998}


def test_F104_B1_a_strategy_in_a_loop_never_has_more_than_one_entry_under_way() -> None:
    def storm(config: object, state: dict, bar: ev.Bar, view: object) -> list[fx.Intent]:
        return [fx.Intent(instrument="AAPL", target=1.0, rebalance=True) for _ in range(200)]

    made = b.engine(strategies={"alpha": b.free(storm)})
    sent = 0
    for n in range(1, 20):
        sent += len(b.only(fx.Submit, made.step(b.bar(n, 100.0))))
        assert sum((o.leaves for o in b.working(made)), ZERO) <= 10
    assert sent <= 19
    assert sum((o.leaves for o in b.working(made)), b.held(made).qty) <= 10


@pytest.mark.parametrize("parts", [(10,), (1, 1, 1, 1, 6)])
def test_F104_children_stop_when_their_parent_is_filled(parts: tuple[int, ...]) -> None:
    made = b.engine()
    sent = b.one(fx.Submit, made.step(b.bar(1, 100.0, 1.0)))
    for n, part in enumerate(parts):
        made.step(b.fill(sent, 100, qty=b.d(part), exec_id=f"E{n}"))
    assert b.held(made).qty == 10
    for n in range(2, 60):
        assert b.only(fx.Submit, made.step(b.bar(n, 100.0, 1.0))) == []


def recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile, each on one line."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found, target
    return [line.strip().lstrip("@") for line in found[1].splitlines()]


@pytest.mark.parametrize("target", ["check", "test", "soak"])
def test_F109_a_gate_whose_tool_is_missing_fails(target: str, tmp_path: Path) -> None:
    for line in recipe(target):
        assert not line.startswith("-"), "make would go on"
        command = line.replace("$(BIN)", str(tmp_path / "nothing")).replace(".venv", str(tmp_path))
        command = re.sub(r"\$\(\w+\)", "1", command).replace("$$", "$")
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, cwd=tmp_path)
        assert done.returncode != 0, command


def test_F109_the_whole_gate_stops_at_its_first_failure() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert "make check" in text
    assert "&& make test" in text
    assert "|| true" not in text


def test_F108_a_rule_that_raises_at_a_watch_closes_the_gate() -> None:
    def broken(params: tuple[int, ...], facts: object) -> int:
        raise ZeroDivisionError

    rule = b.Rule(kind="daily_loss", applies="entry", params=(1, 100), check=broken, watch=True, text="broken")
    made = b.engine(rules=(rule,))
    made.step(b.flow(1))
    assert "daily_loss/account:main" in made.book.truth.latches
    assert made.book.truth.ts == at(1)
