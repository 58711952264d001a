"""Alarms of a run beside its own bars and costs."""

from dataclasses import replace
from decimal import Decimal

import msgspec
import numpy as np
import pytest

from openbell.run.backtest import backtest
from openbell.run.plausible import MOST_BARS, alarms_of, tried, turnover
from tests.run.small import small


@pytest.mark.parametrize("slippage", ["0", "0.0001", "0.01"])
def test_an_honest_run_raises_none_whatever_it_costs(tmp_path, slippage):
    """Half a spread and what an order slips are each rounded against it, and one is paid on the other."""
    prepared, source = small(tmp_path)
    costs = {name: msgspec.structs.replace(one, slippage=Decimal(slippage)) for name, one in prepared.venues.items()}
    prepared = msgspec.structs.replace(prepared, venues=costs)
    result = backtest(prepared, source)
    assert result.book.truth.counts.fills > 20
    assert alarms_of(prepared, source, result) == []


def test_fills_that_no_bar_saw_raise_one(tmp_path):
    prepared, source = small(tmp_path)
    result = backtest(prepared, source)
    fills = result.recorder.fills
    fills[3] = msgspec.structs.replace(fills[3], px=fills[3].px * 2)
    (alarm,) = alarms_of(prepared, source, result)
    assert alarm.startswith(
        f"1 fill outside of what the bars saw, the first a {fills[3].side} of {fills[3].instrument} at"
    )


def test_a_plan_tries_small_runs_at_simulated_venues(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    prepared, source = small(tmp_path)
    assert tried(prepared, source) == ([], "")
    many = msgspec.structs.replace(source, tables=source.tables * (MOST_BARS // source.bars + 1))
    assert tried(prepared, many) is None
    prepared.wires = {"main": None}
    assert tried(prepared, source) is None


def test_what_trades_in_a_day_is_the_median_day_of_each_symbol_with_volumes(tmp_path):
    prepared, source = small(tmp_path, days=4)
    (aaa, bbb) = source.tables
    flat = replace(aaa, close=np.full(len(aaa), 10.0), volume=np.full(len(aaa), 3.0))
    flat.volume[:5] = [np.nan, np.inf, 0.0, 3e9, 3.0]
    bare = replace(bbb, volume=np.zeros(len(bbb)))
    told = turnover(prepared, msgspec.structs.replace(source, tables=[flat, bare, replace(flat, ts=flat.ts[:0])]))
    assert told == {"AAA": Decimal(30 * 391)}  # the minutes of a session and its closing auction
    other = msgspec.structs.replace(prepared.spec.instruments["AAA"], currency="EUR")
    prepared.spec.instruments["AAA"] = other
    assert turnover(prepared, msgspec.structs.replace(source, tables=[flat])) == {}
