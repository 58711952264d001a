"""Keltner channel."""

import pytest

from openbell.parts.indicators import keltner
from tests.conformance.market import MARKETS
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, columns, golden, played, rows, shown, told


def test_a_channel_of_average_ranges_around_an_average() -> None:
    bars = rows([bar(n, 10.0, high=11.0, low=9.0) for n in range(1, 5)])
    values, states = played(keltner, bars, period=2, atr_period=2, width=1.5)
    assert shown(values) == [None, None, 0.5, 0.5]
    assert list(states[-1].d[:3]) == [10.0, 13.0, 7.0]


@pytest.mark.parametrize("name", MARKETS)
def test_it_converges_to_averages_of_the_library(name: str) -> None:
    _, states = played(keltner, told(name))
    high, low, close = columns(told(name), "high", "low", "close")
    middle, wide = TALIB.EMA(close, 20), TALIB.ATR(high, low, close, 10)
    for place, theirs in enumerate((middle, middle + 2 * wide, middle - 2 * wide)):
        assert [state.d[place] for state in states[200:]] == pytest.approx(theirs[200:].tolist(), rel=1e-6)


def test_it_converges_to_the_other_librarys() -> None:
    _, states = played(keltner, told("recorded"))
    for place, field in enumerate(("centerline", "upperBand", "lowerBand")):
        theirs = golden("keltner", field)
        assert [state.d[place] for state in states[250:]] == pytest.approx(theirs[250:], rel=1e-6)
