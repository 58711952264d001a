"""The supervisor: what comes back, what ends it, what it passes on."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from openbell.run import supervise
from openbell.run.alerts.life import SILENT_NS
from openbell.run.clock import FakeClock, WallClock
from openbell.run.supervise import FELL, LAST_WORD_NS, MARK, MOST_RETURNS, NOTIFIER, Child, Supervisor

_REST = threading.Event()
TURN = """
import os, pathlib, signal, sys, threading
turns = pathlib.Path(sys.argv[1])
turns.open("a").write(f"{os.environ['OPENBELL_SUPERVISOR']}\\n")
count = len(turns.read_text().splitlines())
"""
WAIT = """
import pathlib, signal, sys
pathlib.Path(sys.argv[1]).open("a").write("x\\n")
signal.pause()
"""


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "PAUSE_NS", 1)
    monkeypatch.setattr(supervise, "NAP_NS", 2_000_000)


def supervisor(folder: Path, engine: str, guardian: str, said: list[str]) -> Supervisor:
    words = [sys.executable, "-c"]
    return Supervisor(
        [*words, engine, str(folder / "engine")],
        {"guardian": [*words, guardian, str(folder / "guardian")]},
        WallClock(),
        said.append,
    )


def turns(folder: Path, name: str) -> int:
    path = folder / name
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_the_engines_own_end_is_the_end_of_all_with_its_code(tmp_path: Path) -> None:
    made = supervisor(tmp_path, TURN + "sys.exit(3)", WAIT, [])
    assert made.run() == 3
    assert turns(tmp_path, "engine") == 1
    assert made.sides["guardian"].process is not None
    assert made.sides["guardian"].process.poll() is not None
    assert (tmp_path / "engine").read_text() == f"{os.getpid()}\n"
    assert MARK not in os.environ


def test_an_engine_that_was_killed_comes_back(tmp_path: Path) -> None:
    said: list[str] = []
    killed = TURN + "os.kill(os.getpid(), signal.SIGKILL) if count < 3 else sys.exit(0)"
    assert supervisor(tmp_path, killed, WAIT, said).run() == 0
    assert turns(tmp_path, "engine") == 3
    assert said[0] == "supervisor: the engine was killed by signal 9; it is started again"


def test_a_child_is_supervised_and_what_that_one_starts_is_not(tmp_path: Path) -> None:
    """A control room starts runs: each has to have a supervisor, and a guardian, of its own."""
    says = "from openbell.run.supervise import is_supervised\nanswer = str(is_supervised())\n"
    nested = f"import subprocess, sys\n{says}print(answer, file=open(sys.argv[1], 'a'), flush=True)\n"
    child = f"{nested}subprocess.run([sys.executable, '-c', {nested!r}, sys.argv[1]])\n"
    assert supervisor(tmp_path, child, WAIT, []).run() == 0
    assert (tmp_path / "engine").read_text() == "True\nFalse\n"


def test_the_guardian_always_comes_back(tmp_path: Path) -> None:
    waits = TURN + (
        "guardian = turns.with_name('guardian')\n"
        "while not guardian.exists() or len(guardian.read_text().splitlines()) < 8: threading.Event().wait(0.01)\n"
    )
    said: list[str] = []
    assert supervisor(tmp_path, waits, TURN + "sys.exit(1)", said).run() == 0
    assert turns(tmp_path, "guardian") >= 8
    assert "supervisor: the guardian ended with 1; it is started again" in said


def test_every_process_beside_the_engine_comes_back_and_ends_with_it(tmp_path: Path) -> None:
    waits = TURN + (
        "web = turns.with_name('web')\n"
        "while not web.exists() or len(web.read_text().splitlines()) < 3: threading.Event().wait(0.01)\n"
    )
    words = [sys.executable, "-c"]
    sides = {
        "guardian": [*words, WAIT, str(tmp_path / "guardian")],
        "web": [*words, TURN + "sys.exit(0) if count < 3 else signal.pause()", str(tmp_path / "web")],
    }
    said: list[str] = []
    made = Supervisor([*words, waits, str(tmp_path / "engine")], sides, WallClock(), said.append)
    assert made.run() == 0
    assert said.count("supervisor: the web ended with 0; it is started again") == 2
    ended = [child.process for child in made.sides.values()]
    assert all(process is not None and process.poll() is not None for process in ended)


def test_without_a_guardian_an_engine_that_stays_down_ends_the_run(tmp_path: Path) -> None:
    words = [sys.executable, "-c", TURN + "os.kill(os.getpid(), signal.SIGKILL)", str(tmp_path / "engine")]
    assert Supervisor(words, {}, WallClock(), lambda _: None).run() == 128 + signal.SIGKILL
    assert turns(tmp_path, "engine") == MOST_RETURNS + 1


@pytest.mark.parametrize(
    ("end", "code"), [("os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL), (f"sys.exit({FELL})", 1)]
)
def test_an_engine_that_dies_again_and_again_stays_down_while_guardian_and_notifier_stay(
    tmp_path: Path, end: str, code: int
) -> None:
    said: list[str] = []
    made = supervisor(tmp_path, TURN + end, WAIT, said)
    # It tells people of the engine's silence, and has to outlive it.
    words = [sys.executable, "-c", WAIT, str(tmp_path / "notifier")]
    made.sides["notifier"] = Child(name="notifier", words=words)
    alive: list[bool] = []
    is_over = threading.Event()

    def watch() -> None:
        while not any("stays down" in text for text in said):
            _REST.wait(0.005)
        # Longer than the supervisor waits between two looks.
        _REST.wait(0.05)
        alive.extend(one.process is not None and one.process.poll() is None for one in made.sides.values())
        if not is_over.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=watch)
    watcher.start()
    ended = made.run()
    is_over.set()
    watcher.join()
    assert ended == code
    assert alive == [True, True]
    assert turns(tmp_path, "engine") == MOST_RETURNS + 1


def test_S2_097_an_engine_that_stays_down_leaves_the_notifier_the_time_to_tell_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SILENT_NS < LAST_WORD_NS
    words, said = [sys.executable, "-c"], list[str]()
    killed = [*words, TURN + "os.kill(os.getpid(), signal.SIGKILL)", str(tmp_path / "engine")]
    made = Supervisor(killed, {NOTIFIER: [*words, WAIT, str(tmp_path / NOTIFIER)]}, WallClock(), said.append)
    monkeypatch.setattr(supervise, "LAST_WORD_NS", 10**18)

    def end() -> None:
        while not any("stays down" in text for text in said) or (one := made.sides[NOTIFIER].process) is None:
            _REST.wait(0.005)
        one.kill()
        # Even now another takes its place.
        while made.sides[NOTIFIER].process in (None, one):
            _REST.wait(0.005)
        os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=end, daemon=True)
    watcher.start()
    assert made.run() == 128 + signal.SIGKILL
    watcher.join(60)
    assert not watcher.is_alive()
    # And without anybody's word it ends by itself.
    monkeypatch.setattr(supervise, "LAST_WORD_NS", 1)
    assert Supervisor(killed, {NOTIFIER: made.sides[NOTIFIER].words}, WallClock(), said.append).run() == 128 + 9


def test_S4_219_an_engine_that_fell_comes_back_and_one_that_falls_again_and_again_stays_down(tmp_path: Path) -> None:
    said: list[str] = []
    fell = TURN + f"sys.exit({FELL} if count < 3 else 0)"
    assert supervisor(tmp_path, fell, WAIT, said).run() == 0
    assert said[:1] == ["supervisor: the engine fell over an error nobody expected; it is started again"]
    words = [sys.executable, "-c", TURN + f"sys.exit({FELL})", str(tmp_path / "again")]
    assert Supervisor(words, {}, WallClock(), said.append).run() == 1
    assert turns(tmp_path, "again") == MOST_RETURNS + 1
    assert said[-1] == f"supervisor: the engine fell {MOST_RETURNS + 1} times; it stays down"


def test_the_pause_before_a_killed_engine_doubles_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = 10**9
    monkeypatch.setattr(supervise, "PAUSE_NS", second)
    clock, said = FakeClock(10**18), list[str]()
    made = supervisor(tmp_path, "", WAIT, said)
    made._clock = clock

    class Killed:
        def poll(self) -> int:
            return -signal.SIGKILL

    pauses = []
    for _ in range(MOST_RETURNS):
        made.engine.process = Killed()  # type: ignore[assignment]  # a process that was killed
        assert made._look(made.engine) is None
        pauses.append((made.engine.due - clock.now()) // second)
        clock.sleep(made.engine.due - clock.now())
    assert pauses == [1, 2, 4, 8, 16]
    assert len(said) == MOST_RETURNS
    guardian = made.sides["guardian"]
    guardian.process = Killed()  # type: ignore[assignment]  # the guardian never waits longer
    made._look(guardian)
    guardian.process = Killed()  # type: ignore[assignment]  # the second time neither
    made._look(guardian)
    assert guardian.due - clock.now() == second
    web = Child(name="web", words=[])
    pauses = []
    for _ in range(8):
        web.process = Killed()  # type: ignore[assignment]
        made._look(web)
        pauses.append((web.due - clock.now()) // second)
        clock.sleep(web.due - clock.now())
    assert pauses == [1, 2, 4, 8, 16, 32, 32, 32], "one that cannot start does not fill the screen"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_signals_are_passed_on_to_the_engine(tmp_path: Path, number: signal.Signals) -> None:
    hears = (
        "import pathlib, signal, sys, threading\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(7))\n"
        f"signal.pthread_sigmask(signal.SIG_UNBLOCK, [{int(number)}])\n"
        # Closed by hand: where a file is closed because nobody holds it any more, an end that a signal asks for is lost.
        "with pathlib.Path(sys.argv[1]).open('a') as turns: turns.write('x\\n')\n"
        # One that comes just before a wait without an end is taken behind it.
        "while True: threading.Event().wait(0.05)\n"
    )
    made = supervisor(tmp_path, hears, WAIT, [])

    def send() -> None:
        while not turns(tmp_path, "engine"):
            _REST.wait(0.005)
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send)
    sender.start()
    assert made.run() == 7
    sender.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2])
def test_B16_a_signal_that_comes_while_no_engine_listens_is_heard_by_the_next(
    tmp_path: Path, number: signal.Signals
) -> None:
    late = TURN + (
        "if count == 1:\n"
        f"    os.kill(int(os.environ['OPENBELL_SUPERVISOR']), {int(number)})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "threading.Event().wait(0.1)\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(7))\n"
        f"signal.pthread_sigmask(signal.SIG_UNBLOCK, [{int(number)}])\n"
        "while True: threading.Event().wait(0.05)\n"
    )
    assert supervisor(tmp_path, late, WAIT, []).run() == 7
    assert turns(tmp_path, "engine") == 2


def test_F85_a_clock_that_is_set_back_keeps_no_engine_down(tmp_path: Path) -> None:
    class SetBack(WallClock):
        def now(self) -> int:
            return super().now() - (3600 * 10**9 if turns(tmp_path, "engine") else 0)

    killed = TURN + "os.kill(os.getpid(), signal.SIGKILL) if count < 2 else sys.exit(0)"
    made = supervisor(tmp_path, killed, WAIT, [])
    made._clock = SetBack()
    made.engine.due = made._clock.grown()
    assert made.run() == 0


def test_ctrl_c_is_left_to_the_terminal_which_tells_the_engine_itself(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    made = supervisor(tmp_path, TURN + "os.kill(int(os.environ['OPENBELL_SUPERVISOR']), signal.SIGINT)", WAIT, [])
    assert made.run() == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_a_guardian_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "GRACE_NS", 1_000_000)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAIT
    waits = TURN + (
        "guardian = turns.with_name('guardian')\nwhile not guardian.exists(): threading.Event().wait(0.01)\n"
    )
    made = supervisor(tmp_path, waits, deaf, [])
    assert made.run() == 0
    assert made.sides["guardian"].process is not None
    assert made.sides["guardian"].process.returncode == -signal.SIGKILL


def test_one_beside_the_engine_does_not_get_what_is_withheld_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_KEY", "k")
    says = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(str('BROKER_KEY' in os.environ)); "
    waits = says + (
        "import threading\nother = pathlib.Path(sys.argv[1]).with_name('receiver')\n"
        "while not other.exists() or not other.read_text(): threading.Event().wait(0.01)\n"
    )
    words = [sys.executable, "-c"]
    made = Supervisor(
        [*words, waits, str(tmp_path / "engine")],
        {"receiver": [*words, says + "import signal; signal.pause()", str(tmp_path / "receiver")]},
        WallClock(),
        lambda _: None,
        {"receiver": {"BROKER_KEY"}},
    )
    assert made.run() == 0
    assert ((tmp_path / "engine").read_text(), (tmp_path / "receiver").read_text()) == ("True", "False")
