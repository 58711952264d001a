"""A plain venue and an engine as processes, and the operator's hand on the venue."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.house.source import ROOT

SYMBOLS = tuple(f"S{n:02d}" for n in range(24))
CONFIG = """
mode: paper
accounts:
  main: {{broker: plain, url: "ws://127.0.0.1:{port}/v1", cash: 1000000 USD, timeout: 3s, silence: 10s, query_gap: 500ms,
         visibility: 100ms, reconcile: 5s}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 4}}
    instruments: [{symbols}]
    bars: 1m
    account: main
    budget: {{capital: 1000000 USD, per_position: 2%}}
    exits: {{stop_loss: 1%, take_profit: 1%}}
instruments:
{instruments}
rules: {{preset: none}}
"""
PATIENCE_S = 120.0


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of both processes."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"), "NO_COLOR": "1"}


class Process:
    """A process whose standard error is read line by line."""

    def __init__(self, folder: Path, *words: str) -> None:
        """Start `openbell` with `words`."""
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "openbell", *words], env=environment(folder), text=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.lines: list[str] = []
        self._rest = b""
        self._selector = selectors.DefaultSelector()
        assert self.process.stderr is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        self._selector.register(self.process.stderr, selectors.EVENT_READ)

    def hear(self, span_s: float) -> None:
        """Read what it says, at most so long."""
        if not self._selector.select(span_s):
            return
        assert self.process.stderr is not None
        self._rest += self.process.stderr.read() or b""
        *whole, self._rest = self._rest.split(b"\n")
        self.lines += [line.decode() for line in whole]

    def until(self, word: str) -> float:
        """Wait until a line holds a word; return the seconds since its start."""
        while not any(word in line for line in self.lines):
            self.hear(0.05)
            age = time.perf_counter() - self.began
            assert self.process.poll() is None, self.lines
            assert age < PATIENCE_S, (word, self.lines)
        return time.perf_counter() - self.began

    def kill(self) -> None:
        """End it as a power cut of its process would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()
        self._selector.close()

    def end(self) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE_S)
        self._selector.close()
        return self.process.returncode


class Stage:
    """The venue, its operator, and where the engine's state lies."""

    def __init__(self, folder: Path, *, cash: str = "1000000 USD") -> None:
        """Open a venue whose market waits for the operator."""
        self.folder = folder
        self.state = folder / "state"
        log = folder / "venue.log"
        self.venue = Process(
            folder, "venue", "plain", "--port", "0", "--log", str(log), "--control-port", "0", "--speed", "0x",
            "--symbols", ",".join(SYMBOLS), "--cash", cash,
        )  # fmt: skip
        self.venue.until("open at")
        port, self._control = (folder / "venue.ports").read_text().split()
        self._token = (folder / "venue.token").read_text()
        self.file = folder / "run.yaml"
        listed = "\n".join(f"  {symbol}: {{kind: stock, calendar: 24x7}}" for symbol in SYMBOLS)
        self.file.write_text(CONFIG.format(port=port, symbols=", ".join(SYMBOLS), instruments=listed))

    def engine(self) -> Process:
        """Start an engine on the one state, without a supervisor: the process that is killed is the engine's own."""
        return Process(self.folder, "run", str(self.file), "--state", str(self.state), "--json", "--no-guardian")

    def truth(self) -> dict[str, Any]:
        """Return what the venue knows."""
        return self._ask("/truth", None)

    def play(self, instants: int) -> None:
        """Let the market go on."""
        self._ask("/play", {"instants": instants})

    def close(self) -> None:
        """End the venue."""
        self.venue.end()

    def _ask(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._control}{path}", headers={"Authorization": f"Bearer {self._token}"},
            data=None if body is None else json.dumps(body).encode(),
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
            found: dict[str, Any] = json.load(reply)
            return found
