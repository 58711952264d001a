import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.enable import account_digits
from openbell.core.events import Command
from openbell.edges.journal import AlreadyRunning, Fenced, JournalDamaged, export_raw, open_journal, read_head
from openbell.edges.journal.disk import OsDisk
from openbell.run import state
from openbell.run.clock import FakeClock
from openbell.run.live import POLL_NS, Settings, live
from openbell.run.records import entries
from openbell.run.recover import start
from tests.run.small import journal_of, prepare, write

ROOT = Path(__file__).resolve().parents[2]


def run(tmp_path, name="state", **settings):
    prepared, told = prepare(tmp_path / "small.yaml")
    return live(prepared, told, Settings(state=tmp_path / name, **settings))


def events(tmp_path, name="state"):
    return [entry.event for entry in entries(journal_of(tmp_path / name))]


def order(tmp_path, kind, **fields):
    state.make(tmp_path / "state")
    state.leave_command(tmp_path / "state", Command(ts=0, id=f"{kind}-1", kind=kind, actor="me", **fields))


def test_pauses_between_runs_change_nothing(tmp_path):
    write(tmp_path)
    whole = run(tmp_path, "whole").figures
    for bars in (100, 333, 700):
        part = run(tmp_path, until_bars=bars)
        assert part.figures["bars"] == bars and not part.is_complete
    rest = run(tmp_path).figures
    for key in ("orders_hash", "equity_end", "fills", "events"):
        assert rest[key] == whole[key]
    assert events(tmp_path, "whole")[1].ts == events(tmp_path)[1].ts
    assert len(events(tmp_path, "whole")) == len(events(tmp_path))


def test_a_report_tells_the_life_up_to_its_own_run(tmp_path):
    write(tmp_path)
    first = run(tmp_path, until_bars=333)
    then = run(tmp_path, until_bars=700)
    run(tmp_path)
    whole = run(tmp_path, "whole", until_bars=700)
    # Nobody asked the second run for a report before the third wrote more into the same journal.
    assert then.recorder.fills_seen == whole.recorder.fills_seen > first.recorder.fills_seen > 0
    assert then.recorder.equity("main") == whole.recorder.equity("main")


def test_until_an_instant(tmp_path):
    write(tmp_path)
    bars = [event.ts for event in prepare(tmp_path / "small.yaml")[1].events() if isinstance(event, ev.Bar)]
    assert run(tmp_path, until=bars[199]).figures["bars"] == 200


def test_an_interruption_ends_in_good_order(tmp_path):
    write(tmp_path)
    calls = iter([False] * 15)
    result = run(tmp_path, is_interrupted=lambda: next(calls, True))
    assert 0 < result.figures["bars"] < 700 and not result.is_complete
    assert run(tmp_path).is_complete


def test_a_kill_is_obeyed_recorded_and_outlives_the_process(tmp_path):
    write(tmp_path)
    run(tmp_path, until_bars=100)
    order(tmp_path, "kill", reason="drill", close=True)
    killed = run(tmp_path)
    told = events(tmp_path)
    at = next(i for i, event in enumerate(told) if isinstance(event, Command))
    later = list(entries(journal_of(tmp_path / "state")))[at + 1 :]
    assert killed.book.truth.latches["kill/all"].reason == "kill by me: drill"
    assert not any(getattr(e, "reduce_only", True) is False for entry in later for e in entry.effects)
    assert not any(position.qty for position in killed.book.all_positions())
    assert not list((tmp_path / "state" / "commands").glob("*.json"))


@pytest.mark.parametrize(("text", "tier"), [("", 2), ("3 drill", 3)])
def test_B18_a_kill_file_stops_new_risk_before_anything_else_is_taken(tmp_path, text, tier):
    write(tmp_path)
    run(tmp_path, until_bars=100)
    (tmp_path / "state" / "KILL").write_text(text)
    killed = run(tmp_path)
    later = list(entries(journal_of(tmp_path / "state")))
    at = next(i for i, entry in enumerate(later) if isinstance(entry.event, Command))
    assert (later[at].event.actor, later[at].event.tier) == ("kill file", tier)
    sent = [e for entry in later[at:] for e in entry.effects if isinstance(e, fx.Submit) and not e.reduce_only]
    assert sent == []
    assert killed.book.truth.kills["all"].stage == "done"


