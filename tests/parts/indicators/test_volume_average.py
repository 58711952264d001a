"""Mean volume."""

import math

import pytest

from openbell.parts.indicators import volume_average
from tests.conformance.market import MARKETS
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, assert_alike, column, played, rows, shown, told


def test_an_unknown_volume_counts_as_none() -> None:
    bars = rows([bar(n, 10.0, volume) for n, volume in enumerate((100.0, math.nan, 200.0), 1)])
    assert shown(played(volume_average, bars, period=2)[0]) == [None, 50.0, 100.0]
    assert [volume_average.known(x) for x in (3.0, 0.0, math.nan)] == [3.0, 0.0, 0.0]


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    assert_alike(played(volume_average, told(name))[0], TALIB.SMA(column(told(name), "volume"), 20))
