"""`openbell run` against the front, killed in the middle: the front's log and the journal agree order by order."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.run.pulse import read_pulse
from tests.cli.process import until
from tests.house.source import ROOT

CONFIG = """
mode: paper
accounts:
  main: {{broker: binance, key: "${{BINANCE_KEY}}", secret: "${{BINANCE_SECRET}}", url: "{url}", cash: 100000 USDT,
         timeout: 3s, query_gap: 1s, visibility: 1s, reconcile: 3s}}
instruments:
  BTCUSDT: {{kind: crypto, lot: "0.00001", min_notional: "5"}}
  ETHUSDT: {{kind: crypto, lot: "0.0001", min_notional: "5"}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [BTCUSDT, ETHUSDT]
    bars: 1m
    account: main
    budget: {{capital: 50000 USDT, per_position: 10%, positions: 2}}
"""
ORDERS = 4
"""Orders that have filled before each end of the engine."""


class Stage:
    """A front, and engines that come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "front.log"
        self.env = {
            **os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"),
            "BINANCE_KEY": "PKTEST", "BINANCE_SECRET": "secret",
        }  # fmt: skip
        words = ["venue", "binance", "--port", "0", "--speed", "60x", "--log", str(self.log)]
        self.front = self.begin(*words, "--ready-file", str(folder / "ready"))
        until((folder / "ready").is_file, "the front")
        (folder / "paper.yaml").write_text(CONFIG.format(url=(folder / "ready").read_text().strip()))

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{words[0]}.out").open("ab") as out:
            return subprocess.Popen([sys.executable, "-m", "openbell", *words], env=self.env, stdout=out, stderr=out)

    def engine(self) -> "subprocess.Popen[bytes]":
        """Start a run: a supervisor with an engine and a guardian below it."""
        return self.begin("run", str(self.folder / "paper.yaml"), "--state", str(self.folder / "state"))

    def pid(self) -> int:
        """Return the engine's own process, 0 before its first sign of life."""
        pulse = read_pulse(self.folder / "state")
        return pulse.pid if pulse is not None else 0

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return what the front has written of a kind."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}"))
        return [line for line in lines if line["kind"] == kind]

    def trades(self) -> list[dict[str, Any]]:
        """Return the executions of the front."""
        return [one["event"] for one in self.entries("booked") if one["event"].get("x") == "TRADE"]

    def filled(self) -> int:
        """Return how many orders have filled."""
        return sum(one["X"] == "FILLED" for one in self.trades())

    def journal(self) -> list[dict[str, Any]]:
        """Return the engine's records."""
        command = [sys.executable, "-m", "openbell", "journal", "export", str(self.folder / "state")]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def end(self, process: "subprocess.Popen[bytes]", number: int) -> None:
        process.send_signal(number)
        process.wait(timeout=60)


def agree(stage: Stage) -> None:
    """Check the engine's journal against the front's log, execution by execution."""
    records = stage.journal()
    there = {f"{one['s']}/{one['t']}": one for one in stage.trades()}
    here: dict[str, Any] = {}
    for record in records:
        event = record["event"]
        if event["type"] == "Fill":
            # Told by an answer, by the stream and by a list: booked once.
            here.setdefault(f"{event['instrument']}/{event['exec_id']}", event)
    assert set(here) <= set(there)
    last = records[-1]["event"]["ts"] // 10**6
    assert [one for name, one in there.items() if name not in here and one["T"] < last - 1000] == []
    for name, event in here.items():
        one = there[name]
        told = (event["oid"], event["side"], Decimal(event["qty"]), Decimal(event["px"]))
        assert told == (one["c"], one["S"].lower(), Decimal(one["l"]), Decimal(one["L"]))
    sent = [one["asked"]["newClientOrderId"] for one in stage.entries("request") if one["method"] == "POST"]
    decided = [effect["oid"] for record in records for effect in record["effects"] if effect["type"] == "Submit"]
    assert len(sent) == len(set(sent)), "an order was sent twice"
    assert set(sent) <= set(decided), "an order left that was not written down"
    refused = [one for one in stage.entries("request") if one["method"] == "POST" and one["status"] != 200]
    assert refused == []
    assert [e for r in records for e in r["effects"] if e["type"] in ("Mismatch", "Freeze") and e["is_on"]] == []


@pytest.mark.slow
def test_F43_a_run_that_is_killed_goes_on_and_agrees_with_the_front_to_the_cent(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        run = stage.engine()
        try:
            until(lambda: stage.filled() >= ORDERS, "the first orders")
            killed = stage.pid()
            os.kill(killed, signal.SIGKILL)
            before = stage.filled()
            until(lambda: stage.pid() not in (0, killed), "another engine")
            until(lambda: stage.filled() >= before + ORDERS, "orders behind the kill")
        finally:
            stage.end(run, signal.SIGTERM)
    finally:
        stage.end(stage.front, signal.SIGTERM)
    agree(stage)
