"""Draws from the file's own run, and runs at other costs that count as no trials."""

from decimal import Decimal

import msgspec
import numpy as np
import pytest

from openbell.report import returns
from openbell.run import assemble
from openbell.run.study.montecarlo import COSTS, Terms, cost_values, montecarlo
from openbell.run.study.sweep import Sweep
from openbell.run.study.trial import StudyError
from tests.run.study.desk import desk
from tests.run.study.test_robustness import HOURLY
from tests.run.study.test_sweep import never

TERMS = Terms(paths=200, runs=3, block=3)


BRISK = HOURLY.replace("fast: 12, slow: 26", "fast: 2, slow: 5")


def study(folder, text=BRISK):
    made = desk(folder, text=text)
    loaded, shelves = assemble.read(folder / "small.yaml", {})
    return made, assemble.prepare(loaded, shelves)


def test_paths_are_drawn_from_the_run_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    made, prepared = study(tmp_path)
    found = montecarlo(made, prepared, TERMS, never)
    trades, days = found.result.recorder.trades, found.result.recorder.days("main")
    assert (found.trades, found.days) == (len(trades), len(days))
    gained = float(sum(trade.profit for trade in trades)) / 10_000
    assert found.shuffled.final == pytest.approx(np.full(200, gained))
    assert found.blocks.final.min() < returns.total(returns.daily(days)) < found.blocks.final.max()
    assert len(found.costs.outcomes) == 3
    # Costs only take: each of these runs ends below the file's own, which has none.
    assert (
        max(one.total_return for one in found.costs.outcomes)
        < float(found.result.book.truth.accounts["main"].trading_result) / 10_000
    )
    again = montecarlo(made, prepared, TERMS, never)
    assert again.redrawn.final.tolist() == found.redrawn.final.tolist()
    assert (again.costs.outcomes, again.costs.made) == (found.costs.outcomes, 0)
    assert made.store.read(made.subject.data).trials == 0


def test_costs_and_latency_are_drawn_within_their_bounds(tmp_path):
    _, prepared = study(tmp_path)
    terms = msgspec.structs.replace(TERMS, runs=40, costs=Decimal("0.002"), latency_ms=250)
    values = cost_values(prepared, "main", terms)
    assert len(set(values)) == 40
    for run in values:
        own = dict(run)
        for name in COSTS:
            assert 0 <= Decimal(own[f"accounts.main.{name}"].removesuffix("%")) <= Decimal("0.2")
        assert 0 <= int(own["accounts.main.latency"].removesuffix("ms")) <= 250
    assert cost_values(prepared, "main", msgspec.structs.replace(TERMS, runs=0)) == []
    assert cost_values(prepared, "main", msgspec.structs.replace(TERMS, costs=Decimal(0), latency_ms=0)) == []


def test_costs_of_another_broker_are_not_known(tmp_path):
    text = HOURLY.replace("{broker: sim, cash: 10000 USD}", "{broker: plain, cash: 10000 USD, account: T1234}")
    _, prepared = study(tmp_path, text)
    with pytest.raises(StudyError, match="another broker than sim"):
        cost_values(prepared, "main", TERMS)


def test_too_few_trades_are_said(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    made, prepared = study(tmp_path, BRISK.replace("days: 20", "days: 2"))
    with pytest.raises(StudyError, match="too few to draw from"):
        montecarlo(made, prepared, TERMS, never)


def test_a_study_that_is_ended_says_how_far_it_came(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    made, prepared = study(tmp_path)
    found = montecarlo(made, prepared, TERMS, lambda done, _: done >= 1)
    assert isinstance(found, Sweep)
