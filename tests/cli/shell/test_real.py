"""Real money at the terminal: who is asked at the start, and what is said."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openbell.cli.shell.session import CAUTION
from openbell.run import state as states
from openbell.run.arming import RISK
from tests.cli.process import begin, until
from tests.cli.test_arm import LIVE
from tools.tree import ROOT

PATIENCE_S = 180


FRONT = LIVE.replace("strategy: ema_cross", "strategy: {kind: ema_cross}")
VENDOR = (
    FRONT.replace("PA3K9ZQ1L7XY", '"123456789"').replace("PKTEST", "AKTEST").replace('url: "http://127.0.0.1:9",', "")
)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A front in a process of its own, and the file of a run with its money."""
    folder = tmp_path_factory.mktemp("front")
    ready = folder / "ready"
    process = begin(
        folder, "venue", "alpaca", "--port", "0", "--symbols", "SPY", "--log", folder / "log", "--ready-file", ready
    )
    until(ready.is_file, "the front")
    yield FRONT.replace("http://127.0.0.1:9", ready.read_text(encoding="utf-8").strip())
    process.terminate()
    process.communicate(timeout=PATIENCE_S)


def at_terminal(folder: Path, typed: str, text: str = FRONT, *more: str, upto: str = "armed until") -> tuple[int, str]:
    """Run a live file at a terminal, type something, and return its exit code and what was shown."""
    file = folder / "live.yaml"
    file.write_text(text)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"), "SECRET": "secret",
                   "TERM": "dumb"}  # fmt: skip
    command = [sys.executable, "-m", "openbell", "run", str(file), "--state", str(folder / "s"), "--no-guardian", *more]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    try:
        while upto.encode() not in shown and (piece := os.read(ours, 4096)):
            shown += piece
    except OSError:
        pass  # The other end is closed: it has ended by itself.
    process.terminate()
    code = process.wait(timeout=PATIENCE_S)
    os.close(ours)
    return code, shown.decode()


def test_S1_019_at_a_terminal_real_money_is_warned_of_and_the_digits_are_typed(tmp_path: Path, front: str) -> None:
    _, shown = at_terminal(tmp_path, "L7XY\n", front)
    assert "SIMULATED: a local server, no real money: account main" in shown
    assert "cross: ema_cross on SPY, 50000 USD" in shown
    assert "armed until" in shown


def test_S1_019_at_the_vendors_own_host_it_is_called_real_money_before_anything_is_connected(tmp_path: Path) -> None:
    code, shown = at_terminal(tmp_path, "0000\n", VENDOR)
    assert "REAL MONEY: account main" in shown
    assert "SIMULATED" not in shown
    assert (code, "not the last four of account main" in shown) == (3, True)


def test_S1_134_what_may_be_lost_is_said_before_real_money_is_traded_and_in_the_readme(tmp_path: Path) -> None:
    _, shown = at_terminal(tmp_path, "0000\n", VENDOR)
    assert RISK in shown.replace("\r\n", " ")
    assert shown.index(RISK) < shown.index("last four digits")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert RISK in readme
    for words in ("For study", "you can lose more than the limits say", "Nothing here is advice"):
        assert words in RISK


def test_S1_043_without_prompts_a_live_run_says_so_and_its_digits_are_asked_for_all_the_same(
    tmp_path: Path, front: str
) -> None:
    _, shown = at_terminal(tmp_path, "L7XY\n", front, "--no-confirm", upto="without a question")
    assert CAUTION in shown.replace("\r\n", " ")
    assert "last four digits of account main" in shown


def test_S1_020_other_digits_end_it_before_anything_is_sent(tmp_path: Path) -> None:
    code, shown = at_terminal(tmp_path, "0000\n")
    assert (code, "not the last four of account main" in shown) == (3, True)
    assert list(states.commands(tmp_path / "s")) == []
