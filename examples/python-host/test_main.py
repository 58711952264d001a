"""The program runs, says how it stands at each look, and tells whether all went well."""

import logging
import os
import re
import runpy
import tempfile
from logging.handlers import BufferingHandler
from pathlib import Path
from types import SimpleNamespace

from ruamel.yaml import YAML

from openbell import RiskLevel, Status
from openbell.config.brief import as_yaml
from openbell.config.meaning import document_of_program

HOST = Path(__file__).with_name("main.py")


def said(every_s, name=None):
    """Run the program and return how it went and what it said."""
    log, kept, before = logging.getLogger("host"), BufferingHandler(10_000), os.environ.get("OPENBELL_HOME")
    log.addHandler(kept)
    log.setLevel(logging.INFO)
    with tempfile.TemporaryDirectory() as home:
        os.environ["OPENBELL_HOME"] = home
        try:
            host = runpy.run_path(str(HOST))
            if name:
                host["swing_strategy_config"].name = name
            is_well = host["run_live_trading"](every_s)
        finally:
            log.removeHandler(kept)
            os.environ.pop("OPENBELL_HOME")
            if before is not None:
                os.environ["OPENBELL_HOME"] = before
    return is_well, [record.getMessage() for record in kept.buffer]


def test_it_runs_to_its_end_and_says_how_it_stands():
    is_well, lines = said(0.05)
    assert is_well is True
    assert set(lines[:-1]) <= {f"Live Trading Status: {word}" for word in ("starting", "running", "paused")}
    assert len(lines) > 1
    assert re.fullmatch(r"Status: stopped, trades: [1-9]\d*, PnL: \$-?\d+\.\d\d", lines[-1])


def test_a_failed_start_is_false_with_its_reason():
    is_well, lines = said(0.05, name="SwingTrendMomentun")
    assert is_well is False
    assert "did you mean swing_trend_momentum?" in lines[-1]


def test_its_settings_mean_the_file_beside_it():
    host = runpy.run_path(str(HOST))
    written = YAML(typ="safe").load(HOST.with_name("config.yaml").read_text(encoding="utf-8"))
    meant = as_yaml(document_of_program(host["create_live_trading_config"]()))
    assert YAML(typ="safe").load(meant) == written


def test_the_strategy_is_the_documented_one():
    one = runpy.run_path(str(HOST))["swing_strategy_config"]
    assert (one.name, one.enabled, one.risk_level) == ("SwingTrendMomentum", True, RiskLevel.MEDIUM)
    assert one.symbols == ["USDJPY", "EURUSD", "GBPUSD"]
    assert one.parameters == {"timeframe": "M5", "bars": 300, "update_interval": 60.0}


def patient(waits):
    """Return a trader that notes how long it is waited for, and has ended after the third time."""
    figures = SimpleNamespace(status=Status.STOPPED, total_trades=0, total_pnl=0)
    return SimpleNamespace(
        reason="",
        start=lambda: True,
        wait=lambda seconds: waits.append(seconds) or len(waits) == 3,
        get_status=lambda: Status.RUNNING,
        get_statistics=lambda: figures,
    )


def test_it_says_how_it_stands_every_ten_seconds():
    log, kept, waits = logging.getLogger("host"), BufferingHandler(100), []
    log.addHandler(kept)
    log.setLevel(logging.INFO)
    run = runpy.run_path(str(HOST))["run_live_trading"]
    run.__globals__["LiveTrader"] = lambda _: patient(waits)
    try:
        assert run() is True
    finally:
        log.removeHandler(kept)
    assert waits == [10.0] * 3
    lines = [record.getMessage() for record in kept.buffer]
    assert lines[:-1] == ["Live Trading Status: running"] * 2
