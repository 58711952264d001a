"""`openbell run` trades US sessions through a storm at the front, killed twice.

Invented minutes until enough has happened here; `make storm` has five recorded sessions.
"""

import os
import signal
from pathlib import Path

import polars as pl
import pytest

from tests.edges.brokers import waves
from tests.house.source import ROOT
from tests.storm.compare import plain_name, there
from tests.storm.weather import Played, Side, Storm, agrees, hasty

MINUTES = 390
SESSIONS, SPEED = int(os.environ.get("STORM_SESSIONS", "0")), os.environ.get("STORM_SPEED", "400x")
"""Recorded sessions of the long storm, 0 for none, and how fast they go."""
DATA = Path(os.environ.get("OPENBELL_DATA") or ROOT.parent / "shared" / "data") / "us_equity_1m"
SYMBOLS = ("SW", "CPAY")
FAULTS = Path(__file__).with_name("alpaca.yaml")
CONFIG = """
mode: paper
accounts:
  main: {{broker: alpaca, key: PKTEST, secret: "${{BROKER_SECRET}}", url: "{url}", cash: 100000 USD, timeout: 3s, silence: 6s,
         query_gap: 300ms, visibility: 300ms, reconcile: 4s}}
instruments:
  {symbols[0]}: {{kind: stock, calendar: 24x7}}
  {symbols[1]}: {{kind: stock, calendar: 24x7}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 3, slow: 8}}
    instruments: [{symbols[0]}, {symbols[1]}]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD, per_position: 10%, positions: 2}}
    exits: {{stop_loss: 0.5%}}
# On a machine that is busy with other things a start takes its time; the guardian has a test of its own.
kill: {{guardian: {{alert: 2m, pull: 10m}}}}
# A minute lasts a fraction of a second here, and a fill by hand has the price of its limit: what counts by the clock, or
# by prices, would stop the strategy early.
rules: {{duplicate: {{within: 500ms}}, price_drift: off, repeated_fills: off, order_rate: off, stop_outs: off, slippage: off, daily_trades: {{limit: 1000}}, disconnect: {{clear: 1s}}}}
"""
SIDE = Side("alpaca", CONFIG, there, plain_name)


def recorded(folder: Path) -> Played:
    """Take the first sessions that two stocks have in common, with every minute that had a trade."""
    folder.mkdir()
    frames = {symbol: pl.read_parquet(DATA / f"{symbol}_2024H1Q3.parquet") for symbol in SYMBOLS}
    common = set.intersection(*(set(frame["ts"].dt.date()) for frame in frames.values()))
    days, bars = sorted(common)[:SESSIONS], 0
    for symbol, frame in frames.items():
        own = frame.filter(pl.col("ts").dt.date().is_in(days))
        own.write_parquet(folder / f"{symbol}.parquet")
        bars += len(own)
    return Played(folder, SYMBOLS, bars, SPEED, FAULTS)


@pytest.mark.slow
def test_F01_F25_F43_F49_a_session_in_a_storm_agrees_to_the_cent(tmp_path: Path) -> None:
    path = waves.write(tmp_path / "minutes", {"AAPL": (190.0, 7), "SPY": (560.0, 9)}, MINUTES)
    played = Played(path, ("AAPL", "SPY"), 2 * MINUTES, "400x", FAULTS, fills=4)
    struck = agrees(Storm(tmp_path, SIDE._replace(config=hasty(CONFIG)), played), least=2)
    assert sum(count > 0 for count in struck.values()) >= 5, struck


@pytest.mark.slow
@pytest.mark.skipif(not SESSIONS, reason="takes minutes: make storm")
@pytest.mark.skipif(not DATA.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
def test_F01_F25_F43_F49_recorded_sessions_in_a_storm_agree_to_the_cent(tmp_path: Path) -> None:
    signal.alarm(0)  # It lasts as long as was asked for, and has a patience of its own.
    struck = agrees(Storm(tmp_path, SIDE, recorded(tmp_path / "minutes")), least=10)
    assert sum(count > 0 for count in struck.values()) >= 4, struck
