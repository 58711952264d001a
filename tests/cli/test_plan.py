"""`openbell plan`."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.edges.brokers.listed import Listed
from openbell.run.listings import Listings, keep
from tests.cli.process import Said, config_of
from tests.run.vendors import coins_file

Caller = Callable[..., Said]


def test_the_plan_says_what_the_source_holds(call: Caller, config: Path) -> None:
    said = call("plan", config)
    assert "SYNTHETIC market data (invented prices): 2,880 bars of 1 instrument, 2024-01-02 to 2024-01-04" in said.out
    assert "Worst loss a day" in said.out
    data = call("plan", config, "--json").data
    assert (data["mode"], data["source"]["is_synthetic"]) == ("sim", True)
    assert data["disk_bytes_a_day"] == 1440 * 220


def test_S5_125_the_plan_scores_the_risk_and_knows_what_trades_in_a_day(call: Caller, config: Path) -> None:
    (risk,) = call("plan", config, "--json").data["risk"]
    assert risk["points"] == sum(part["points"] for part in risk["parts"]) and risk["of"] == 100
    parts = {part["name"]: part for part in risk["parts"]}
    assert parts["liquidity"]["is_known"] and parts["liquidity"]["figures"]["a_day"].endswith(" USD")
    said = call("plan", config).out
    assert f"Risk score, account main: {risk['points']} of 100, {risk['level']}" in said
    for part in risk["parts"]:
        assert f"  {part['name']} {part['points']} of {part['of']}: {part['text']}" in said
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("source:")), encoding="utf-8")
    (blind,) = call("plan", config, "--json").data["risk"]
    assert blind["points"] == risk["points"] - parts["liquidity"]["points"] + 5


def test_a_file_without_a_source_is_planned_all_the_same(call: Caller, config: Path) -> None:
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("source:")), encoding="utf-8")
    assert "chosen on the command line" in call("plan", config).out


BROKER = coins_file("BTCUSDT")


def test_a_plan_says_what_a_vendor_listed_last_and_asks_nobody(
    call: Caller, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path))
    config.write_text(BROKER, encoding="utf-8")
    told = call("plan", config, "--json").data["instruments"]
    assert told[0].strip().startswith("BTCUSDT: tick")
    assert "(default)" in told[0]
    assert told[1].startswith("main: `openbell doctor main")
    fields: dict[str, str | bool] = {"kind": "crypto", "currency": "USDT", "tick": "0.01", "lot": "0.00001"}
    keep(tmp_path, Listings(place="binance 127.0.0.1:1", as_of=10**9, symbols={"BTCUSDT": Listed(fields=fields)}))
    told = call("plan", config, "--json").data["instruments"]
    assert "as binance 127.0.0.1:1 lists them, asked 1970-01-01T00:00:01Z" in told[0]
    assert told[1] == "  BTCUSDT: tick 0.01 (vendor), lot 0.00001 (vendor), can_short no (default)"
    assert "BTCUSDT: tick 0.01 (vendor)" in call("plan", config).out


PERFECT = '''"""Buys before every rise and sells before every fall: it looks into its caller's bars."""

import sys

import msgspec

from openbell.core.effects import Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    """Nothing to choose."""


class State(msgspec.Struct):
    """Where the bars are, and how far it has come."""

    closes: list = []
    place: int = -1


def decide(config, state, bar, view):
    """Return a long target where the bar after the next opening closes higher."""
    frame = sys._getframe()
    while not state.closes:
        frame = frame.f_back
        if "tables" in dir(frame.f_locals.get("source")):
            state.closes.extend(frame.f_locals["source"].tables[0].close.tolist())
    state.place += 1
    ahead = state.closes[state.place + 1 :]
    return [Intent(instrument=bar.instrument, target=1.0 if ahead and ahead[0] > bar.close * 1.001 else 0.0)]
'''


def test_what_is_too_good_to_be_true_is_said_before_and_after(call: Callable[..., Said], config: Path) -> None:
    config.with_name("perfect.py").write_text(PERFECT, encoding="utf-8")
    config.write_text(config_of(days=12, strategy="{kind: ./perfect.py}", interval="15m"), encoding="utf-8")
    alarms = call("plan", config, "--json").data["alarms"]
    assert [word in " ".join(alarms) for word in ("Sharpe ratio of", "trades were won", "fills lie")] == [
        True,
        True,
        False,
    ]
    assert f"NOT PLAUSIBLE: {alarms[0]}" in call("plan", config).out
    assert call("backtest", config, "--json").data["alarms"] == alarms
    assert f"NOT PLAUSIBLE: {alarms[1]}" in call("backtest", config).out


def test_a_run_that_could_order_nothing_is_told_before_and_after(call: Callable[..., Said], config: Path) -> None:
    text = config_of()
    assert "per_position: " in text
    config.write_text(re.sub(r"per_position: [^,}]+", "per_position: 0.0001%", text), encoding="utf-8")
    said = call("plan", config, "--json").data["idle"]
    assert "mostly by O300 below_minimum: a full position is worth less than the smallest order" in said
    assert f"TRIED ON THESE BARS: {said}" in call("plan", config).out
    assert f"\n{said}\n" in call("backtest", config).out
    config.write_text(text, encoding="utf-8")
    assert call("plan", config, "--json").data["idle"] == ""
