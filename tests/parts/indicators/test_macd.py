"""Moving average convergence and divergence."""

import math

import pytest
from pydantic import ValidationError

from openbell.parts.indicators import macd
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, golden, of_closes, played, told


def test_it_is_the_difference_of_two_averages() -> None:
    # Averages of 1 and 3 bars over 10, 14, 12: 12 less (10 -> 12 -> 12).
    found = of_closes(macd, 10.0, 14.0, 12.0, 16.0, fast=1, slow=3, signal=1)
    assert [math.isnan(value) for value in found] == [True, True, False, False]
    assert found[2:] == [0.0, 2.0]


def test_signal_and_histogram_add_up_to_it() -> None:
    values, states = played(macd, told("drawn 1"))
    for value, state in zip(values[40:], states[40:], strict=True):
        assert state.d[0] + state.d[1] == pytest.approx(value)


@pytest.mark.parametrize("name", MARKETS)
def test_it_converges_to_the_librarys(name: str) -> None:
    values, states = played(macd, told(name))
    theirs = TALIB.MACD(column(told(name), "close"), 12, 26, 9)
    # The library begins its averages with means; the difference dies out.
    assert_alike(values, theirs[0], rel=1e-4, since=250)
    for place, series in enumerate(theirs[1:]):
        assert [state.d[place] for state in states[250:]] == pytest.approx(series[250:].tolist(), rel=1e-4, abs=1e-5)


def test_it_converges_to_the_other_librarys() -> None:
    assert_alike(played(macd, told("recorded"))[0], golden("macd", "macd"), rel=1e-6, since=300, same_start=False)


def test_fast_is_faster_than_slow() -> None:
    with pytest.raises(ValidationError, match="must be below slow"):
        macd.Config(fast=26, slow=26)
