"""Control rooms to look at: a server in a thread, and engines in processes of their own."""

import asyncio
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openbell.core.types import NS
from openbell.run import state as states
from openbell.run.live import Settings, live
from openbell.run.web.serve import Place, Told, serve
from tests.cli.process import begin, until
from tests.run.small import prepare

PATIENCE_S = 180.0

MARKET = """\
title: Rehearsal
speed: {speed}
source: {{kind: synthetic, seed: 11, days: {days}, volatility: 90%, prices: {{AURA: 84, BOLT: 212, CIRQ: 31}}}}
instruments: {{default: {{kind: stock, calendar: 24x7}}}}
accounts:
  main: {{broker: sim, cash: 100000 USD, fees: {{kind: per_share, rate: 0.005, minimum: 1}}, spread: 0.02%}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 3, slow: 8}}
    instruments: [AURA, BOLT, CIRQ]
    bars: 1m
    account: main
    budget: {{capital: 60000 USD, per_position: 25%, positions: 3}}
    exits: {{stop_loss: 1%, take_profit: 2%}}
  - name: dips
    strategy: {{kind: pullback, period: 20, discount: 0.1%}}
    instruments: [AURA, BOLT]
    bars: 1m
    account: main
    budget: {{capital: 40000 USD, per_position: 30%, positions: 2}}
    exits: {{stop_loss: 1.5%}}
rules: {{preset: none, kill: {{}}, session_hours: {{}}, daily_loss: {{limit: 3%}}, max_position: {{limit: 40%}}}}
"""
"""An invented market that trades from its tenth minute on, round the clock for a month."""


def write(folder: Path, speed: str = "600x", days: int = 30) -> Path:
    """Write the configuration of a run and return its path."""
    file = folder / "rehearsal.yaml"
    file.write_text(MARKET.format(speed=speed, days=days), encoding="utf-8")
    return file


@contextmanager
def engine(file: Path, state: Path) -> Iterator[None]:
    """Run a file in a process of its own while what is inside lasts; begins once there is a journal to read."""
    with begin(state.parent, "run", file, "--state", state) as run:
        try:
            until(lambda: states.journal(state).is_dir() or run.poll() is not None, "a journal")
            yield
            assert run.poll() is None, run.communicate()
        finally:
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=PATIENCE_S)


def played(folder: Path) -> Path:
    """Return the state of a day of the same market that has ended."""
    prepared, market = prepare(write(folder, days=1))
    state = folder / "rehearsal"
    states.make(state)
    live(prepared, market, Settings(state=state))
    return state


class Served(threading.Thread):
    """A control room in a thread of this process.

    Attributes:
        told: What it says at its start: address, link, code for the first password.
    """

    def __init__(self, **fields: Any) -> None:
        """Take the fields of a `Place`; the port is a free one where none is named."""
        super().__init__(daemon=True)
        self._place = Place(**{"port": 0, **fields})
        self._heard: Future[Told] = Future()
        self._is_over = threading.Event()

    def run(self) -> None:
        """Serve until told to end."""
        asyncio.run(serve(self._place, self._heard.set_result, self._is_over.is_set))

    @property
    def told(self) -> Told:
        """What was said once the port answered."""
        return self._heard.result(PATIENCE_S)

    def end(self) -> None:
        """Stop serving."""
        self._is_over.set()
        self.join(PATIENCE_S)
        assert not self.is_alive()


@contextmanager
def served(home: Path, **fields: Any) -> Iterator[Told]:
    """Serve the states of a home while what is inside lasts."""
    room = Served(home=home, **fields)
    room.start()
    try:
        yield room.told
    finally:
        room.end()


def number(text: str) -> str:
    """Return the plain number in a figure as it is shown: without sign of currency, thousands and unit."""
    found = re.search(r"[-\u2212+]?\d[\d,]*(?:\.\d+)?", re.sub(r"[$\u20a9\u20ac]", "", text))
    assert found is not None, text
    return found[0].replace("\u2212", "-").replace(",", "").lstrip("+")


def span(nanoseconds: int) -> str:
    """Return a span as the page writes it: its two largest units."""
    seconds = nanoseconds // NS
    d, h, m, s = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60
    return f"{d}d {h}h" if d else f"{h}h {m}m" if h else f"{m}m {s}s" if m else f"{s}s"
