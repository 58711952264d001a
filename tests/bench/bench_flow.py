"""Market messages a second that a live engine takes, with 500 and with 3,000 symbols.

A venue in a process of its own floods a loopback websocket with quotes, and every symbol has its bars. The engine is
the real one: edge, inbox with conflation (of quotes only the latest of each instrument waits), ten rules, durable journal, and a
strategy that orders at every bar of one symbol. The line reads as fast as it can, and the venue is held back by the
socket: what passes is what is sustained, and all of the bars must have been taken at the end. Beside the wall clock
stands what a second of the engine's own processor time carries, because the venue takes a processor as well.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.bench_kill import REST, wait
from tests.bench.bench_tick import STRATEGY
from tests.bench.flood import BARS, name_of

ROOT = Path(__file__).resolve().parents[2]
FILE = """
mode: paper
title: flow
accounts:
  main: {{broker: plain, url: "ws://127.0.0.1:{port}/v1", currency: USD, cash: 100000000 USD}}
instruments:
  default: {{kind: stock, calendar: 24x7}}
deployments:
  - name: flip
    strategy: {{kind: ./flip.py}}
    instruments: [{first}]
    bars: 1m
    account: main
    budget: {{capital: 9000000 USD, per_position: 0.1%}}
  - name: cross
    strategy: {{kind: ema_cross, fast: 12, slow: 26}}
    instruments: [{rest}]
    bars: 1m
    account: main
    budget: {{capital: 80000000 USD, per_position: 0.01%}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{limit: 90%, warn: off}}
  max_position: {{limit: 100%}}
  max_positions: {{limit: 5}}
  min_cash: {{}}
  order_notional: {{}}
  order_quantity: {{}}
  gross_exposure: {{}}
  leverage: {{}}
"""


def main() -> None:
    """Print a line for each number of symbols."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of flooding")
    parser.add_argument("--symbols", type=int, nargs="+", default=[500, 3000])
    options = parser.parse_args()
    print(f"market messages through edge, inbox, engine with ten rules and journal, {options.seconds:g} s each")
    for symbols in options.symbols:
        with tempfile.TemporaryDirectory() as folder:
            show(symbols, *measure(Path(folder), symbols, options.seconds))


def measure(folder: Path, symbols: int, span_s: float) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Return what was sent, what the engine says at its end, and the processor time of the engine (s) meanwhile."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OPENBELL_HOME": str(folder / "home")}
    words = [sys.executable, "-m", "tests.bench.flood", str(folder), str(symbols), str(span_s)]
    venue = subprocess.Popen(words, env=environment)
    try:
        wait((folder / "port").exists)
        names = [name_of(n) for n in range(symbols)]
        text = FILE.format(port=(folder / "port").read_text(), first=names[0], rest=", ".join(names[1:]))
        (folder / "flow.yaml").write_text(text)
        (folder / "flip.py").write_text(STRATEGY)
        words = [sys.executable, "-m", "openbell", "run", str(folder / "flow.yaml"), "--state", str(folder / "state")]
        with (folder / "told").open("wb") as told:
            engine = subprocess.Popen([*words, "--json", "--no-guardian"], env=environment, stdout=told)
            try:
                wait((folder / "up").exists, 120.0)
                REST.wait(2.0)
                begin = spent(engine.pid)
                venue.send_signal(signal.SIGUSR1)
                wait((folder / "sent").exists, 60.0 + span_s)
                settle(engine.pid)
                used = spent(engine.pid) - begin
            finally:
                end(engine)
    finally:
        end(venue)
    figures = json.loads((folder / "told").read_text().splitlines()[-1])
    return json.loads((folder / "sent").read_text()), figures, used


def spent(pid: int) -> float:
    """Return the processor time of a process, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settle(pid: int) -> None:
    """Wait until a process has little to do."""
    before, quiet = spent(pid), 0
    while quiet < 3:
        REST.wait(1.0)
        now = spent(pid)
        quiet = quiet + 1 if now - before < 0.1 else 0
        before = now


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end and wait for it."""
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def show(symbols: int, sent: dict[str, Any], figures: dict[str, Any], used: float) -> None:
    """Print what passed."""
    count, taken = sent["sent"], figures["bars_this_process"]
    print(
        f"  {symbols:5} symbols  {count / sent['seconds']:8,.0f} messages/s sustained, {count / used:8,.0f} for a second of"
        f" its processor; {taken:,} of {sent['bars']:,} bars ({BARS} a symbol) taken, {figures['orders']:,} orders,"
        f" worst lag {figures['worst_lag_ms']:,} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
