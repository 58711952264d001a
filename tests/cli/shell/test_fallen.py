"""An engine that falls over an error nobody expected: the stop it leaves, and what is no such error."""

import os
from pathlib import Path
from typing import Any

import pytest

from openbell.cli.shell.begin import Asked, begin
from openbell.cli.shell.drive import Drive, drive_on, place
from openbell.cli.shell.failure import FAILED, Wrong, explain
from openbell.cli.shell.fallen import Fallen, Stopping
from openbell.cli.shell.interrupt import Interrupt
from openbell.cli.shell.onlooker import Onlooker
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.enable import account_digits
from openbell.edges.journal import DiskFailed, Fenced
from openbell.run import state
from openbell.run.pulse import Pulse, write_pulse
from openbell.run.reading import read_book
from openbell.run.records import entries
from openbell.run.supervise import FELL, MARK
from openbell.run.triggers import FALLEN


def begun(folder: Path, pid: int | None = None) -> Path:
    """Make a state whose engine has given a sign of life."""
    state.make(folder)
    write_pulse(folder, Pulse(pid=os.getpid() if pid is None else pid, epoch=1, seq=1, count=1, ts=1))
    return folder


def fall(folder: Path, error: BaseException, **how: Any) -> BaseException:
    with pytest.raises(BaseException) as raised, Stopping(folder, **how):  # noqa: PT011  # which one is what is asked
        raise error
    return raised.value


def left(folder: Path) -> list[ev.Command]:
    return [command for _, command in state.commands(folder) if command is not None]


@pytest.mark.parametrize("error", [KeyError("px"), RuntimeError("a broken part"), OSError(5, "EIO")])
def test_S4_219_the_stop_waits_for_the_next_start(tmp_path: Path, error: Exception) -> None:
    raised = fall(begun(tmp_path), error)
    assert isinstance(raised, Fallen)
    assert raised.__cause__ is error
    (kill,) = left(tmp_path)
    assert (kill.kind, kill.tier, kill.actor, kill.scope) == ("kill", 1, FALLEN, "all")
    assert type(error).__name__ in kill.reason


@pytest.mark.parametrize("error", [DiskFailed("EIO"), Fenced(1, 2), Wrong("no"), KeyboardInterrupt()])
def test_what_ends_a_run_on_purpose_is_no_such_error(tmp_path: Path, error: BaseException) -> None:
    assert fall(begun(tmp_path), error) is error
    assert left(tmp_path) == []


def test_what_fails_before_the_engine_has_begun_is_told_as_it_is(tmp_path: Path) -> None:
    error = KeyError("x")
    assert fall(begun(tmp_path, pid=1), error) is error
    assert left(tmp_path) == []


def test_one_that_falls_on_its_way_back_has_fallen_again(tmp_path: Path) -> None:
    fall(begun(tmp_path), KeyError("x"))
    begun(tmp_path, pid=1)
    assert isinstance(fall(tmp_path, KeyError("y")), Fallen)
    assert len(left(tmp_path)) == 2


def test_only_a_supervisor_is_told_to_bring_it_back_and_only_from_a_venue_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(tmp_path)
    found = [explain(fall(tmp_path, KeyError("x"), is_outside=is_outside)) for is_outside in (False, True)]
    assert [one.code for one in found] == [FAILED, FAILED]
    assert "fell over KeyError: 'x'; entries are stopped until openbell enable" in found[0].what
    monkeypatch.setenv(MARK, str(os.getppid()))
    codes = [explain(fall(tmp_path, KeyError("x"), is_outside=is_outside)).code for is_outside in (False, True)]
    assert codes == [FAILED, FELL]


def test_a_stop_that_cannot_be_written_down_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(state, "leave_command", full)
    assert "THE STOP COULD NOT BE WRITTEN DOWN" in explain(fall(begun(tmp_path), KeyError("x"))).what


def test_S4_219_a_run_that_fell_enters_nothing_until_somebody_enables_it(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drive = Drive(name="small", as_json=True, state=tmp_path / "s", pace=(None,), until_bars=400)
    folder = place(drive, config)

    def entered() -> list[int]:
        found = list(entries(state.journal(folder)))
        return [one.seq for one in found if any(isinstance(x, fx.Submit) and not x.reduce_only for x in one.effects)]

    def go(bars: int) -> Any:
        once = Drive(name="small", as_json=True, state=folder, pace=(None,), until_bars=bars)
        return drive_on(*begin(Asked(file=config)), folder, (once, Interrupt()))

    with monkeypatch.context() as planted:
        seen: list[int] = []
        watch = Onlooker.watch

        def poison(self: Onlooker, *words: Any) -> None:
            watch(self, *words)
            seen.append(1)
            if len(seen) == 700:
                raise KeyError("an error nobody expected")

        planted.setattr(Onlooker, "watch", poison)
        with pytest.raises(Fallen):
            go(100_000)
    before = entered()
    assert before
    result = go(600)
    (latch,) = result.book.truth.latches.values()
    assert (latch.kind, latch.reason) == ("kill", f"kill by {FALLEN}: KeyError: 'an error nobody expected'")
    assert result.book.truth.kills["all"].tier == 1
    assert entered() == before
    made = [effect for entry in entries(state.journal(folder)) for effect in entry.effects]
    told = [one.text for one in made if isinstance(one, fx.Alert) and one.level == "critical" and FALLEN in one.text]
    assert len(told) == 1 and "KeyError: 'an error nobody expected'" in told[0]
    digits = account_digits(read_book(state.journal(folder)).book, "main")
    state.leave_command(folder, ev.Command(ts=0, id="on", kind="enable", actor="op", reason="mended", digits=digits))
    assert go(100_000).book.truth.latches == {}
    assert len(entered()) > len(before)
    capsys.readouterr()
