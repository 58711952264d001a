"""Choosing anew in each fold, on runs that were made once."""

import numpy as np
import pytest

from openbell.research.folds import Terms, by_sharpe
from openbell.research.grid import parse_axis, points
from openbell.run.study.sweep import Sweep, values_of
from openbell.run.study.trial import StudyError
from openbell.run.study.walkforward import walkforward
from tests.run.study.desk import FAST, SLOW, desk
from tests.run.study.test_robustness import HOURLY
from tests.run.study.test_sweep import never

AXES = [parse_axis(f"{FAST}=3:9:3"), parse_axis(f"{SLOW}=6,12,24")]
VALUES = values_of(AXES, points(AXES))


def test_each_fold_is_the_best_of_its_own_past(tmp_path):
    one = desk(tmp_path, text=HOURLY)
    found = walkforward(one, VALUES, ("sharpe", Terms(folds=4, purge=1)), never)
    every = np.array([outcome.daily for outcome in found.having]).T
    assert (every.shape, len(found.daily), len(found.steps)) == ((20, 7), 16, 4)
    for step in found.steps:
        inside = by_sharpe(every[: step.fold.test[0] - 1])
        assert (step.chosen, step.inside) == (int(np.argmax(inside)), float(inside.max()))
        own = found.daily[step.fold.test[0] - 4 : step.fold.test[1] - 4]
        assert own.tolist() == every[slice(*step.fold.test), step.chosen].tolist()
    assert found.total_return == pytest.approx(float(np.prod(1 + found.daily) - 1))
    level = np.concatenate([[1.0], np.cumprod(1 + found.daily)])
    assert found.max_drawdown == pytest.approx(float(np.max(1 - level / np.maximum.accumulate(level))))
    assert found.sharpe == pytest.approx(np.mean(found.daily) / np.std(found.daily, ddof=1) * np.sqrt(252), rel=0.3)
    assert 1 <= found.most_chosen <= 4


def test_a_run_up_to_a_day_is_the_beginning_of_a_longer_one(tmp_path):
    # What lets one run be judged in folds: its first days do not know of the later ones.
    short = desk(tmp_path / "a", text=HOURLY.replace("days: 20", "days: 12"))
    long = desk(tmp_path / "b", text=HOURLY)
    one = walkforward(short, VALUES, ("return", Terms(folds=2)), never).having
    other = walkforward(long, VALUES, ("return", Terms(folds=2)), never).having
    for first, second in zip(one, other, strict=True):
        assert (first.daily[:11], first.dates) == (second.daily[:11], second.dates[:12])


def test_too_little_to_choose_from_is_said(tmp_path):
    with pytest.raises(StudyError, match="only 1 of 1 runs"):
        walkforward(desk(tmp_path, days=2), VALUES[1:2], ("sharpe", Terms()), never)
    with pytest.raises(StudyError, match="2 trading days are too few for 5 folds"):
        walkforward(desk(tmp_path, days=2), VALUES[1:3], ("sharpe", Terms()), never)


def test_a_study_that_is_ended_says_how_far_it_came(tmp_path):
    found = walkforward(desk(tmp_path, days=2), VALUES, ("sharpe", Terms()), lambda done, _: True)
    assert isinstance(found, Sweep)