def test_F85_a_clock_that_is_set_back_keeps_no_kill_waiting(tmp_path):
    class SetBack(FakeClock):
        def now(self):
            return super().now() - 3600 * 10**9 * bool(self._now > 10**18)

        def grown(self):
            self._now += POLL_NS
            return self._now

    def kill(book, event, effects):
        if book.truth.counts.bars == 200:
            (tmp_path / "state" / "KILL").write_text("2")

    write(tmp_path)
    run(tmp_path, clock=SetBack(10**18), watch=kill)
    kills = [event for event in events(tmp_path) if isinstance(event, Command)]
    assert [kill.tier for kill in kills] == [2]
    bars = [event.ts for event in events(tmp_path) if isinstance(event, ev.Bar)]
    assert kills[0].ts < bars[250]


def test_B18_a_signal_is_a_kill_that_names_it(tmp_path):
    write(tmp_path)
    killed = run(tmp_path, signals=["SIGUSR1"])
    assert killed.book.truth.latches["kill/all"].reason.startswith("kill by signal SIGUSR1")
    assert killed.figures["orders"] == 0


def test_B25_a_run_whose_lease_was_taken_ends_and_the_next_goes_on(tmp_path):
    write(tmp_path)
    order(tmp_path, "kill", tier=4)
    with pytest.raises(Fenced):
        run(tmp_path)
    assert "kill/all" in run(tmp_path).book.truth.latches


def test_stop_with_close_goes_on_until_flat_and_the_next_run_goes_on(tmp_path):
    write(tmp_path)
    run(tmp_path, until_bars=200)
    order(tmp_path, "stop", close=True)
    stopped = run(tmp_path)
    assert not stopped.is_complete
    assert not any(position.qty for position in stopped.book.all_positions())
    assert run(tmp_path).is_complete


def test_a_stop_that_was_still_closing_goes_on_in_the_next_process_and_ends_it(tmp_path):
    write(tmp_path)
    run(tmp_path, until_bars=200)
    order(tmp_path, "stop", close=True)
    cut = run(tmp_path, until_bars=200)
    assert any(position.qty for position in cut.book.all_positions())
    stopped = run(tmp_path)
    assert not stopped.is_complete
    assert not any(position.qty for position in stopped.book.all_positions())
    assert not stopped.book.truth.kills
    assert run(tmp_path).is_complete


def test_B17_enable_opens_the_gate_again_and_nothing_else_does(tmp_path):
    write(tmp_path)
    order(tmp_path, "kill", reason="drill")
    run(tmp_path, until_bars=100)
    book = run(tmp_path, until_bars=110).book
    assert "kill/all" in book.truth.latches
    order(tmp_path, "resume", reason="over")
    assert "kill/all" in run(tmp_path, until_bars=120).book.truth.latches
    order(tmp_path, "enable", reason="over", digits=account_digits(book, "main"))
    result = run(tmp_path)
    assert not result.book.truth.latches
    assert result.figures["orders"] > 0


class Narrow:
    """A journal whose disk has no room for the next segment while `is_full` says so."""

    def __init__(self, journal):
        self._journal, self.is_full = journal, False

    def __getattr__(self, name):
        return getattr(self._journal, name)


def test_no_new_risk_while_the_disk_has_no_room(tmp_path, monkeypatch):
    write(tmp_path)
    made = []

    def narrow(*given):
        started = start(*given)
        made.append(Narrow(started.journal))
        return msgspec.structs.replace(started, journal=made[0])

    def watch(book, event, effects):
        is_held = any(position.qty for position in book.all_positions())
        made[0].is_full = (made[0].is_full or is_held) and book.truth.counts.bars < 600

    monkeypatch.setattr("openbell.run.live.start", narrow)
    result = run(tmp_path, watch=watch)
    told = list(entries(journal_of(tmp_path / "state")))
    full, free = (i for i, entry in enumerate(told) if isinstance(entry.event, ev.DiskState))
    assert [entry.event.is_healthy for entry in (told[full], told[free])] == [False, True]
    between = [effect for entry in told[full:free] for effect in entry.effects]
    assert not [effect for effect in between if isinstance(effect, fx.Submit) and not effect.reduce_only]
    assert result.figures["rejected_by_reason"].keys() == {"disk"}
    # Protection went on, and so did entries when there was room again.
    assert [effect for effect in between if getattr(effect, "reduce_only", False)]
    assert [e for entry in told[free:] for e in entry.effects if isinstance(e, fx.Submit) and not e.reduce_only]
    assert result.book.truth.is_disk_healthy


