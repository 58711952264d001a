"""Distance from the mean in standard deviations."""

import pytest

from openbell.parts.indicators import zscore
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, golden, of_closes, played, shown, told


def test_it_counts_standard_deviations_from_the_mean() -> None:
    assert shown(of_closes(zscore, 2.0, 4.0, 4.0, 6.0, period=4)) == [None, None, None, 1.414214]


def test_what_does_not_vary_stands_at_its_mean() -> None:
    assert of_closes(zscore, *[0.1] * 9, period=3)[2:] == [0.0] * 7


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_made_of_the_librarys_mean_and_deviation(name: str) -> None:
    close = column(told(name), "close")
    theirs = (close - TALIB.SMA(close, 20)) / TALIB.STDDEV(close, 20)
    assert_alike(played(zscore, told(name))[0], theirs, 1e-4)


def test_it_is_the_other_librarys() -> None:
    assert_alike(played(zscore, told("recorded"), period=14)[0], golden("stdev", "zScore"))
