"""Slope of the best line."""

import pytest

from openbell.parts.indicators import regression_slope
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, of_closes, played, shown, told


def test_a_straight_line_has_its_own_slope() -> None:
    assert shown(of_closes(regression_slope, 1.0, 3.0, 5.0, 7.0, 4.0, period=3)) == [None, None, 2.0, 2.0, -0.5]


def test_one_point_has_none() -> None:
    assert of_closes(regression_slope, 4.0, 9.0, period=1) == [0.0, 0.0]


@pytest.mark.parametrize("period", [2, 14])
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str, period: int) -> None:
    theirs = TALIB.LINEARREG_SLOPE(column(told(name), "close"), period)
    assert_alike(played(regression_slope, told(name), period=period)[0], theirs, 1e-6)
