"""Volatility and correlation against numpy; too little data is never taken for calm."""

import math

import numpy as np
import pytest

from openbell.parts.rules._history import WILDEST, add_moves, correlation, deviation, millionths, volatility

WALK = list(np.random.default_rng(3).normal(0.0, 0.01, 40))
OTHER = list(np.random.default_rng(4).normal(0.0, 0.01, 40))


def closes(returns: list[float]) -> list[float]:
    """Return closes with these returns between them."""
    return [100.0, *(100.0 * np.cumprod([1.0 + change for change in returns])).tolist()]


def test_volatility_is_the_annualised_deviation_of_the_latest_returns() -> None:
    wanted = np.std(WALK[-20:], ddof=1) * math.sqrt(252)
    assert volatility(closes(WALK), 20, 252) == pytest.approx(wanted)
    assert volatility(closes(WALK[-20:]), 20, 252) == pytest.approx(wanted)
    assert math.isnan(volatility(closes(WALK[:19]), 20, 252))
    assert math.isnan(volatility([], 20, 252))
    assert math.isnan(volatility(closes(WALK), 1, 252))
    assert volatility([100.0] * 30, 20, 252) == 0.0


@pytest.mark.parametrize(
    ("share", "whole"),
    [
        (math.nan, -1),
        (math.inf, -1),
        (WILDEST * 1.001, -1),
        (WILDEST, 10**12),
        (0.3, 300_000),
        (0.3000001, 300_001),
        (0.0, 0),
    ],
)
def test_millionths_are_rounded_up_and_what_cannot_be_is_not_known(share: float, whole: int) -> None:
    assert millionths(share) == whole


def test_correlation_agrees_with_another_library_and_too_little_data_counts_as_one() -> None:
    one, other = closes(WALK), closes(OTHER)
    assert correlation(one, other, 40) == pytest.approx(np.corrcoef(WALK, OTHER)[0, 1])
    assert correlation(one, other, 20) == pytest.approx(np.corrcoef(WALK[-20:], OTHER[-20:])[0, 1])
    assert correlation(one, closes([-x for x in WALK]), 40) == pytest.approx(-1.0)
    assert correlation(one[1:], other, 40) == correlation(one, other[1:], 40) == 1.0
    assert correlation(one, [100.0] * 41, 40) == 1.0
    assert correlation(one, other, 1) == 1.0


def test_moves_of_an_account_are_those_of_what_it_holds() -> None:
    moves = [0.0] * 20
    add_moves(moves, closes(WALK), 30, 100)
    add_moves(moves, closes(OTHER), -20, 100)
    wanted = [0.3 * one - 0.2 * other for one, other in zip(WALK[-20:], OTHER[-20:], strict=True)]
    assert moves == pytest.approx(wanted)
    assert deviation(moves, 252) == pytest.approx(np.std(wanted, ddof=1) * math.sqrt(252))
