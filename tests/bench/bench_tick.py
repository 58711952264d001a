"""From a bar on the wire to an order on the wire, at a plain venue in a process of its own.

The venue's log says when a bar went out and when the order or cancel that it caused came in: in between lie the websocket, the
edge, the inbox, the engine with ten rules, the durable journal and the outbox. Beside it stands the raw floor of the
same run: as many bytes over a blocking socket and back, with one fdatasync of a journal record in between. It prints
and judges nothing.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.bench.bench_kill import REST, wait

STRATEGY = '''
from openbell.core.effects import Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


class State(dict):
    """Whether the last wish was to be long."""


def decide(config, state, bar, view):
    """Change sides with every bar."""
    state["is_long"] = not state.get("is_long", False)
    return [Intent(instrument=bar.instrument, target=1.0 if state["is_long"] else 0.0)]
'''
FILE = """
mode: paper
title: bench
accounts:
  main: {{broker: plain, url: "{url}", currency: USD, cash: 100000000 USD}}
instruments:
  default: {{kind: stock, calendar: 24x7}}
deployments:
  - name: flip
    strategy: {{kind: ./flip.py}}
    instruments: [AAA]
    bars: 1m
    account: main
    budget: {{capital: 90000000 USD, per_position: 0.1%}}
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
ECHO = """
import os, socket, sys
port, taken, given, record, path = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
line = socket.create_connection(("127.0.0.1", port))
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
file = os.open(path, os.O_RDWR | os.O_CREAT)
os.posix_fallocate(file, 0, 1 << 24)
os.pwrite(file, bytes(1 << 24), 0)
os.fsync(file)
at = 0
while True:
    left = taken
    while left:
        got = len(line.recv(left))
        if not got:
            raise SystemExit
        left -= got
    os.pwrite(file, b"x" * record, at)
    os.fdatasync(file)
    at = (at + record) % ((1 << 24) - record)
    line.sendall(b"y" * given)
"""


def main() -> None:
    """Print p50, p99 and p99.9 of both; `--ticks` says how many bars are sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=2000, help="bars sent")
    ticks = parser.parse_args().ticks
    with tempfile.TemporaryDirectory() as folder:
        laps, sizes = measure(Path(folder), ticks)
        floor = raw(Path(folder), sizes, len(laps))
    print(f"tick to order bytes, {len(laps)} of {ticks} ticks, ten rules, durable before sent; bytes {sizes}")
    show("openbell", laps)
    show("raw socket and fdatasync", floor)
    print(f"  ratio at p50 {laps[len(laps) // 2] / floor[len(floor) // 2]:.1f} (floor 3, target 1.5)")


def show(name: str, laps: list[int]) -> None:
    """Print three quantiles (us) of sorted times (ns)."""
    p50, p99, p999 = (laps[min(int(len(laps) * q), len(laps) - 1)] / 1000 for q in (0.5, 0.99, 0.999))
    print(f"  {name:26} p50 {p50:8,.0f} us  p99 {p99:8,.0f} us  p99.9 {p999:8,.0f} us")


def measure(folder: Path, ticks: int) -> tuple[list[int], tuple[int, int, int]]:
    """Return sorted times from a bar to its order (ns), and the bytes of a bar, an order and a journal record."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src"),
        "OPENBELL_HOME": str(folder / "home"),
    }

    def start(*words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", "openbell", *words], env=environment, stdout=subprocess.DEVNULL)

    log, ports, state = folder / "venue.log", folder / "venue.ports", folder / "state"
    where = ("--port", "0", "--control-port", "0", "--log", str(log))
    venue = start("venue", "plain", *where, "--speed", "0x", "--symbols", "AAA", "--cash", "100000000 USD")
    try:
        wait(lambda: ports.exists() and len(ports.read_text().split()) == 2)
        port, control = ports.read_text().split()
        (folder / "flip.py").write_text(STRATEGY)
        (folder / "bench.yaml").write_text(FILE.format(url=f"ws://127.0.0.1:{port}/v1"))
        engine = start("run", str(folder / "bench.yaml"), "--state", str(state), "--json", "--no-guardian")
        try:
            wait((state / "beat").exists)
            REST.wait(2.0)
            for _ in range(ticks):
                play(control, (folder / "venue.token").read_text())
                REST.wait(0.01)
            REST.wait(1.0)
        finally:
            end(engine)
    finally:
        end(venue)
    return paired(log)


def play(control: str, token: str) -> None:
    """Let the venue's market go on by one bar."""
    url, body = f"http://127.0.0.1:{control}/play", json.dumps({"instants": 1}).encode()
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {token}"})  # this machine
    with urllib.request.urlopen(request) as reply:  # as above
        reply.read()


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end and wait for it."""
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def paired(log: Path) -> tuple[list[int], tuple[int, int, int]]:
    """Return the times between each bar and the order that follows it before the next bar, and sizes in bytes."""
    laps, told, order_bytes = [], 0, 0
    for line in map(json.loads, log.read_text().splitlines()):
        frame = str(line.get("frame", ""))
        if line["kind"] == "bar":
            told = line["time"]
        elif line["kind"] == "received" and told and ('"op":"submit"' in frame or '"op":"cancel"' in frame):
            laps.append(line["time"] - told)
            told, order_bytes = 0, max(order_bytes, len(frame))
    if not laps:
        raise RuntimeError("no order followed a bar")
    return sorted(laps), (BAR_BYTES, order_bytes, RECORD_BYTES)


BAR_BYTES = 160
"""About what a bar is on the wire, which the venue does not write down."""
RECORD_BYTES = 600
"""About what a bar and the order it causes are in the journal, whose segments are larger than what they hold."""


def raw(folder: Path, sizes: tuple[int, int, int], rounds: int) -> list[int]:
    """Return sorted times (ns) of a round trip of the same bytes to a process that commits them before it answers."""
    taken, given, record = sizes
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [str(server.getsockname()[1]), str(taken), str(given), str(record), str(folder / "raw")]
        other = subprocess.Popen([sys.executable, "-c", ECHO, *words])
        line, _ = server.accept()
        with line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            laps = [lap(line, taken, given) for _ in range(rounds)]
        other.wait(30)
    return sorted(laps)


def lap(line: socket.socket, taken: int, given: int) -> int:
    """Return the time of one round trip, ns."""
    REST.wait(0.005)
    begin = time.perf_counter_ns()
    line.sendall(b"x" * taken)
    left = given
    while left:
        left -= len(line.recv(left))
    return time.perf_counter_ns() - begin


if __name__ == "__main__":
    main()
