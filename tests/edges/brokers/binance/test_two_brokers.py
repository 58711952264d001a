"""One run with two brokers at once, a strategy on each: one kill ends both, and each front agrees with the journal."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import until
from tests.house.source import ROOT
from tests.ready import Ready

CONFIG = """
mode: paper
accounts:
  stocks: {{broker: alpaca, key: "${{ALPACA_KEY}}", secret: "${{ALPACA_SECRET}}", url: "{alpaca}", cash: 100000 USD,
           timeout: 3s, query_gap: 1s, visibility: 1s, reconcile: 3s}}
  coins: {{broker: binance, key: "${{BINANCE_KEY}}", secret: "${{BINANCE_SECRET}}", url: "{binance}", cash: 100000 USDT,
          timeout: 3s, query_gap: 1s, visibility: 1s, reconcile: 3s}}
instruments:
  AAPL: {{kind: stock, calendar: 24x7}}
  BTCUSDT: {{kind: crypto, lot: "0.00001", min_notional: "5"}}
deployments:
  - {{name: cross, strategy: {{kind: ema_cross, fast: 2, slow: 3}}, instruments: [AAPL], bars: 1m, account: stocks,
      budget: {{capital: 50000 USD, per_position: 10%}}}}
  - {{name: coin, strategy: {{kind: ema_cross, fast: 2, slow: 4}}, instruments: [BTCUSDT], bars: 1m, account: coins,
      budget: {{capital: 50000 USDT, per_position: 10%}}}}
"""


class Stage:
    """Two fronts and one engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"), "ALPACA_KEY": "PKTEST",
            "ALPACA_SECRET": "secret", "BINANCE_KEY": "PKTEST", "BINANCE_SECRET": "secret",
        }  # fmt: skip
        self.fronts = [self._front("alpaca", "AAPL"), self._front("binance", "BTCUSDT")]
        urls = {name: (folder / f"{name}.ready").read_text().strip() for name in ("alpaca", "binance")}
        (folder / "two.yaml").write_text(CONFIG.format(**urls))

    def _front(self, kind: str, symbols: str) -> "subprocess.Popen[bytes]":
        ready = self.folder / f"{kind}.ready"
        words = ["--port", "0", "--speed", "240x", "--symbols", symbols, "--log", str(self.folder / f"{kind}.log")]
        front = self.begin(f"{kind}.out", "venue", kind, *words, "--ready-file", str(ready))
        until(ready.is_file, kind)
        return front

    def begin(self, out: str, *words: str) -> "subprocess.Popen[bytes]":
        with (self.folder / out).open("ab") as file:
            return Ready([sys.executable, "-m", "openbell", *words], env=self.env, stdout=file, stderr=file)

    def ask(self, *words: str) -> str:
        command = [sys.executable, "-m", "openbell", *words]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, check=True, cwd=self.folder).stdout

    def lines(self, kind: str) -> list[dict[str, Any]]:
        text = (self.folder / f"{kind}.log").read_text()
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def executions(self, kind: str) -> dict[str, tuple[str, Decimal, Decimal]]:
        """Return order, units and price of each execution of a front, by its number."""
        booked = [line for line in self.lines(kind) if line["kind"] == "booked"]
        if kind == "alpaca":
            told = [one["frame"]["data"] for one in booked if "execution_id" in one["frame"]["data"]]
            return {
                one["execution_id"]: (one["order"]["client_order_id"], Decimal(one["qty"]), Decimal(one["price"]))
                for one in told
            }
        events = [one["event"] for one in booked if one["event"].get("x") == "TRADE"]
        return {str(one["t"]): (one["c"], Decimal(one["l"]), Decimal(one["L"])) for one in events}

    def held(self, kind: str) -> Decimal:
        """Return the units that a front's account holds, as its executions have it."""
        sells = {"alpaca": "sell", "binance": "SELL"}[kind]
        total = Decimal(0)
        for line in (one for one in self.lines(kind) if one["kind"] == "booked"):
            one = line["frame"]["data"] if kind == "alpaca" else line["event"]
            if "execution_id" in one:
                total += Decimal(one["qty"]) * (-1 if one["order"]["side"] == sells else 1)
            elif one.get("x") == "TRADE":
                total += Decimal(one["l"]) * (-1 if one["S"] == sells else 1)
        return total


@pytest.mark.slow
def test_one_run_trades_at_two_brokers_and_one_kill_ends_both(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    state = str(tmp_path / "state")
    run = stage.begin("run.out", "run", str(tmp_path / "two.yaml"), "--state", state)
    try:
        until(lambda: min(len(stage.executions(kind)) for kind in ("alpaca", "binance")) >= 2, "fills at both")
        stage.ask("kill", "--close", "--state", state, "--reason", "the test is over")
        until(lambda: stage.held("alpaca") == stage.held("binance") == 0, "both flat")
        records = [json.loads(line) for line in stage.ask("journal", "export", state).splitlines()]
        until(lambda: any("kill_done" in e.get("key", "") for e in _effects(stage, state)), "the kill is done")
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(timeout=180)
        for front in stage.fronts:
            front.send_signal(signal.SIGTERM)
            front.wait(timeout=180)
    records = [json.loads(line) for line in stage.ask("journal", "export", state).splitlines()]
    for kind, account in (("alpaca", "stocks"), ("binance", "coins")):
        there = stage.executions(kind)
        here = {
            one["exec_id"]: (one["oid"], Decimal(one["qty"]), Decimal(one["px"]))
            for one in (record["event"] for record in records)
            if one["type"] == "Fill" and one["account"] == account
        }
        assert here == there
    assert [e for r in records for e in r["effects"] if e["type"] in ("Mismatch", "Freeze") and e["is_on"]] == []


def _effects(stage: Stage, state: str) -> list[dict[str, Any]]:
    lines = stage.ask("journal", "export", state).splitlines()
    return [effect for line in lines for effect in json.loads(line)["effects"]]
