"""Stochastic oscillator."""

import pytest

from openbell.parts.indicators import stochastic
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, columns, golden, of_closes, played, shown, told


def test_where_the_close_stands_in_its_range() -> None:
    found = of_closes(stochastic, 1.0, 5.0, 3.0, 5.0, period=3, smooth=1, signal=1)
    assert shown(found) == [None, None, 50.0, 100.0]


def test_a_range_of_nothing_is_in_the_middle() -> None:
    assert of_closes(stochastic, 4.0, 4.0, period=2, smooth=1, signal=1)[-1] == 50.0


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    values, states = played(stochastic, told(name))
    slow, signal = TALIB.STOCH(*columns(told(name), "high", "low", "close"), 14, 3, 0, 3, 0)
    assert_alike(values, slow)
    assert [state.d[0] for state in states[17:]] == pytest.approx(signal[17:].tolist())


def test_it_is_the_other_librarys() -> None:
    assert_alike(played(stochastic, told("recorded"))[0], golden("stoch", "oscillator"), same_start=False)
