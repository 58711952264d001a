"""Rate of change."""

import pytest

from openbell.parts.indicators import roc
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, of_closes, played, shown, told


def test_it_is_a_fraction_of_the_close_before() -> None:
    assert shown(of_closes(roc, 10.0, 20.0, 15.0, 25.0, period=2)) == [None, None, 0.5, 0.25]


def test_a_close_of_nothing_divides_nothing() -> None:
    assert of_closes(roc, 0.0, 5.0, period=1)[-1] == 0.0


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    assert_alike(played(roc, told(name))[0], TALIB.ROCP(column(told(name), "close"), 10))
