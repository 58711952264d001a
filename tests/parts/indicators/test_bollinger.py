"""Bollinger bands."""

import pytest
from pydantic import ValidationError

from openbell.parts.indicators import bollinger
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, golden, of_closes, played, told


def bands(states: list[object], place: int) -> list[float]:
    return [state.d[place] or float("nan") for state in states]  # type: ignore[attr-defined]


def test_it_says_where_the_close_stands_between_the_bands() -> None:
    assert of_closes(bollinger, 2.0, 4.0, 4.0, 6.0, period=4, width=1.0)[-1] == pytest.approx((2 + 8**0.5 / 2) / 8**0.5)
    assert bollinger.between(3.0, 1.0, 5.0) == 0.5
    assert of_closes(bollinger, 5.0, 5.0, period=2)[-1] == 0.5


@pytest.mark.parametrize("name", MARKETS)
def test_the_bands_are_the_librarys(name: str) -> None:
    _, states = played(bollinger, told(name))
    upper, middle, lower = TALIB.BBANDS(column(told(name), "close"), 20, 2.0, 2.0)
    for place, theirs in enumerate((middle, upper, lower)):
        assert_alike(bands(states, place), theirs, 1e-6)


def test_it_is_the_other_librarys() -> None:
    values, states = played(bollinger, told("recorded"))
    assert_alike(values, golden("bb", "percentB"))
    assert_alike(bands(states, 1), golden("bb", "upperBand"))
    assert_alike(bands(states, 2), golden("bb", "lowerBand"))


def test_bands_have_a_width() -> None:
    with pytest.raises(ValidationError):
        bollinger.Config(width=0)
