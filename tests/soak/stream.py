"""Many symbols streamed into one engine for minutes: what grows, what was decided on old data, what the plan had said.

`make stream`, or `python -m tests.soak.stream MINUTES SYMBOLS`. The front cuts each minute into sixty quotes and runs at
ten times the clock, so 500 symbols are 5,000 messages a second where the machine can make them.

Exit codes: 0 flat and fresh, 1 memory grew, files or sockets were left open or an entry went out on data too old.
"""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.carrier import SIDE_BY_SIDE
from openbell.run import state
from openbell.run.pulse import read_pulse
from openbell.run.records import entries
from tests.cli import process
from tools.tree import ROOT

PIECES = 60
"""Quotes of one bar."""
QUOTE_AGE, BAR_SLACK = 2 * NS, 15 * NS
"""Oldest quote that an entry may be decided on, and what a bar may be late by besides a fifth of its length."""
EVERY_S = 5.0
MOST_GROWTH = 0.05
"""Share by which the last third of a run may use more memory than the middle one."""
CONFIG = """
mode: paper
accounts:
  main: {{broker: alpaca, key: PKTEST, secret: secret, url: "{url}", cash: 10000000 USD, quotes: true}}
instruments:
{instruments}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 3, slow: 8}}
    instruments: [{symbols}]
    bars: 1m
    account: main
    budget: {{capital: 5000000 USD, per_position: 0.1%}}
rules: {{preset: none, stale_data: {{}}, disconnect: {{}}, mismatch: {{}}}}
"""


MOST_SOCKETS = SIDE_BY_SIDE + 8
"""Open at a time: requests under way or kept for the next ones, two streams, and the run's own."""


class Sample(NamedTuple):
    """What the engine used at one moment: bytes of memory, open files, open sockets."""

    rss: int
    files: int
    sockets: int


class Found(NamedTuple):
    """What a journal holds: bars, quotes, entries, and entries on data too old."""

    bars: int
    quotes: int
    entries: int
    stale: int


def sample(pid: int) -> Sample:
    """Look at a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    opened = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            opened.append(str(link.readlink()))
    sockets = sum(target.startswith("socket:") for target in opened)
    return Sample(pages * os.sysconf("SC_PAGESIZE"), len(opened) - sockets, sockets)


def read(folder: Path) -> Found:
    """Read a journal, and judge each entry by the data that stood in it before."""
    now, bars, quotes, sent, stale = 0, 0, 0, 0, 0
    latest: dict[str, tuple[int, int]] = {}
    for one in entries(folder):
        event = one.event
        now = max(now, event.ts)
        if isinstance(event, ev.Bar):
            bars += 1
            latest[event.instrument] = (event.ts, event.interval + event.interval // 5 + BAR_SLACK)
        elif isinstance(event, ev.Quote):
            quotes += 1
            if event.ts > latest.get(event.instrument, (0, 0))[0]:
                latest[event.instrument] = (event.ts, QUOTE_AGE)
        for effect in one.effects:
            if isinstance(effect, fx.Submit) and not effect.reduce_only:
                sent += 1
                at, most = latest.get(effect.instrument, (0, 0))
                stale += now - at > most
    return Found(bars, quotes, sent, stale)


def play(folder: Path, minutes: float, count: int) -> tuple[list[Sample], Found]:
    """Run front and engine for so long; return what the engine used every five seconds, and its journal."""
    symbols = [f"S{n:03d}" for n in range(count)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home")}
    ready, config, place = folder / "ready", folder / "stream.yaml", folder / "state"

    def begin(*words: str) -> "subprocess.Popen[bytes]":
        with (folder / f"{words[0]}.out").open("ab") as out:
            return subprocess.Popen([sys.executable, "-m", "openbell", *words], env=env, stdout=out, stderr=out)

    front = begin(
        "venue", "alpaca", "--port", "0", "--speed", "10x", "--symbols", ",".join(symbols), "--cash", "10000000 USD",
        "--log", str(folder / "front.log"), "--ready-file", str(ready),
    )  # fmt: skip
    try:
        process.until(ready.is_file, "the front")
        instruments = "\n".join(f"  {symbol}: {{kind: stock, calendar: 24x7}}" for symbol in symbols)
        given = {"url": ready.read_text().strip(), "instruments": instruments, "symbols": ", ".join(symbols)}
        config.write_text(CONFIG.format(**given))
        plan = subprocess.run(
            [sys.executable, "-m", "openbell", "plan", str(config)], env=env, capture_output=True, text=True, check=True
        )
        print(next(line for line in plan.stdout.splitlines() if line.startswith("Disk")), flush=True)
        run = begin("run", str(config), "--state", str(place))
        while read_pulse(place) is None:
            nap(run)
        found = []
        for _ in range(int(minutes * 60 / EVERY_S)):
            nap(run)
            pulse = read_pulse(place)
            found.append(sample(pulse.pid if pulse is not None else 0))
        run.send_signal(signal.SIGTERM)
        run.wait(120)
    finally:
        front.terminate()
        front.wait(60)
    return found, read(state.journal(place))


def nap(run: "subprocess.Popen[bytes]") -> None:
    """Wait a little. Raises RuntimeError where the run ends meanwhile."""
    with suppress(subprocess.TimeoutExpired):
        raise RuntimeError(f"the run ended by itself with {run.wait(EVERY_S)}")


def growth(samples: list[Sample]) -> float:
    """Return by which share the last third uses more memory than the middle one."""
    third = len(samples) // 3
    middle, last = sorted(samples[third : 2 * third]), sorted(samples[-third:])
    return last[third // 2].rss / middle[third // 2].rss - 1


def main(minutes: float, count: int) -> int:
    """Stream and print; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        samples, found = play(Path(folder), minutes, count)
    rise, files, sockets = growth(samples), [one.files for one in samples], max(one.sockets for one in samples)
    print(
        f"stream minutes={minutes} symbols={count} messages_per_second={found.bars * (PIECES + 1) / minutes / 60:.0f} "
        f"bars={found.bars} quotes_taken={found.quotes} entries={found.entries} stale_entries={found.stale} "
        f"mb={samples[-1].rss / 1e6:.1f} growth={rise:+.3f} files={files[len(files) // 3]}..{files[-1]} sockets={sockets}"
    )
    is_flat = rise <= MOST_GROWTH and files[-1] <= files[len(files) // 3] + 2 and sockets <= MOST_SOCKETS
    return 0 if is_flat and not found.stale else 1


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:3]]
    sys.exit(main(given[0] if given else 10.0, int(given[1]) if len(given) > 1 else 500))