def test_an_unreadable_command_is_set_aside(tmp_path):
    write(tmp_path)
    state.make(tmp_path / "state")
    (tmp_path / "state" / "commands" / "x.json").write_text("{")
    run(tmp_path, until_bars=50)
    assert (tmp_path / "state" / "commands" / "x.unreadable").exists()


def test_pacing_waits_for_the_clock_and_decides_the_same(tmp_path):
    write(tmp_path)
    clock = FakeClock(10**18)
    paced = run(tmp_path, "paced", speed=60.0, clock=clock, until_bars=400)
    assert run(tmp_path, "fast", until_bars=400).figures["orders_hash"] == paced.figures["orders_hash"]
    assert 190 * 10**9 < sum(clock.slept) < 220 * 10**9


def test_F72_B25_a_second_writer_is_refused(tmp_path):
    write(tmp_path)
    state.make(tmp_path / "state")
    journal, _ = open_journal(journal_of(tmp_path / "state"))
    with pytest.raises(AlreadyRunning):
        run(tmp_path)
    journal.close()


def test_a_flipped_byte_below_the_head_refuses_to_start_and_names_the_place(tmp_path):
    write(tmp_path)
    run(tmp_path)
    segment = journal_of(tmp_path / "state") / "000001.seg"
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    with pytest.raises(JournalDamaged, match="000001.seg"):
        run(tmp_path)


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from openbell.core.types import use_money_context
use_money_context()
from tests.run.small import prepare
from openbell.run.live import Settings, live
prepared, told = prepare(Path(sys.argv[2]) / "small.yaml")
print("ready", flush=True)
count = 0
def watch(book, event, effects):
    global count
    count += 1
    if count == int(sys.argv[3]):
        print("there", flush=True)
        sys.stdin.read()
speed = float(sys.argv[4]) or None
live(prepared, told, Settings(state=Path(sys.argv[2]) / "state", watch=watch, speed=speed))
print("done", flush=True)
"""


@pytest.mark.parametrize(("speed", "kills"), [("1e9", (3, 40, 111, 150, 77)), ("0", (40, 150))])
def test_F88_B33_killed_at_many_moments_a_run_loses_nothing_and_doubles_nothing(tmp_path, speed, kills):
    write(tmp_path, days=1)
    whole = run(tmp_path, "whole").figures
    exports = []
    for steps in kills:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(ROOT), str(tmp_path), str(steps), speed],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}"},
        )
        assert child.stdout is not None and child.stdin is not None
        assert [child.stdout.readline().strip() for _ in range(2)] == ["ready", "there"]
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdin.close()
        child.stdout.close()
        target = tmp_path / f"{steps}.raw"
        export_raw(journal_of(tmp_path / "state"), target)
        exports.append(target.read_bytes())
    end = run(tmp_path)
    assert end.figures["recovered_seq"] > 0
    # Paced, each order is durable when it leaves; at full speed a crash may take all since the last group.
    assert end.figures["bars_this_process"] < end.figures["bars"] or speed == "0"
    for key in ("orders_hash", "equity_end", "fills", "orders"):
        assert end.figures[key] == whole[key]
    export_raw(journal_of(tmp_path / "state"), tmp_path / "final.raw")
    final = (tmp_path / "final.raw").read_bytes()
    assert all(final.startswith(export) for export in exports)
    head = read_head(OsDisk(journal_of(tmp_path / "state")))
    assert head is not None and head.digest.hex() == end.figures["journal_head"]


def test_figures_are_plain_data(tmp_path):
    write(tmp_path, days=1)
    json.dumps(run(tmp_path).figures)
