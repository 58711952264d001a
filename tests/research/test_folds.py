"""Choose on what was, judge on what came: never the other way round."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.research.folds import (
    Fold,
    Terms,
    by_drawdown,
    by_return,
    by_sharpe,
    folds,
    joined,
    walk,
    yearly,
)  # fmt: skip


def test_anchored_stretches_grow_and_rolling_ones_do_not() -> None:
    assert folds(60, Terms(folds=5, purge=0)) == [Fold((0, n * 10), (n * 10, n * 10 + 10)) for n in range(1, 6)]
    assert folds(60, Terms(folds=2, train=18, purge=1, embargo=1)) == [
        Fold((0, 18), (20, 40)),
        Fold((20, 38), (40, 60)),
    ]


@given(
    st.integers(4, 400), st.integers(1, 12), st.integers(0, 60), st.integers(0, 5), st.integers(0, 5),
)  # fmt: skip
def test_no_day_is_chosen_in_that_is_near_or_behind_a_judged_one(
    days: int, count: int, train: int, purge: int, embargo: int
) -> None:
    terms = Terms(count, train, purge, embargo)
    try:
        found = folds(days, terms)
    except ValueError:
        return
    assert len(found) == count
    assert found[-1].test[1] == days
    for fold, following in zip(found, [*found[1:], None], strict=True):
        assert fold.test[0] - fold.train[1] == purge + embargo
        assert fold.train[1] - fold.train[0] >= 2
        assert fold.train[0] >= 0
        assert fold.train == ((fold.train[1] - train) if train else 0, fold.train[1])
        assert following is None or fold.test[1] == following.test[0]


@pytest.mark.parametrize("terms", [Terms(0), Terms(5, -1), Terms(5, 0, -1), Terms(30), Terms(2, 59), Terms(2, 0, 30)])
def test_too_few_days_are_said(terms: Terms) -> None:
    with pytest.raises(ValueError, match="; "):
        folds(60, terms)


def test_what_is_chosen_is_judged_by_what_came_after() -> None:
    # The first is best in the first half and worst in the second; the second is the other way round.
    wobble = np.tile([0.001, -0.001], 20)
    first = np.repeat([0.01, -0.01], 20) + wobble
    returns = np.column_stack([first, -first])
    (step,) = walk(returns, [Fold((0, 20), (20, 40))], by_return)
    assert (step.chosen, step.inside > 0.2, step.outside < -0.15) == (0, True, True)
    assert joined(returns, [step]).tolist() == first[20:].tolist()
    (other,) = walk(returns, [Fold((20, 30), (30, 40))], by_sharpe)
    assert other.chosen == 1
    assert other.outside == pytest.approx(by_sharpe(returns[30:40])[1])


def test_scores_are_what_they_say() -> None:
    returns = np.array([[0.1, 0.0], [-0.5, 0.0], [0.2, 0.0]])
    assert by_return(returns).tolist() == pytest.approx([1.1 * 0.5 * 1.2 - 1.0, 0.0])
    assert by_drawdown(returns).tolist() == pytest.approx([-0.5, 0.0])
    assert by_drawdown(np.array([[-0.25]])).tolist() == [-0.25]
    assert by_sharpe(returns)[0] == pytest.approx(np.mean(returns[:, 0]) / np.std(returns[:, 0], ddof=1))
    assert by_sharpe(returns)[1] == 0.0
    assert yearly(0.1, 252.0) == pytest.approx(0.1 * math.sqrt(252))
