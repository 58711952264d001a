"""A journaled run from its first to its last moment."""

from pathlib import Path

import pytest

from openbell.cli.shell.begin import Asked, begin
from openbell.cli.shell.drive import Drive, drive_on, place, start
from openbell.cli.shell.interrupt import Interrupt
from openbell.core.events import Command
from openbell.edges.alerts.outbox import NAME as OUTBOX
from openbell.run import state
from openbell.run.clock import WallClock
from openbell.run.supervise import Supervisor
from tests.cli.process import CONFIG


def _drive(folder: Path, *, lasts: bool = False) -> Drive:
    return Drive(name="small", as_json=True, state=folder, pace=(None,), lasts=lasts)


def test_a_new_state_remembers_where_it_came_from(config: Path, tmp_path: Path) -> None:
    folder = place(Drive(name="small", as_json=True), config)
    assert folder.parent == tmp_path / "home"
    assert state.read_origin(folder).file == str(config)
    assert state.read_origin(place(_drive(tmp_path / "s"), None)).file == ""


def test_a_run_that_lasts_takes_words_after_the_end_of_its_source(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drive = _drive(tmp_path / "s", lasts=True)
    folder = place(drive, config)
    kinds = ["kill", "stop"]

    def sleep(_: WallClock, span: int) -> None:
        kind = kinds.pop(0)
        state.leave_command(folder, Command(ts=0, id=f"{span}-{kind}", kind=kind, actor="test"))

    monkeypatch.setattr(WallClock, "sleep", sleep)
    result = drive_on(*begin(Asked(file=config)), folder, (drive, Interrupt()))
    assert (kinds, result.is_complete, [latch.kind for latch in result.book.truth.latches.values()]) == (
        [],
        False,
        ["kill"],
    )
    assert capsys.readouterr().out.count("\n") == 1


def test_a_run_that_lasts_ends_when_asked(config: Path, tmp_path: Path) -> None:
    drive, interrupt = _drive(tmp_path / "s", lasts=True), Interrupt()
    interrupt.is_set = True
    assert drive_on(*begin(Asked(file=config)), place(drive, config), (drive, interrupt)).is_complete is False


def test_a_damaged_file_of_alerts_keeps_no_engine_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "told.yaml"
    file.write_text(f"{CONFIG}alerts: [{{url: 'http://127.0.0.1:1/x'}}]\n", encoding="utf-8")
    begun: list[str] = []
    monkeypatch.setattr(Supervisor, "run", lambda self: begun.extend((self.engine.name, *self.sides)) or 0)
    folder = place(_drive(tmp_path / "s"), file)
    (folder / OUTBOX).write_bytes(b"not a database" * 100)
    assert start(Asked(file=file), _drive(folder)) == 0
    assert begun == ["engine", "notifier"]
    assert "cannot be used: file is not a database; the run goes on" in capsys.readouterr().err
