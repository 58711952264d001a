"""Highest price of a window."""

import pytest

from openbell.parts.indicators import rolling_high
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, of_closes, played, shown, told


def test_it_forgets_what_has_left_the_window() -> None:
    assert shown(of_closes(rolling_high, 5.0, 3.0, 7.0, 2.0, 4.0, 3.0, period=3)) == [None, None, 7.0, 7.0, 7.0, 4.0]
    assert rolling_high.highest([9.0, 4.0, 6.0, 5.0, 1.0], 1, 3) == 6.0


@pytest.mark.parametrize("period", [2, 20])
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str, period: int) -> None:
    theirs = TALIB.MAX(column(told(name), "high"), period)
    assert_alike(played(rolling_high, told(name), period=period)[0], theirs)
