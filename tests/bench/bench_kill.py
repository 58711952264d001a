"""From the command to the last of 50 cancels at a plain venue, all of it real processes on this machine.

Run as a script; it prints and judges nothing. Each round: 50 limit orders rest at the venue, a kill of tier 2 is given
through the local socket, and the venue's own log says when the last of the 50 cancels arrived.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from openbell.run.clock import WallClock
from openbell.run.hatch import call

COUNT = 50
REST = threading.Event()
STRATEGY = '''
from openbell.core.effects import Intent
from openbell.core.types import OrderType
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


class State(dict):
    """Nothing."""


def decide(config, state, bar, view):
    """Rest far below the market, again after every enable."""
    limit = bar.close * 0.5
    return [Intent(instrument=bar.instrument, target=1.0, type=OrderType.LIMIT, limit=limit, rebalance=True)]
'''
FILE = """
mode: paper
title: bench
accounts:
  main: {{broker: plain, url: "{url}", currency: USD, cash: 100000000 USD}}
instruments:
  default: {{kind: stock, calendar: 24x7}}
deployments:
  - name: rest
    strategy: {{kind: ./rest.py}}
    instruments: [{symbols}]
    bars: 1m
    account: main
    budget: {{capital: 90000000 USD, per_position: 0.1%}}
rules: {{preset: none}}
"""


class Stand:
    """A venue, an engine at it, and the operator's port."""

    def __init__(self, folder: Path) -> None:
        """Start both and wait until the engine gives signs of life."""
        self.folder = folder
        self.state = folder / "s"
        source = str(Path(__file__).resolve().parents[2] / "src")
        self.environment = {**os.environ, "PYTHONPATH": source, "OPENBELL_HOME": str(folder / "home")}
        symbols = ",".join(f"S{n:02d}" for n in range(COUNT))
        self.log = folder / "venue.log"
        words = ["venue", "plain", "--port", "0", "--control-port", "0", "--log", str(self.log), "--speed", "0x"]
        self.venue = self._start([*words, "--symbols", symbols, "--cash", "100000000 USD"])
        ports = folder / "venue.ports"
        wait(lambda: ports.exists() and len(ports.read_text().split()) == 2)
        port, self.control = ports.read_text().split()
        self.token = (folder / "venue.token").read_text()
        (folder / "rest.py").write_text(STRATEGY)
        text = FILE.format(url=f"ws://127.0.0.1:{port}/v1", symbols=symbols.replace(",", ", "))
        (folder / "bench.yaml").write_text(text)
        self.engine = self._start(
            ["run", str(folder / "bench.yaml"), "--state", str(self.state), "--json", "--no-guardian"]
        )
        wait((self.state / "beat").exists)

    def _start(self, words: list[str]) -> "subprocess.Popen[bytes]":
        errors = (self.folder / f"{words[0]}.err").open("wb")
        return subprocess.Popen([sys.executable, "-m", "openbell", *words], env=self.environment, stderr=errors)

    def ask(self, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        """Ask the operator's port."""
        data = json.dumps(body).encode() if body is not None else None
        url = f"http://127.0.0.1:{self.control}/{path}"
        request = urllib.request.Request(url, data, {"Authorization": f"Bearer {self.token}"})  # this machine
        with urllib.request.urlopen(request) as reply:  # as above
            return dict(json.load(reply))

    def open_orders(self) -> int:
        """Return how many orders rest at the venue."""
        orders = self.ask("truth")["orders"]
        return sum(order["state"] in ("working", "partial") for order in orders)  # type: ignore[attr-defined,index]  # as the venue tells

    def cancels(self, since: int) -> list[int]:
        """Return when the venue received cancels after `since`, UTC ns."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        heard = [line["time"] for line in lines if line["kind"] == "received" and '"op":"cancel"' in line["frame"]]
        return [ts for ts in heard if ts >= since]

    def status(self) -> dict[str, object]:
        """Return the engine's status."""
        words = [sys.executable, "-m", "openbell", "status", str(self.state), "--json"]
        return dict(json.loads(subprocess.run(words, env=self.environment, capture_output=True, check=True).stdout))

    def end(self) -> None:
        """End both."""
        for process in (self.engine, self.venue):
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait(holds: Callable[[], bool], patience_s: float = 60.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it did not come about")
        REST.wait(0.02)


def main() -> None:
    """Print p50 and p99 over the rounds; `--rounds` says how many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="kills measured")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        stand = Stand(Path(folder))
        try:
            laps = [measure(stand, n) for n in range(rounds)]
        finally:
            stand.end()
    laps.sort()
    middle, high = laps[len(laps) // 2], laps[min(len(laps) * 99 // 100, len(laps) - 1)]
    print(
        f"kill to the last of {COUNT} cancels, {len(laps)} kills  p50 / p99 {middle:8.1f} / {high:.1f} ms (target 250)"
    )


def measure(stand: Stand, n: int) -> float:
    """Let the orders rest, kill, and return ms from the command to the last cancel at the venue; then enable again."""

    def is_resting() -> bool:
        stand.ask("play", {"instants": 1})
        REST.wait(0.5)
        return stand.open_orders() == COUNT

    wait(is_resting)
    begin = WallClock().now()
    reply = call(stand.state, {"id": f"k{n}", "kind": "kill", "actor": "bench", "reason": "bench", "tier": 2}, 30.0)
    if reply is None or not reply["ok"]:
        raise RuntimeError(f"the kill was not taken: {reply}")
    wait(lambda: len(stand.cancels(begin)) >= COUNT)
    last = max(stand.cancels(begin)[:COUNT])

    def is_enabled() -> bool:
        digits = stand.status()["account_digits"]
        fields = {"id": f"e{n}-{time.monotonic_ns()}", "kind": "enable", "actor": "bench", "reason": "next"}
        said = call(stand.state, {**fields, "digits": digits["main"]}, 30.0)  # type: ignore[index]  # as status tells
        return bool(said and said["ok"] and not said["is_refused"])

    wait(is_enabled)
    return (last - begin) / 1e6


if __name__ == "__main__":
    main()
