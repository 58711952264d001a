"""`openbell run` trades recorded coins at the front, killed twice: both sides agree to the last unit.

Two recorded days with `make storm`; the front of coins has no fault script yet, so the storm is the kills alone.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from openbell.run.pulse import read_pulse
from tests.cli import process
from tests.house.source import ROOT
from tests.storm.compare import cash, differences, here, numbered, positions, there_in_coins

HOURS, SPEED = int(os.environ.get("STORM_HOURS", "0")), os.environ.get("STORM_SPEED", "400x")
"""Recorded hours of the long storm, 0 for none, and how fast they go."""
DATA = Path(os.environ.get("OPENBELL_DATA") or ROOT.parent / "shared" / "data") / "crypto_1m"
DAYS = [date(2017, 9, 3), date(2017, 9, 4)]
CONFIG = """
mode: paper
accounts:
  main: {{broker: binance, key: PKTEST, secret: "${{BINANCE_SECRET}}", url: "{url}", cash: 100000 USDT, timeout: 3s,
         query_gap: 1s, visibility: 1s, reconcile: 3s}}
instruments:
  BTCUSDT: {{kind: crypto, lot: "0.00001", min_notional: "5"}}
  ETHUSDT: {{kind: crypto, lot: "0.0001", min_notional: "5"}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 3, slow: 8}}
    instruments: [BTCUSDT, ETHUSDT]
    bars: 1m
    account: main
    budget: {{capital: 50000 USDT, per_position: 10%, positions: 2}}
# A minute lasts a fraction of a second here: what is counted by the clock would stop the strategy early.
rules: {{price_drift: off, repeated_fills: off, daily_trades: {{limit: 1000}}}}
"""


def recorded(folder: Path) -> int:
    """Take two days of which every minute of two coins is known, under this venue's names.

    Returns:
        How many bars there are.
    """
    folder.mkdir()
    bars = 0
    for coin in ("BTC", "ETH"):
        frame = pl.read_parquet(DATA / f"{coin}USD_coinbase_selected_days.parquet")
        frame = frame.filter(pl.col("ts").dt.date().is_in(DAYS)).head(HOURS * 60)
        frame.with_columns(pl.lit(f"{coin}USDT").alias("symbol")).write_parquet(folder / f"{coin}USDT.parquet")
        bars += len(frame)
    return bars


def until(condition: Callable[[], bool], what: str, rounds: int) -> None:
    """Wait for something, for so many times the usual patience."""
    for left in reversed(range(rounds)):
        try:
            process.until(condition, what)
        except AssertionError:
            if not left:
                raise
        else:
            return


@pytest.mark.slow
@pytest.mark.skipif(not HOURS, reason="takes minutes: make storm")
@pytest.mark.skipif(not DATA.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
def test_F43_F88_F89_recorded_coins_traded_over_two_kills_agree_to_the_last_unit(tmp_path: Path) -> None:
    log, state, ready = tmp_path / "front.log", tmp_path / "state", tmp_path / "ready"
    bars = recorded(tmp_path / "minutes")
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "OPENBELL_HOME": str(tmp_path / "home"),
        "BINANCE_SECRET": "secret",
    }

    def begin(*words: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / f"{words[0]}.out").open("ab") as out:
            return subprocess.Popen([sys.executable, "-m", "openbell", *words], env=env, stdout=out, stderr=out)

    def journal() -> str:
        command = [sys.executable, "-m", "openbell", "journal", "export", str(state)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    def pid() -> int:
        pulse = read_pulse(state)
        return pulse.pid if pulse is not None else 0

    def seen() -> int:
        pulse = read_pulse(state)
        return pulse.seq if pulse is not None else 0

    front = begin("venue", "binance", "--port", "0", "--speed", SPEED, "--data", str(tmp_path / "minutes"), "--log", str(log),
                  "--ready-file", str(ready))  # fmt: skip
    try:
        until(ready.is_file, "the front", 1)
        (tmp_path / "coins.yaml").write_text(CONFIG.format(url=ready.read_text().strip()))
        run = begin("run", str(tmp_path / "coins.yaml"), "--state", str(state))
        try:
            for records in (bars // 4, bars // 2):
                until(lambda records=records: seen() > records, f"{records} records", 10)
                killed = pid()
                os.kill(killed, signal.SIGKILL)
                until(lambda killed=killed: pid() not in (0, killed), "another engine", 2)
            until(lambda: seen() > bars * 3 // 4, "most of it", 15)
            until(lambda: differences(there_in_coins(log), here(journal(), numbered)) == [], "an agreement", 2)
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(timeout=90)
    finally:
        front.send_signal(signal.SIGTERM)
        front.wait(timeout=90)
    one, other = there_in_coins(log), here(journal(), numbered)
    assert differences(one, other) == []
    assert (positions(one.deals), cash(one.deals)) == (positions(other.deals), cash(other.deals))
    assert len(one.deals) >= 10, "too little was traded to prove anything"
    assert '"status":429' not in log.read_text()
