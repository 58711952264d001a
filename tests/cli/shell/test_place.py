"""Which state, and who runs it."""

import os
from pathlib import Path

import pytest

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.place import chosen, hold
from openbell.run.state import NoState, is_alive, runner


def _state(folder: Path, process: str) -> Path:
    (folder / "journal").mkdir(parents=True)
    (folder / "journal" / "lock").write_text(process, encoding="ascii")
    return folder


def test_a_state_is_named_first_or_by_option(tmp_path: Path) -> None:
    folder = _state(tmp_path / "s", "1")
    assert chosen(folder, None) == chosen(None, folder) == chosen(folder, folder) == folder
    with pytest.raises(Wrong):
        chosen(folder, tmp_path)
    with pytest.raises(NoState):
        chosen(tmp_path, None)
    with pytest.raises(NoState):
        chosen(None, None)


def test_only_a_held_lock_is_a_runner(tmp_path: Path) -> None:
    folder = _state(tmp_path / "s", str(os.getpid()))
    assert runner(folder) == 0
    with hold(folder):
        assert runner(folder) == os.getpid()
    assert runner(folder) == 0


@pytest.mark.parametrize("process", ["", "nobody", "999999999"])
def test_a_stale_lock_is_nobody(tmp_path: Path, process: str) -> None:
    folder = _state(tmp_path / "s", process)
    with hold(folder):
        assert runner(folder) == 0
    (folder / "journal" / "lock").unlink()
    assert runner(folder) == 0


def test_a_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert is_alive(1)
