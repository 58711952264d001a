"""Relative strength index."""

import pytest

from openbell.parts.indicators import rsi
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, golden, of_closes, played, shown, told


def test_gains_over_gains_and_losses() -> None:
    # Changes +2 -1 +3: gains 5 of 6; then -5: (1.667 * 2 + 0) of that and (0.333 * 2 + 5) / 3.
    found = shown(of_closes(rsi, 10.0, 12.0, 11.0, 14.0, 9.0, period=3))
    assert found == [None, None, None, pytest.approx(83.333333), pytest.approx(37.037037)]


def test_only_gains_is_a_hundred_only_losses_nothing_and_neither_is_in_the_middle() -> None:
    assert of_closes(rsi, 1.0, 2.0, 3.0, period=2)[-1] == 100.0
    assert of_closes(rsi, 3.0, 2.0, 1.0, period=2)[-1] == 0.0
    assert of_closes(rsi, 3.0, 3.0, 3.0, period=2)[-1] == 50.0


@pytest.mark.parametrize("period", [2, 14])
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str, period: int) -> None:
    assert_alike(played(rsi, told(name), period=period)[0], TALIB.RSI(column(told(name), "close"), period))


def test_it_is_the_other_librarys() -> None:
    assert_alike(played(rsi, told("recorded"))[0], golden("rsi", "rsi"))
