"""Efficiency of a move."""

import pytest

from openbell.parts.indicators import efficiency
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import NUMPY, assert_alike, column, of_closes, played, shown, told


def test_a_straight_line_is_one_and_there_and_back_is_nothing() -> None:
    assert shown(of_closes(efficiency, 1, 2, 3, 2, 1, 2, period=2)) == [None, None, 1.0, 0.0, 1.0, 0.0]


def test_what_stands_still_goes_nowhere() -> None:
    assert of_closes(efficiency, 5, 5, 5, period=2)[-1] == 0.0


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_published_formula(name: str) -> None:
    close = column(told(name), "close")
    way = NUMPY.convolve(NUMPY.abs(NUMPY.diff(close)), NUMPY.ones(20), "valid")
    theirs = NUMPY.concatenate((NUMPY.full(20, NUMPY.nan), NUMPY.abs(close[20:] - close[:-20]) / way))
    assert_alike(played(efficiency, told(name))[0], theirs, 1e-6)
