"""`openbell serve` as a person starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from openbell.cli import perform
from openbell.run.pulse import Pulse, read_pulse
from tests.cli.process import CONFIG, begin, until
from tools.tree import ROOT

_REST = threading.Event()


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


def test_the_page_is_served_from_a_wheel_that_was_only_unpacked(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    place, ready = tmp_path / "installed", tmp_path / "ready"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    styles = place / "openbell" / "edges" / "web" / "static" / "styles.css"
    styles.write_text(styles.read_text(encoding="utf-8") + "/* of this wheel */", encoding="utf-8")
    words = [sys.executable, "-m", "openbell", "serve", "--port", "0", "--ready-file", str(ready)]
    environment = {**os.environ, "PYTHONPATH": str(place), "OPENBELL_HOME": str(tmp_path / "home")}
    found: dict[str, tuple[int, str]] = {}
    with subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL) as served:
        until(lambda: ready.is_file() and ready.read_text(encoding="utf-8") != "", "the address of the page")
        line = HTTPConnection("127.0.0.1", int(ready.read_text(encoding="utf-8").rstrip("/").rpartition(":")[2]))
        for name in ("", "static/styles.css", "static/live_trading.js"):
            line.request("GET", f"/{name}")
            reply = line.getresponse()
            found[name] = (reply.status, reply.read().decode())
        line.close()
        served.send_signal(signal.SIGINT)
        assert served.wait(60) == 0
    assert {status for status, _ in found.values()} == {200}
    assert found["static/styles.css"][1].endswith("/* of this wheel */")
    assert all(f"/static/{name}" in found[""][1] for name in ("styles.css", "live_trading.js"))


def children(process: int) -> dict[int, str]:
    """Return the children of a process with their command lines."""
    found = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            found[int(child)] = " ".join(words)
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see a process's children")
def test_a_run_with_a_port_has_its_control_room_beside_it_and_brings_it_back(tmp_path: Path) -> None:
    port = _free()
    file = tmp_path / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    words = [sys.executable, "-m", "openbell", "run", str(file), "--speed", "60x", "--port", str(port)]
    environment = {**os.environ, "OPENBELL_HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        [*words, "--state", str(tmp_path / "s")], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        first = _served(run)
        assert _health(port) == 200
        os.kill(first, signal.SIGKILL)
        assert _served(run, but=first) != first
        assert _health(port) == 200
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 0, run.stdout.read()
    with socket.socket() as line:
        assert line.connect_ex(("127.0.0.1", port)) != 0
    assert perform(["journal", "verify", str(tmp_path / "s")]) == 0


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see a process's children")
def test_a_control_room_outlives_a_killed_supervisor_and_not_the_engine(tmp_path: Path) -> None:
    """Whoever trades on can be stopped from the page; the port is free for the next run once nobody trades."""
    port = _free()
    file = tmp_path / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    words = ["run", file, "--speed", "60x", "--port", port, "--state", tmp_path / "s"]
    with begin(tmp_path, *words) as run:
        _served(run)
        assert _health(port) == 200
        first = _beaten(tmp_path / "s", 1)
        run.kill()
        run.wait(60)
        _beaten(tmp_path / "s", first.count + 2)
        assert _health(port) == 200
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: not _answers(port), "the end of the control room")


def _free() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _beaten(state: Path, count: int) -> Pulse:
    """Wait until an engine has given so many signs of life."""
    found: list[Pulse] = []

    def look() -> bool:
        found[:] = [pulse for pulse in (read_pulse(state),) if pulse is not None and pulse.count >= count]
        return bool(found)

    until(look, f"sign of life number {count}")
    return found[0]


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _served(run: "subprocess.Popen[bytes]", but: int = 0) -> int:
    """Return the process of the control room beside a run, once there is one."""
    while run.poll() is None:
        for child, words in children(run.pid).items():
            if " serve " in words and child != but:
                return child
        _REST.wait(0.01)
    raise AssertionError(run.stdout.read() if run.stdout is not None else "")


def _health(port: int) -> int:
    """Return the status of a control room's health, once it answers."""
    found: list[int] = []

    def look() -> bool:
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            line.request("GET", "/api/health")
            found[:] = [line.getresponse().status]
        except ConnectionError:
            return False
        finally:
            line.close()
        return True

    until(look, "an answer of the control room")
    return found[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.7.7", "example.org"])  # what is refused
def test_E1_another_address_is_refused_and_says_how_to_reach_it_all_the_same(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path))
    assert perform(["serve", "--host", host, "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "--host" in told and "ssh -L" in told
    assert perform(["serve", "--tls-cert", str(tmp_path / "desk.pem"), "--port", "0"]) == 2
    assert "belong together" in capsys.readouterr().err


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
