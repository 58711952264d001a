"""A terminal that is closed: the run in it ends in good order, and what it still says fails nowhere."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from openbell.run.hangup import HANG_UP, Terminal
from openbell.run.pulse import read_pulse
from openbell.run.state import writer
from tests.run.trial import REST, environment, trial

WINDOW = "import os, sys\nline = os.open(sys.argv.pop(1), os.O_RDWR)\nfor number in 0, 1, 2: os.dup2(line, number)\n"
"""Whoever leads a session and opens a terminal has it, and is told of its end."""
BEHIND = WINDOW.replace("os.O_RDWR", "os.O_RDWR | os.O_NOCTTY")
"""It writes to a terminal that is another's, as what a shell has let go of: nobody tells it of the end."""
TOLD = WINDOW + (
    "import pathlib, threading\n"
    "from openbell.run.hangup import Terminal\n"
    "told = threading.Event()\n"
    "place = pathlib.Path(sys.argv[1])\n"
    "with Terminal(told.set):\n"
    "    place.write_text('listens')\n"
    "    while not told.is_set(): threading.Event().wait(0.01)\n"
    "    print('to nobody', flush=True)\n"
    "    print('to nobody', file=sys.stderr, flush=True)\n"
    "    place.write_text('well')\n"
)
RUN = "import runpy\nrunpy.run_module('openbell', run_name='__main__')\n"


@contextmanager
def window(home: Path, program: str, *words: object) -> Iterator["tuple[subprocess.Popen[bytes], int]"]:
    """Start a program in a terminal of its own; yield it and the end of the terminal that somebody can close."""
    ours, theirs = pty.openpty()
    place = os.ttyname(theirs)
    given = [sys.executable, "-c", program, place, *map(str, words)]
    with subprocess.Popen(
        given, env=environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process, ours
        finally:
            os.close(theirs)
            process.kill()


def test_whoever_listens_is_told_and_goes_on_without_a_terminal(tmp_path: Path) -> None:
    place = tmp_path / "word"
    with window(tmp_path, TOLD, place) as (process, end):
        while not place.exists() or not place.read_text():
            assert process.poll() is None
            REST.wait(0.01)
        os.close(end)
        assert process.wait(300) == 0
    assert place.read_text() == "well"


def test_each_is_told_and_who_asked_for_peace_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: False)
    told: list[int] = []
    before = signal.getsignal(HANG_UP)
    with Terminal(lambda: told.append(1)):
        signal.raise_signal(HANG_UP)
        signal.raise_signal(HANG_UP)
    assert (told, signal.getsignal(HANG_UP)) == ([1, 1], before)
    signal.signal(HANG_UP, signal.SIG_IGN)
    try:
        with Terminal(lambda: told.append(2)):
            signal.raise_signal(HANG_UP)
        assert (told, signal.getsignal(HANG_UP)) == ([1, 1], signal.SIG_IGN)
    finally:
        signal.signal(HANG_UP, before)


@pytest.mark.parametrize("how", ["told", "untold", "group"])
def test_a_run_whose_window_is_closed_ends_in_good_order_with_its_guardian(tmp_path: Path, how: str) -> None:
    place = BEHIND if how == "untold" else WINDOW
    state = tmp_path / "s"
    with trial(tmp_path) as world, window(world.home, place + RUN, "run", world.file, "--state", state) as (run, end):
        first = world.pulse("s", lambda _: True)
        while not (guardian := writer(state / "guardian")):
            REST.wait(0.02)
        if how == "group":
            # As systemd ends a service: supervisor and engine are told, and the one tells the other again.
            os.killpg(run.pid, signal.SIGTERM)
        else:
            os.close(end)
        if how == "untold":
            # It trades on, and what it says when it is ended from elsewhere is said to nobody.
            world.pulse("s", lambda later: later.count > first.count + 2)
            run.terminate()
        assert run.wait(300) == 0
        pulse = read_pulse(state)
        assert pulse is not None and pulse.is_closed
        assert (state / "report.html").exists()
        for gone in (first.pid, guardian):
            with pytest.raises(ProcessLookupError):
                os.kill(gone, 0)
