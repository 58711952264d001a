"""True range of a bar."""

import pytest

from openbell.parts.indicators import true_range
from tests.conformance.market import MARKETS
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, assert_alike, columns, golden, played, rows, shown, told


def test_the_gap_from_the_close_before_counts() -> None:
    bars = rows([bar(1, 10.0), bar(2, 15.0, open=14.0), bar(3, 14.0, open=15.0)])
    assert shown(played(true_range, bars)[0]) == [None, 5.0, 1.0]


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    assert_alike(played(true_range, told(name))[0], TALIB.TRANGE(*columns(told(name), "high", "low", "close")))


def test_it_is_the_other_librarys() -> None:
    assert_alike(played(true_range, told("recorded"))[0], golden("atr", "tr"), same_start=False)
