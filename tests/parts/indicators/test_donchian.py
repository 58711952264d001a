"""Donchian channel."""

import pytest

from openbell.parts.indicators import donchian
from tests.conformance.market import MARKETS
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, columns, golden, played, rows, shown, told


def test_highest_and_lowest_with_the_newest_bar() -> None:
    bars = rows([bar(n, 10.0, high=10.0 + n, low=10.0 - n) for n in (1, 3, 2, 0)])
    values, states = played(donchian, bars, period=2)
    assert shown(values) == [None, 10.0, 10.0, 10.0]
    assert [list(state.d[:2]) for state in states[1:]] == [[13.0, 7.0], [13.0, 7.0], [12.0, 8.0]]


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    _, states = played(donchian, told(name))
    high, low = columns(told(name), "high", "low")
    assert [state.d[0] for state in states[19:]] == TALIB.MAX(high, 20)[19:].tolist()
    assert [state.d[1] for state in states[19:]] == TALIB.MIN(low, 20)[19:].tolist()


def test_it_is_the_other_librarys_a_bar_later() -> None:
    # That library leaves the newest bar out.
    values, states = played(donchian, told("recorded"))
    assert values[19:-1] == pytest.approx(golden("donchian", "centerline")[20:])
    assert [state.d[0] for state in states[19:-1]] == golden("donchian", "upperBand")[20:]
