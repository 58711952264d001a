"""Real processes for tests: a plain venue that moves only when asked, and engines at it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from openbell.edges.brokers import plain
from openbell.run.pulse import Pulse, read_pulse
from tests.house.source import ROOT
from tests.ready import Ready

CONFIG = """
mode: paper
title: trial
accounts:
  main: {{broker: plain, url: "{url}", currency: USD, cash: 100000 USD}}
instruments:
  default: {{kind: stock, calendar: 24x7}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [SPY]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{}}
  max_position: {{}}
  max_positions: {{}}
  duplicate: {{}}
"""
REST = threading.Event()
LEFT_OUT = ("OPENBELL_SUPERVISOR", "PYTHONUNBUFFERED")
"""What is said has to be heard behind a pipe without a word to the interpreter."""


class Trial:
    """A venue as a process, a home, and a configuration file for engines at it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.file = folder / "trial.yaml"
        self.file.write_text(CONFIG.format(url=url))
        self.place = " ".join(plain.place(plain.Config(url=url)))
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start a verb as a process."""
        process = Ready(
            [sys.executable, "-m", "openbell", *words], env=environment(self.home), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def engine(self, name: str = "s", *words: str) -> "subprocess.Popen[str]":
        """Start an engine of its own state and wait for its first sign of life."""
        process = self.start("run", str(self.file), "--state", str(self.folder / name), "--json", *words)
        self.pulse(name, lambda pulse: True, process)
        return process

    def pulse(self, name: str, fits: Callable[[Pulse], bool], process: "subprocess.Popen[str] | None" = None) -> Pulse:
        """Wait for a sign of life of a state that fits."""
        while True:
            found = read_pulse(self.folder / name)
            if found is not None and fits(found):
                return found
            if process is not None and process.poll() is not None:
                raise AssertionError(process.communicate()[1])
            REST.wait(0.02)

    def end(self) -> None:
        """End every process that still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.communicate()


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a child process."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(home)}


@contextmanager
def trial(folder: Path) -> Iterator[Trial]:
    """Open a venue whose market waits, and end every process behind it."""
    log = folder / "venue.log"
    words = [sys.executable, "-m", "openbell", "venue", "plain", "--port", "0", "--log", str(log), "--speed", "0x"]
    venue = Ready([*words, "--symbols", "SPY"], env=environment(folder), stderr=subprocess.PIPE, text=True)
    assert venue.stderr is not None
    venue.stderr.readline()
    url = venue.stderr.readline().split()[2].rstrip(";")
    made = Trial(folder, url)
    try:
        yield made
    finally:
        made.end()
        venue.terminate()
        venue.communicate()
