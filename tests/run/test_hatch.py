"""The local command socket: who may speak, what is taken, who is turned away."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openbell.core.events import Command
from openbell.run import hatch as hatches
from openbell.run.clock import FakeClock
from openbell.run.hatch import PATIENCE_NS, REFUSED, SOCKET, TOKEN, Hatch, call

KILL = {"id": "k1", "kind": "kill", "actor": "me", "reason": "drill", "tier": 3}


class Engine:
    """Something behind a hatch, and the clock it looks at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.heard: list[Command] = []
        self.clock = FakeClock(1)
        self.hatch = Hatch(folder, self.take, self.clock)

    def take(self, command: Command) -> dict[str, Any]:
        self.heard.append(command)
        return {"told": [f"{command.kind} taken"]}

    def hear(self, talk: Callable[[], Any]) -> Any:
        """Let a caller talk in a thread of its own, and listen until it has done."""
        said: list[Any] = []
        caller = threading.Thread(target=lambda: said.append(talk()))
        caller.start()
        while caller.is_alive():
            self.hatch.poll()
            caller.join(0.001)
        return said[0]

    def raw(self, data: bytes) -> dict[str, Any]:
        """Send bytes as they are and return the reply."""

        def talk() -> dict[str, Any]:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                hatches._at(self.folder, line.connect)
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
                heard = b""
                while data_in := line.recv(4096):
                    heard += data_in
                return dict(json.loads(heard))

        return dict(self.hear(talk))

    @property
    def refused(self) -> list[dict[str, Any]]:
        path = self.folder / REFUSED
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(params=["short", "x" * 120])
def engine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A path that fits a socket's address, and one that does not."""
    folder = tmp_path / request.param
    folder.mkdir()
    made = Engine(folder)
    yield made
    made.hatch.close()


def test_a_command_with_the_token_is_taken_and_answered(engine: Engine) -> None:
    reply = engine.hear(lambda: call(engine.folder, KILL, 10))
    assert reply == {"ok": True, "told": ["kill taken"]}
    assert engine.heard == [Command(ts=0, **KILL)]


def test_socket_and_token_are_for_this_user_alone(engine: Engine) -> None:
    for name in (SOCKET, TOKEN):
        assert (engine.folder / name).stat().st_mode & 0o777 == 0o600


def test_SD12_without_the_token_nobody_is_heard_and_it_is_written_down(engine: Engine) -> None:
    for token in ("", "0" * 64, (engine.folder / TOKEN).read_text()[:-1]):
        reply = engine.raw(json.dumps({**KILL, "token": token}).encode() + b"\n")
        assert reply == {"ok": False, "error": "refused"}
    assert engine.heard == []
    assert [(one["why"], one["uid"]) for one in engine.refused] == [("wrong token", os.getuid())] * 3


def test_SD12_another_user_is_refused_before_a_word(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatches, "peer_of", lambda caller: (4711, os.getuid() + 1))
    assert engine.hear(lambda: call(engine.folder, KILL, 10)) == {"ok": False, "error": "refused"}
    assert engine.heard == []
    assert engine.refused[0]["uid"] == os.getuid() + 1


def test_who_was_refused_while_he_spoke_still_hears_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    at = hatches._at

    def connect_and_be_refused(folder: Path, use: Callable[[str], Any]) -> None:
        at(folder, use)
        engine.hatch.poll()

    monkeypatch.setattr(hatches, "peer_of", lambda caller: (4711, os.getuid() + 1))
    monkeypatch.setattr(hatches, "_at", connect_and_be_refused)
    assert call(engine.folder, KILL, 10) == {"ok": False, "error": "refused"}


@pytest.mark.parametrize("data", [b"", b"{", b"[]\n", b"\xff\xfe\n", b'{"token": 1}\n', b"x" * (1 << 17)])
def test_what_is_no_request_is_refused_and_harms_nobody(engine: Engine, data: bytes) -> None:
    try:
        assert engine.raw(data)["ok"] is False
    except (ConnectionResetError, BrokenPipeError):
        assert len(data) > hatches.LONGEST  # Cut off while it was still talking.
    assert engine.heard == []
    assert engine.hear(lambda: call(engine.folder, KILL, 10))["ok"]


def test_an_unknown_command_or_field_is_refused(engine: Engine) -> None:
    assert "is no command" in engine.hear(lambda: call(engine.folder, {**KILL, "kind": "buy"}, 10))["error"]
    assert "unknown field" in engine.hear(lambda: call(engine.folder, {**KILL, "qty": 5}, 10))["error"]
    assert engine.heard == []


def test_who_says_nothing_is_sent_away_in_the_end(engine: Engine) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        hatches._at(engine.folder, line.connect)
        engine.hatch.poll()
        engine.clock.sleep(PATIENCE_NS + 1)
        engine.hatch.poll()
        assert json.loads(line.recv(4096)) == {"ok": False, "error": "too slow"}


def test_B36_callers_are_bounded(engine: Engine) -> None:
    lines = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(hatches.MOST + 1)]
    for line in lines:
        hatches._at(engine.folder, line.connect)
        engine.hatch.poll()
    assert json.loads(lines[-1].recv(4096))["error"] == "too many callers"
    for line in lines:
        line.close()
    engine.hatch.poll()
    assert engine.hear(lambda: call(engine.folder, KILL, 10))["ok"]


def test_the_list_of_refusals_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatches, "_KEPT_BYTES", 200)
    for _ in range(12):
        engine.raw(json.dumps({**KILL, "token": "x"}).encode() + b"\n")
    assert (engine.folder / REFUSED).stat().st_size < 400


def test_it_can_be_waited_for(engine: Engine) -> None:
    import select

    assert select.select([engine.hatch.fileno()], [], [], 0)[0] == []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        hatches._at(engine.folder, line.connect)
        assert select.select([engine.hatch.fileno()], [], [], 10)[0]


def test_with_nobody_there_a_caller_gets_nothing(tmp_path: Path) -> None:
    assert call(tmp_path, KILL, 1) is None
    (tmp_path / TOKEN).write_text("x")
    assert call(tmp_path, KILL, 1) is None


def test_the_next_engine_has_a_new_token_and_takes_the_place_of_a_dead_ones_socket(tmp_path: Path) -> None:
    first = Engine(tmp_path)
    before = (tmp_path / TOKEN).read_text()
    first.hatch._door.close()
    second = Engine(tmp_path)
    assert (tmp_path / TOKEN).read_text() != before
    assert second.hear(lambda: call(tmp_path, KILL, 10))["ok"]
    second.hatch.close()
    assert not (tmp_path / SOCKET).exists()
