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
  main: {{broker: alpaca, key: "${{ALPACA_KEY}}", secret: "${{ALPACA_SECRET}}", url: "{url}", cash: 100000 USD, timeout: 3s,
         query_gap: 1s, visibility: 1s, reconcile: 3s}}
instruments:
  AAPL: {{kind: stock, calendar: 24x7}}
  SPY: {{kind: stock, calendar: 24x7}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [AAPL, SPY]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD, per_position: 10%, positions: 2}}
"""
FILLS = 6
"""Executions before each end of the engine."""


class Stage:
    """A front, and engines that come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "front.log"
        self.env = {
            **os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"),
            "ALPACA_KEY": "PKTEST", "ALPACA_SECRET": "secret",
        }  # fmt: skip
        words = ["venue", "alpaca", "--port", "0", "--speed", "60x", "--symbols", "AAPL,SPY", "--log", str(self.log)]
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

    def fills(self) -> list[dict[str, Any]]:
        """Return the executions of the front."""
        return [one["frame"]["data"] for one in self.entries("booked") if "execution_id" in one["frame"]["data"]]

    def journal(self) -> list[dict[str, Any]]:
        """Return the engine's records."""
        command = [sys.executable, "-m", "openbell", "journal", "export", str(self.folder / "state")]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def end(self, process: "subprocess.Popen[bytes]", number: int) -> None:
        process.send_signal(number)
        process.wait(timeout=60)


@pytest.mark.slow
def test_F43_a_run_that_is_killed_goes_on_and_agrees_with_the_front_to_the_cent(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        run = stage.engine()
        try:
            until(lambda: len(stage.fills()) >= FILLS, "the first fills")
            killed = stage.pid()
            os.kill(killed, signal.SIGKILL)
            before = len(stage.fills())
            until(lambda: stage.pid() not in (0, killed), "another engine")
            until(lambda: len(stage.fills()) >= before + FILLS, "fills behind the kill")
        finally:
            stage.end(run, signal.SIGTERM)
    finally:
        stage.end(stage.front, signal.SIGTERM)
    records = stage.journal()
    there = {one["execution_id"]: one for one in stage.fills()}
    here = {}
    for record in records:
        event = record["event"]
        if event["type"] == "Fill":
            assert event["exec_id"] not in here, "an execution was taken twice"
            here[event["exec_id"]] = event
    last = records[-1]["event"]["ts"]
    assert set(here) <= set(there)
    missing = [one for name, one in there.items() if name not in here]
    assert len(missing) <= 1, f"executions that the journal lacks: {missing}, its last record is of {last}"
    for name, event in here.items():
        order = there[name]["order"]
        told = (event["oid"], event["instrument"], event["side"], Decimal(str(event["qty"])), Decimal(str(event["px"])))
        assert told == (order["client_order_id"], order["symbol"], order["side"], Decimal(there[name]["qty"]), Decimal(there[name]["price"]))  # fmt: skip
    sent = [one["asked"] for one in stage.entries("request") if one["method"] == "POST"]
    ids = [json.loads(text)["client_order_id"] for text in sent]
    decided = [effect["oid"] for record in records for effect in record["effects"] if "tif" in effect]
    assert len(ids) == len(set(ids)), "an order was sent twice"
    assert set(ids) <= set(decided), "an order left that was not written down"
    adjusted = [
        e for record in records for e in record["effects"] if e["type"] in ("Mismatch", "Freeze") and e["is_on"]
    ]
    assert adjusted == []
