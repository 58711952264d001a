"""Verbs as a stranger calls them: in this process, or in one of their own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from openbell.cli import perform
from openbell.edges.journal import read_records
from tests.ready import Ready
from tools.tree import ROOT

__all__ = ["CONFIG", "Said", "begin", "config_of", "exported", "perform", "records", "until", "words"]

PATIENCE_S = 180.0


class Said(NamedTuple):
    """What a verb ended with."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on standard output, and nothing else there."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self.out
        found = json.loads(lines[0])
        assert isinstance(found, dict)
        return found


def config_of(
    *,
    days: int = 2,
    strategy: str = "{kind: ema_cross, fast: 12, slow: 26}",
    speed: str = "max",
    interval: str = "1m",
) -> str:
    """Return a configuration of one invented symbol that trades around the clock on bars of an interval."""
    return f"""\
title: Small
speed: {speed}
source: {{kind: synthetic, seed: 5, days: {days}, interval: {interval}, prices: {{AURA: 84}}}}
instruments: {{default: {{kind: stock, calendar: 24x7}}}}
accounts:
  main: {{broker: sim, cash: 10000 USD}}
deployments:
  - name: cross
    strategy: {strategy}
    instruments: [AURA]
    bars: {interval}
    account: main
    budget: {{capital: 10000 USD, per_position: 50%}}
    exits: {{stop_loss: 1%, take_profit: 2%}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{}}
  max_position: {{limit: 60%}}
  max_positions: {{}}
  duplicate: {{}}
"""


CONFIG = config_of()
LASTS = "2400x"
"""Speed at which days of minutes last over a minute: who speaks to a run finds it, on a busy machine too."""


def words(*given: object) -> list[str]:
    """Return the words that call a verb in a process of its own."""
    return [sys.executable, "-m", "openbell", *map(str, given)]


def begin(home: Path, *given: object, is_terminal: bool = False) -> subprocess.Popen[str]:
    """Start a verb in a process of its own; output is kept.

    With `is_terminal` it has a group of its own, as at a terminal, whose Ctrl-C reaches all of a group.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(home)}
    pipe = subprocess.PIPE
    return Ready(
        words(*given), stdout=pipe, stderr=pipe, text=True, env=environment, cwd=home, start_new_session=is_terminal
    )


def until(is_so: Callable[[], bool], what: str) -> None:
    """Look again and again until something is so; fail when it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        pause.wait(0.02)


def exported(state: Path) -> str:
    """Return a state's journal as `openbell journal export` writes it, a line for each record."""
    out = state.with_suffix(".jsonl")
    out.unlink(missing_ok=True)
    assert perform(["journal", "export", str(state), "--out", str(out)]) == 0
    return out.read_text(encoding="utf-8")


def records(state: Path) -> int:
    """Return how many records a state's journal holds by now."""
    folder = state / "journal"
    return sum(1 for _ in read_records(folder)) if (folder / "000001.seg").is_file() else 0
