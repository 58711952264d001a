"""`openbell serve` as a person starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from openbell.cli import perform


def test_it_says_where_and_answers_there_until_it_is_told_to_end(tmp_path: Path, finished: Path) -> None:
    ready = tmp_path / "ready"
    words = [sys.executable, "-m", "openbell", "serve", str(finished), "--port", "0", "--ready-file", str(ready)]
    environment = {**os.environ, "OPENBELL_HOME": str(tmp_path / "home")}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        said = [served.stdout.readline() for _ in range(3)]
        assert said[0].startswith("The control room: http://127.0.0.1:")
        assert "choose a password there" in said[1]
        port = int(said[0].rstrip("/\n").rpartition(":")[2])
        line = HTTPConnection("127.0.0.1", port)
        line.request("GET", "/api/session")
        assert json.loads(line.getresponse().read())["stage"] == "setup"
        line.close()
        assert ready.read_text(encoding="utf-8") == f"http://127.0.0.1:{port}/"
        served.send_signal(signal.SIGINT)
        assert served.wait(30) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.7.7", "example.org"])  # what is refused
def test_E1_another_address_is_refused_and_says_how_to_reach_it_all_the_same(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path))
    assert perform(["serve", "--host", host, "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "--host" in told and "ssh -L" in told


def test_a_port_that_is_taken_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert perform(["serve", "--port", str(other.getsockname()[1])]) == 2
    assert "--port" in capsys.readouterr().err


def test_a_state_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert perform(["serve", str(tmp_path)]) != 0
    assert "no openbell state" in capsys.readouterr().err
