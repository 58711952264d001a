"""Returns, volatility and correlation against numpy; too little data is never taken for calm."""

import math

import numpy as np
import pytest

from openbell.parts.rules._history import correlation, millionths, returns, volatility

WALK = list(np.random.default_rng(3).normal(0.0, 0.01, 40))
OTHER = list(np.random.default_rng(4).normal(0.0, 0.01, 40))


def test_returns_are_shares_of_the_close_before() -> None:
    assert returns([100.0, 110.0, 99.0], 5) == pytest.approx([0.1, -0.1])
    assert returns([100.0, 110.0, 99.0], 1) == pytest.approx([-0.1])
    assert returns([0.0, 110.0], 5) == []


def test_volatility_is_the_annualised_deviation() -> None:
    assert volatility(WALK, 20, 252) == pytest.approx(np.std(WALK[-20:], ddof=1) * math.sqrt(252))
    assert math.isnan(volatility(WALK[:19], 20, 252))
    assert millionths(math.nan) == -1
    assert millionths(0.3) == 300_000


def test_correlation_agrees_with_another_library_and_too_little_data_counts_as_one() -> None:
    assert correlation(WALK, OTHER, 40) == pytest.approx(np.corrcoef(WALK, OTHER)[0, 1])
    assert correlation(WALK, [-x for x in WALK], 40) == pytest.approx(-1.0)
    assert correlation(WALK[:39], OTHER, 40) == 1.0
    assert correlation(WALK, [0.01] * 40, 40) == 1.0
