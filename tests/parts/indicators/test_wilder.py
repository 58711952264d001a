"""Wilder's average: a mean first, then a slow one."""

import pytest

from openbell.parts.indicators import wilder
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import NUMPY, TALIB, assert_alike, column, of_closes, played, shown, told


def test_it_begins_as_a_mean_and_then_moves_by_its_share() -> None:
    assert shown(of_closes(wilder, 3.0, 6.0, 9.0, 12.0, 6.0, period=3)) == [None, None, 6.0, 8.0, 7.333333]


def test_a_period_of_one_is_the_close() -> None:
    assert of_closes(wilder, 3.0, 7.0, 5.0, period=1) == [3.0, 7.0, 5.0]


@pytest.mark.parametrize("period", [2, 14])
@pytest.mark.parametrize("name", MARKETS)
def test_it_smooths_as_the_library_smooths_ranges(name: str, period: int) -> None:
    # Over bars from 0 to the close whose close is 0 the true range is that close.
    close = column(told(name), "close")
    nothing = NUMPY.zeros(len(close))
    theirs = TALIB.ATR(close, nothing, nothing, period)
    assert_alike(played(wilder, told(name)[1:], period=period)[0], theirs[1:])
