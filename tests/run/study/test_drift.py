"""How far a run has drifted: against its backtest, against the best values, against the market of before."""

import math
from pathlib import Path

import pytest

from openbell.config.operations import ParameterReview
from openbell.report import returns
from openbell.research.grid import parse_axis
from openbell.run import state as states
from openbell.run.reading import fold
from openbell.run.study.drift import Drift, degradation_of, distance_of, drift, present_of
from openbell.run.study.life import Bench, prepared_of, subject_of_run
from openbell.run.study.sweep import Sweep
from openbell.run.study.trial import StudyError
from tests.run.study.drifted import CALM, FAST, GRID, SLOW, WILD, run
from tests.run.study.test_sweep import never

ALL = ("performance_degradation > 0.3", "parameter_drift > 0.5", "new_regime_detected")


def subject(state: Path, store: Path, **said: object):
    terms = ParameterReview.model_validate({"triggers": list(ALL), "grid": list(GRID), "recent": WILD, **said})
    return subject_of_run(state, prepared_of(state), terms, Bench(account=None, store=store))


@pytest.fixture(scope="module")
def found(drifted: Path, tmp_path_factory: pytest.TempPathFactory) -> Drift:
    one = drift(subject(drifted, tmp_path_factory.mktemp("store")), never)
    assert isinstance(one, Drift)
    return one


def test_live_days_stand_beside_the_backtest_of_the_same_days_and_of_those_before(drifted: Path, found: Drift) -> None:
    assert [one.days for one in (found.before, found.expected, found.live)] == [CALM, WILD, WILD]
    assert (found.expected.first, found.expected.last) == (found.live.first, found.live.last)
    assert found.before.last < found.live.first
    # The journal's own days, and the same file over the same bars decides the same.
    daily = returns.daily(fold(states.journal(drifted))[1].days("main"))
    assert found.live.total == pytest.approx(returns.total(daily[-WILD:]))
    assert found.live.levels == pytest.approx(found.expected.levels)
    assert found.before.sharpe == pytest.approx(returns.sharpe(daily[:-WILD], 365.0))
    assert found.before.interval is not None and found.before.interval.low > 0.0 > (found.live.sharpe or 0.0)


def test_every_condition_is_told_with_its_figures(found: Drift) -> None:
    assert found.has_drifted
    assert [(one.text, one.holds) for one in found.conditions] == [(text, True) for text in ALL]
    assert "in the days before" in found.conditions[0].why
    assert "fast 12 to 3, slow 26 to 8" in found.conditions[1].why
    assert "AAA: straightness" in found.conditions[2].why


def test_a_market_that_stayed_is_no_drift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    # Whole waves before and behind: of ten days each.
    state = run(tmp_path, calm=40, wild=0)
    one = drift(subject(state, tmp_path / "store", recent=10, triggers=[ALL[0], ALL[2]], grid=[]), never)
    assert isinstance(one, Drift) and not one.has_drifted
    assert [judged.holds for judged in one.conditions] == [False, False]
    assert one.conditions[1].why == "days are as before"
    few = drift(subject(state, tmp_path / "store", recent=30, triggers=[ALL[2]], grid=[]), never)
    assert isinstance(few, Drift) and few.conditions[0].holds is None and "too few days" in few.conditions[0].why


def test_what_the_market_did_is_told_apart_from_what_trading_did(drifted: Path, tmp_path: Path) -> None:
    """Backtests are of the file as it is now, and that is said where it was changed."""
    path = drifted.with_name("c.yaml")
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(text.replace("fast: 12", "fast: 3").replace("slow: 26", "slow: 8"), encoding="utf-8")
        one = drift(subject(drifted, tmp_path / "store"), never)
    finally:
        path.write_text(text, encoding="utf-8")
    assert isinstance(one, Drift)
    assert one.notes == ("the file was changed since the run began: backtests are of the file as it is now",)
    assert one.expected.total > 0.0 > one.live.total
    assert one.moved == 0.0


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [(2.0, 2.0, 0.0), (2.0, 1.4, 0.3), (2.0, 0.0, 1.0), (2.0, -1.0, 1.5), (2.0, 3.0, -0.5), (0.0, 1.0, None),
     (-1.0, 1.0, None), (None, 1.0, None), (1.0, None, None)],
)  # fmt: skip
def test_degradation_is_the_part_of_the_ratio_that_is_gone(
    before: float | None, now: float | None, lost: float | None
) -> None:
    found = degradation_of(before, now)
    assert found is None if lost is None else found is not None and math.isclose(found, lost)


@pytest.mark.parametrize(
    ("axis", "here", "there", "apart"),
    [("10:110:10", "12", "61", 0.49), ("10:110:10", "12", "63", 0.51), ("1%:3%:1%", "0.02", "3%", 0.5),
     ("a,b,c", "a", "c", 1.0), ("a,b,c", "a", "a", 0.0), ("4", "4", "4", 0.0), ("4", "5", "4", 1.0)],
)  # fmt: skip
def test_values_are_apart_by_their_share_of_the_grid(axis: str, here: str, there: str, apart: float) -> None:
    axes = [parse_axis(f"{FAST}={axis}"), parse_axis(f"{SLOW}=1,2")]
    one, other = ((FAST, here), (SLOW, "1")), ((FAST, there), (SLOW, "1"))
    assert distance_of(axes, one, other) == pytest.approx(apart)


def test_present_values_are_those_of_the_file(drifted: Path) -> None:
    prepared = prepared_of(drifted)
    assert present_of(prepared, [parse_axis(text) for text in GRID]) == ((FAST, "12"), (SLOW, "26"))
    by_place = [parse_axis("deployments.0.budget.per_position=10%,50%")]
    assert present_of(prepared, by_place)[0][1] in ("50%", "0.5")
    with pytest.raises(StudyError, match="has no value"):
        present_of(prepared, [parse_axis("deployments.cross.exits.stop_loss=1%,2%")])


@pytest.mark.parametrize(
    ("grid", "why"),
    [("rules.daily_loss.limit=1%,2%", "cannot have two values"), ("deployments.cross.budget.capital=1 USD,2 USD", "cannot"),
     ("deployments.cross.strategy.fast=2:9", "without a step"), ("fast", "not an axis")],
)  # fmt: skip
def test_what_cannot_stand_side_by_side_is_refused(drifted: Path, tmp_path: Path, grid: str, why: str) -> None:
    with pytest.raises(StudyError, match=why):
        subject(drifted, tmp_path, grid=[grid])


def test_too_few_days_say_so_and_an_early_end_ends_it(drifted: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="60 recent ones need others before them"):
        drift(subject(drifted, tmp_path, recent=60), never)
    assert isinstance(drift(subject(drifted, tmp_path / "other"), lambda done, _: done >= 1), Sweep)
