"""Correlation of two instruments."""

import pytest

from openbell.parts.indicators import correlation
from tests.conformance.market import MARKETS, drawn
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, assert_alike, column, played, rows, shown, told


def both(first: list[float], second: list[float]) -> list[float | None]:
    sides = [rows([bar(n, close) for n, close in enumerate(closes, 1)]) for closes in (first, second)]
    return shown(played(correlation, *sides, period=3)[0])


def test_together_is_one_apart_is_less_one() -> None:
    assert both([1.0, 2.0, 3.0], [10.0, 20.0, 30.0]) == [None, None, 1.0]
    assert both([1.0, 2.0, 3.0], [30.0, 20.0, 10.0]) == [None, None, -1.0]


def test_what_does_not_vary_goes_with_nothing() -> None:
    assert both([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]) == [None, None, 0.0]


def test_no_last_bit_goes_beyond_one() -> None:
    for seed in range(1, 40):
        closes = [bar.close for bar in drawn(seed, 60)]
        d = [*closes, *(3.3 * close for close in closes), *(-3.3 * close for close in closes)]
        assert 0.999999 < correlation.together(d, 0, 60, 60) <= 1.0
        assert -1.0 <= correlation.together(d, 0, 120, 60) < -0.999999


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    other = rows(drawn(7, len(told(name))))
    theirs = TALIB.CORREL(column(told(name), "close"), column(other, "close"), 20)
    assert_alike(played(correlation, told(name), other)[0], theirs, 1e-5)
