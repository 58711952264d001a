"""Real processes: a paused engine that wakes is fenced, and a second one on its account is refused."""

import os
import signal
from http.client import HTTPConnection
from pathlib import Path

import pytest

from openbell.edges.journal import OsDisk, take_lease
from openbell.run import state
from openbell.run.hatch import call
from openbell.run.pulse import read_pulse
from openbell.run.tenure import Tenure
from tests.run.trial import REST, Trial, trial


@pytest.fixture
def world(tmp_path: Path):  # type: ignore[no-untyped-def]  # a generator fixture
    with trial(tmp_path) as made:
        yield made


def test_F72_B25_a_paused_engine_that_wakes_finds_itself_fenced_and_stops(world: Trial) -> None:
    engine = world.engine("s", "--no-guardian")
    os.kill(engine.pid, signal.SIGSTOP)
    # It stands still once the kernel says so, and not when it was asked to.
    while Path(f"/proc/{engine.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        REST.wait(0.01)
    take_lease(OsDisk(state.journal(world.folder / "s")))
    Tenure(world.home / "leases", [world.place])
    before = world.pulse("s", lambda pulse: True).count
    os.kill(engine.pid, signal.SIGCONT)
    _, told = engine.communicate(timeout=180)
    assert engine.returncode == 3
    assert "was superseded by" in told
    # The last sign, one that it was just giving when it was stopped, and none of work.
    last = world.pulse("s", lambda pulse: True)
    assert last.is_closed and last.count <= before + 2


def test_F72_a_second_engine_on_one_account_is_refused_whatever_its_state_directory(world: Trial) -> None:
    first = world.engine("a", "--no-guardian")
    second = world.start("run", str(world.file), "--state", str(world.folder / "b"), "--json", "--no-guardian")
    _, told = second.communicate(timeout=180)
    assert second.returncode != 0
    assert str(first.pid) in told
    assert first.poll() is None
    assert read_pulse(world.folder / "b") is None


def test_F72_whoever_only_looks_is_let_in_beside_the_engine(world: Trial) -> None:
    engine = world.engine("a", "--no-guardian")
    before = world.pulse("a", lambda pulse: True).count
    room = world.start("serve", str(world.folder / "a"), "--port", "0")
    assert room.stdout is not None
    address = room.stdout.readline().rpartition("http://")[2].strip("/\n")
    line = HTTPConnection(address, timeout=180)
    line.request("GET", "/")
    assert line.getresponse().status == 200
    line.close()
    world.pulse("a", lambda pulse: pulse.count > before + 1, engine)


def test_F72_the_next_engine_from_another_directory_has_a_later_epoch(world: Trial) -> None:
    first = world.engine("a", "--no-guardian")
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=180)
    second = world.engine("b", "--no-guardian")
    while True:
        log = (world.folder / "venue.log").read_text()
        if '\\"epoch\\":2' in log or '"epoch":2' in log:
            break
        assert second.poll() is None
        REST.wait(0.02)


def test_B18_a_kill_by_the_socket_is_taken_at_once_and_by_signal_too(world: Trial) -> None:
    engine = world.engine("s", "--no-guardian")
    fields = {"id": "k1", "kind": "kill", "actor": "test", "reason": "drill", "tier": 2}
    reply = call(world.folder / "s", fields, 20)
    assert reply is not None
    assert reply["ok"]
    engine.send_signal(signal.SIGUSR2)
    engine.send_signal(signal.SIGTERM)
    engine.communicate(timeout=180)
    status = world.start("status", str(world.folder / "s"), "--json")
    told, _ = status.communicate(timeout=180)
    assert '"kind": "kill"' in told


def test_engine_and_guardian_run_under_one_supervisor_and_end_together(world: Trial) -> None:
    whole = world.start("run", str(world.file), "--state", str(world.folder / "s"))
    pulse = world.pulse("s", lambda pulse: True)
    assert pulse.pid != whole.pid
    os.kill(pulse.pid, signal.SIGKILL)
    again = world.pulse("s", lambda later: later.pid != pulse.pid)
    assert again.epoch > pulse.epoch
    while not (guardian := state.writer(world.folder / "s" / "guardian")):
        REST.wait(0.02)
    whole.send_signal(signal.SIGTERM)
    _, told = whole.communicate(timeout=180)
    assert whole.returncode == 0
    assert "guardian: a second process takes every order back" in told
    assert "the engine was killed by signal 9; it is started again" in told
    with pytest.raises(ProcessLookupError):
        os.kill(guardian, 0)


def test_without_a_guardian_the_banner_says_so(world: Trial) -> None:
    world.file.write_text(f"{world.file.read_text()}  daily_trades: {{limit: 9}}\n")
    engine = world.start("run", str(world.file), "--state", str(world.folder / "s"), "--no-guardian")
    world.pulse("s", lambda pulse: True, engine)
    engine.send_signal(signal.SIGTERM)
    figures, told = engine.communicate(timeout=180)
    assert "NO GUARDIAN" in told
    assert "Daily Trades: 0/9\n" in figures
