"""Operators' words."""

import os
from pathlib import Path

import pytest

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.order import Word, actor, check_scope, give
from openbell.cli.shell.place import hold
from openbell.run import state
from openbell.run.clock import FakeClock
from openbell.run.giving import PATIENCE_NS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    state.make(tmp_path / "s")
    (tmp_path / "s" / "journal").mkdir()
    (tmp_path / "s" / "journal" / "lock").write_text(str(os.getpid()), encoding="ascii")
    return tmp_path / "s"


def test_without_an_engine_it_waits_for_the_next_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(folder, Word(kind="kill", reason="r"), as_json=False, effect="e", clock=FakeClock(5))
    assert "no engine runs" in capsys.readouterr().out
    ((_, command),) = state.commands(folder)
    assert command is not None
    assert (command.kind, command.reason, command.actor) == ("kill", "r", actor())


def test_a_running_engine_is_waited_for_but_not_for_ever(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    with hold(folder):
        give(folder, Word(kind="kill"), as_json=False, effect="e", clock=clock)
    assert "has not answered" in capsys.readouterr().out
    assert sum(clock.slept) >= PATIENCE_NS


def test_what_was_taken_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Taking(FakeClock):
        def sleep(self, span: int) -> None:
            super().sleep(span)
            for path, _ in state.commands(folder):
                path.unlink()

    with hold(folder):
        give(folder, Word(kind="resume"), as_json=True, effect="e", clock=Taking())
    assert '"is_taken": true' in capsys.readouterr().out


def test_scopes(finished: Path) -> None:
    for scope in ("all", "account:main", "deployment:cross", "instrument:AURA"):
        check_scope(finished, scope)
    for scope in ("main", "instrument:X", "planet:mars"):
        with pytest.raises(Wrong):
            check_scope(finished, scope)
