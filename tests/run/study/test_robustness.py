"""How far the best run of a sweep is believed."""

import msgspec
import numpy as np
import pytest

from openbell.research.grid import parse_axis, points
from openbell.research.overfit import overfit
from openbell.research.sharpe import deflated, shape_of
from openbell.run.study.robustness import Robustness, matrix, robustness
from openbell.run.study.sweep import Sweep, sweep, values_of
from openbell.run.study.trial import Outcome, StudyError
from tests.cli.process import config_of
from tests.run.study.desk import FAST, SLOW, desk
from tests.run.study.test_sweep import never

AXES = [parse_axis(f"{FAST}=3:9:3"), parse_axis(f"{SLOW}=12,24")]
VALUES = values_of(AXES, points(AXES))
HOURLY = config_of(days=20, interval="1h")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a study with its desk; it is only read."""
    one = desk(tmp_path_factory.mktemp("study"), text=HOURLY)
    return one, robustness(one, AXES, VALUES, ("sharpe", never))


def test_the_best_is_judged_by_all_that_was_tried(made):
    one, found = made
    assert isinstance(found, Robustness)
    every = [outcome for outcome in found.found.outcomes if not outcome.refused]
    assert found.best.sharpe == max(outcome.sharpe for outcome in every)
    assert found.overfit.probability == overfit(np.array([outcome.daily for outcome in every]).T).probability
    assert (len(found.best.daily), found.overfit.blocks) == (20, 10)
    ratios = [shape_of(outcome.daily).ratio for outcome in every]
    assert found.luck.variance == pytest.approx(np.var(ratios, ddof=1))
    assert found.luck.trials == 6
    assert found.luck.deflated == pytest.approx(deflated(shape_of(found.best.daily), 6, float(np.var(ratios, ddof=1))))


def test_neighbours_are_runs_of_the_grid_beside_the_best(made):
    _, found = made
    own = dict(found.best.values)
    for outcome in found.beside:
        assert sum(value != own[path] for path, value in outcome.values) == 1
    assert found.around.number == len(found.beside) >= 2
    assert found.found.made == 6


def test_more_trials_on_the_same_data_make_the_best_less_sure(made):
    one, found = made
    more = values_of(AXES, [(str(fast), str(slow)) for fast in range(3, 9) for slow in (12, 24)])
    sweep(one, more, never)
    again = robustness(one, AXES, VALUES, ("sharpe", never))
    assert (again.best, again.luck.trials, again.found.made) == (found.best, 14, 0)
    assert again.luck.expected != found.luck.expected


def test_a_study_that_is_ended_says_how_far_it_came(tmp_path):
    one = desk(tmp_path, days=2)
    found = robustness(one, AXES, VALUES, ("sharpe", lambda done, _: done >= 2))
    assert isinstance(found, Sweep)
    assert not found.is_complete


def test_doubts_are_said_in_words(tmp_path):
    found = robustness(desk(tmp_path, days=2), AXES, VALUES, ("sharpe", never))
    text = " ".join(found.doubts)
    assert "too few days or runs to tell overfitting" in text
    assert "nothing can be said of luck" in text


def test_runs_of_other_days_are_not_compared():
    one = Outcome(key="a", values=(), dates=("2024-01-02",), daily=(0.1,))
    other = msgspec.structs.replace(one, dates=("2024-01-03",))
    with pytest.raises(StudyError, match="different trading days"):
        matrix([one, other])
    assert matrix([one, one]).tolist() == [[0.1, 0.1]]
