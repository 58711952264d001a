"""A front, and engines at it that come and go, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openbell.run.pulse import read_pulse
from tests.cli.process import exported, until
from tests.house.source import ROOT
from tests.ready import Ready

KEYS = {"ALPACA_KEY": "PKTEST", "ALPACA_SECRET": "secret", "BINANCE_KEY": "PKTEST", "BINANCE_SECRET": "secret"}


class Stage:
    """One front and the run at it."""

    def __init__(self, folder: Path, front: str, config: str, *words: str) -> None:
        """Start the `front` with further `words`; {url} in `config` becomes its address."""
        self.folder = folder
        self.log = folder / "front.log"
        self.env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"), **KEYS}
        ready = folder / "ready"
        self.front = self.begin(
            "venue", front, "--port", "0", *words, "--log", str(self.log), "--ready-file", str(ready)
        )
        until(ready.is_file, "the front")
        (folder / "paper.yaml").write_text(config.format(url=ready.read_text().strip()))

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a verb."""
        with (self.folder / f"{words[0]}.out").open("ab") as out:
            return Ready([sys.executable, "-m", "openbell", *words], env=self.env, stdout=out, stderr=out)

    def engine(self) -> "subprocess.Popen[bytes]":
        """Start a run: a supervisor with an engine and a guardian below it."""
        return self.begin("run", str(self.folder / "paper.yaml"), "--state", str(self.folder / "state"))

    def end(self, process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> None:
        """Send a signal to a process that was started here, and wait for its end."""
        process.send_signal(number)
        process.wait(timeout=180)

    def pid(self) -> int:
        """Return the engine's own process, 0 before its first sign of life."""
        pulse = read_pulse(self.folder / "state")
        return pulse.pid if pulse is not None else 0

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return what the front has written of a kind."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}"))
        return [line for line in lines if line["kind"] == kind]

    def journal(self) -> list[dict[str, Any]]:
        """Return the engine's records."""
        return [json.loads(line) for line in exported(self.folder / "state").splitlines()]

    def run_with_a_kill(self, done: Callable[[], int], least: int) -> None:
        """Run, kill the engine once `least` are done, and end when as many more are; then the front ends, too."""
        try:
            run = self.engine()
            try:
                until(lambda: done() >= least, "the first half")
                killed = self.pid()
                os.kill(killed, signal.SIGKILL)
                before = done()
                until(lambda: self.pid() not in (0, killed), "another engine")
                until(lambda: done() >= before + least, "the half behind the kill")
            finally:
                self.end(run)
        finally:
            self.end(self.front)


def refusals_of_truth(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return where the engine found that its books and the venue's differ."""
    effects = [effect for record in records for effect in record["effects"]]
    return [one for one in effects if one["type"] in ("Mismatch", "Freeze") and one["is_on"]]
