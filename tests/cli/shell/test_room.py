"""The control room that is started with a run."""

import socket
from pathlib import Path

import pytest

from openbell.cli.shell.room import control_room
from openbell.run import state as states


def test_what_does_not_come_up_is_said_and_keeps_nothing_from_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states.make(tmp_path / "s")
    states.write_origin(tmp_path / "s", states.Origin(started=1))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with control_room(tmp_path / "s", other.getsockname()[1]):
            pass
    assert "did not come up" in capsys.readouterr().err


def test_a_state_that_only_begins_has_its_control_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    states.make(tmp_path / "s")
    states.write_origin(tmp_path / "s", states.Origin(started=1))
    with control_room(tmp_path / "s", 0):
        assert "The control room: http://127.0.0.1:" in capsys.readouterr().err
