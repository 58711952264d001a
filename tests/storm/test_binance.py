"""`openbell run` trades coins through a storm at the front, killed twice: both sides agree to the last unit.

Real money and invented minutes until enough has happened here; `make storm` has two recorded days, on paper.
"""

import os
import signal
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.edges.brokers import waves
from tests.house.source import ROOT
from tests.storm.compare import numbered, there_in_coins
from tests.storm.weather import Played, Side, Storm, agrees, hasty

MINUTES = 390
HOURS, SPEED = int(os.environ.get("STORM_HOURS", "0")), os.environ.get("STORM_SPEED", "400x")
"""Recorded hours of the long storm, 0 for none, and how fast they go."""
DATA = Path(os.environ.get("OPENBELL_DATA") or ROOT.parent / "shared" / "data") / "crypto_1m"
FAULTS = Path(__file__).with_name("binance.yaml")
DAYS = [date(2017, 9, 3), date(2017, 9, 4)]
CONFIG = """
mode: paper
accounts:
  main: {{broker: binance, key: PKTEST, secret: "${{BROKER_SECRET}}", url: "{url}", cash: 100000 USDT, timeout: 3s, silence: 6s,
         query_gap: 300ms, visibility: 300ms, reconcile: 4s}}
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
    exits: {{stop_loss: 0.5%, take_profit: 1%}}
# On a machine that is busy with other things a start takes its time; the guardian has a test of its own.
kill: {{guardian: {{alert: 2m, pull: 10m}}}}
# A minute lasts a fraction of a second here, and a fill by hand has the price of its limit: what counts by the clock, or
# by prices, would stop the strategy early.
rules: {{duplicate: {{within: 500ms}}, price_drift: off, repeated_fills: off, order_rate: off, stop_outs: off, slippage: off, daily_trades: {{limit: 1000}}, disconnect: {{clear: 1s}}}}
"""


SIDE = Side("binance", CONFIG, there_in_coins, numbered)
ACCOUNT = "354937868"
LIVE = (
    CONFIG.replace("mode: paper\n", "")
    .replace("broker: binance,", f"broker: binance, mode: live, account: '{ACCOUNT}',")
    # Nobody sits before it; the account itself is armed by a person all the same.
    .replace("rules: {{", "rules: {{confirmation: off, ")
    .replace("order_rate: off", "order_rate: {{per_second: 50, per_minute: 1000}}")
)


def recorded(folder: Path) -> Played:
    """Take two days of which every minute of two coins is known, under this venue's names."""
    folder.mkdir()
    bars = 0
    for coin in ("BTC", "ETH"):
        frame = pl.read_parquet(DATA / f"{coin}USD_coinbase_selected_days.parquet")
        frame = frame.filter(pl.col("ts").dt.date().is_in(DAYS)).head(HOURS * 60)
        frame.with_columns(pl.lit(f"{coin}USDT").alias("symbol")).write_parquet(folder / f"{coin}USDT.parquet")
        bars += len(frame)
    return Played(folder, ("BTCUSDT", "ETHUSDT"), bars, SPEED, FAULTS)


@pytest.mark.slow
def test_F01_F25_F43_F88_F89_B28_real_coins_that_a_person_has_armed_agree_in_a_storm_to_the_last_unit(
    tmp_path: Path,
) -> None:
    # The market goes on while the account is being armed.
    path = waves.write(tmp_path / "minutes", {"BTCUSDT": (60_000.0, 7), "ETHUSDT": (2_500.0, 9)}, 4 * MINUTES)
    played = Played(path, ("BTCUSDT", "ETHUSDT"), 8 * MINUTES, "400x", FAULTS, fills=6)
    storm = Storm(tmp_path, SIDE._replace(config=hasty(LIVE)), played)
    storm.arm(ACCOUNT[-4:])
    struck = agrees(storm, least=2)
    assert sum(count > 0 for count in struck.values()) >= 5, struck
    assert "LIVE" in (tmp_path / "run.out").read_text()


@pytest.mark.slow
@pytest.mark.skipif(not HOURS, reason="takes minutes: make storm")
@pytest.mark.skipif(not DATA.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
def test_F43_F88_F89_recorded_coins_in_a_storm_agree_to_the_last_unit(tmp_path: Path) -> None:
    signal.alarm(0)  # It lasts as long as was asked for, and has a patience of its own.
    struck = agrees(Storm(tmp_path, SIDE, recorded(tmp_path / "minutes")), least=10)
    assert sum(count > 0 for count in struck.values()) >= 4, struck
