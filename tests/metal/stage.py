"""A plain venue and an engine as processes, and the operator's hand on the venue."""

import http.client
import json
import os
import select
import signal
import time
from pathlib import Path
from typing import Any

import msgspec

from tests.metal.nursery import Nursery

SYMBOLS = tuple(f"S{n:02d}" for n in range(40))
CONFIG = """
mode: paper
accounts:
  main: {{broker: plain, url: "ws://127.0.0.1:{port}/v1", cash: 1000000 USD, timeout: 3s, silence: 10s, query_gap: 200ms,
         visibility: 50ms, reconcile: 5s}}
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
PATIENCE_S = 180.0
"""Longer than anything takes on a machine that is not stuck."""


class Gone(Exception):
    """A process ended although nobody asked it to; its last words."""


class Process:
    """A process whose standard error is read line by line."""

    def __init__(self, nursery: Nursery, folder: Path, *words: str) -> None:
        """Start `openbell` with `words`."""
        self.began = time.perf_counter()
        self._nursery = nursery
        fifo = folder / f"{words[0]}.err"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo, 0o600)
        self._errors = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.lines: list[str] = []
        self._rest = b""
        self.pid = nursery.bear(folder / "home", fifo, *words)

    def hear(self, span_s: float) -> bool:
        """Read what it says, at most so long; return False once it can say nothing more."""
        if not select.select([self._errors], [], [], max(span_s, 0.0))[0]:
            return True
        data = os.read(self._errors, 1 << 16)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self.lines += [line.decode() for line in whole]
        return bool(data)

    def until(self, word: str) -> float:
        """Wait until a line holds a word; return the seconds since its start.

        Raises:
            Gone: It ended, or took longer than anything may.
        """
        while not any(word in line for line in self.lines):
            is_there = self.hear(0.05)
            age = time.perf_counter() - self.began
            if not is_there or age > PATIENCE_S:
                raise Gone(f"no {word!r} in {age:.1f} s: {self.lines}")
        return time.perf_counter() - self.began

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal and go on."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut of its process would."""
        self._end(signal.SIGKILL)

    def end(self) -> int:
        """Ask it to end and return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        code = self._nursery.end(self.pid, number)
        while self.hear(0.0) and select.select([self._errors], [], [], 0.0)[0]:
            pass
        os.close(self._errors)
        return code


class Stage:
    """The venue, its operator, and where the engine's state lies."""

    def __init__(
        self, nursery: Nursery, folder: Path, *, cash: str = "1000000 USD", config: str = CONFIG,
        symbols: tuple[str, ...] = SYMBOLS, data: Path | None = None,
    ) -> None:  # fmt: skip
        """Open a venue whose market waits for the operator, and then plays `data` where they are given.

        `config` is the engine's file, as `CONFIG` is.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.nursery = nursery
        self.folder = folder
        self.state = folder / "state"
        self.log = folder / "venue.log"
        self._offset = 0
        self.venue = Process(
            nursery, folder, "venue", "plain", "--port", "0", "--log", str(self.log), "--control-port", "0",
            "--speed", "0x", "--symbols", ",".join(symbols), "--cash", cash,
            *(("--data", str(data)) if data is not None else ()),
        )  # fmt: skip
        self.venue.until("open at")
        port, self._control = (folder / "venue.ports").read_text().split()
        self._token = (folder / "venue.token").read_text()
        self._line = http.client.HTTPConnection("127.0.0.1", int(self._control), timeout=PATIENCE_S)
        self.file = folder / "run.yaml"
        listed = "\n".join(f"  {symbol}: {{kind: stock, calendar: 24x7}}" for symbol in symbols)
        self.file.write_text(config.format(port=port, symbols=", ".join(symbols), instruments=listed))

    def engine(self) -> Process:
        """Start an engine on the one state, without a supervisor: the process that is killed is the engine's own."""
        words = ("run", str(self.file), "--state", str(self.state), "--json", "--no-guardian")
        return Process(self.nursery, self.folder, *words)

    def truth(self) -> dict[str, Any]:
        """Return what the venue knows."""
        return self._ask("GET", "/truth", None)

    def logged(self) -> list[bytes]:
        """Return the whole lines of the venue's log that were added since the last time."""
        with self.log.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.splitlines()

    def play(self, instants: int) -> None:
        """Let the market go on."""
        self._ask("POST", "/play", {"instants": instants})

    def fault(self, **fields: Any) -> None:
        """Let something go wrong, written as in a fault script."""
        self._ask("POST", "/fault", fields)

    def struck(self) -> list[int]:
        """Return how often each thing has gone wrong, in the order in which they were asked for."""
        return [fault["struck"] for fault in self._ask("GET", "/faults", None)["faults"]]

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self._ask("POST", "/calm", {})

    def fill(self, cid: str, qty: str) -> None:
        """Execute some of a live order, whoever hears of it."""
        found = self._ask("POST", "/fill", {"cid": cid, "qty": qty})
        assert found["ok"], found

    def close(self) -> None:
        """End the venue."""
        self._line.close()
        self.venue.end()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        sent = None if body is None else json.dumps(body)
        self._line.request(method, path, sent, {"Authorization": f"Bearer {self._token}"})
        found: dict[str, Any] = msgspec.json.decode(self._line.getresponse().read())
        return found
