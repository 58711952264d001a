"""On-balance volume."""

import pytest

from openbell.parts.indicators import obv
from tests.conformance.market import MARKETS
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, columns, golden, played, rows, told


def test_volume_goes_with_the_close() -> None:
    bars = rows([bar(1, 10.0, 5.0), bar(2, 11.0, 3.0), bar(3, 11.0, 7.0), bar(4, 9.0, 4.0)])
    assert played(obv, bars)[0] == [5.0, 8.0, 8.0, 4.0]


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str) -> None:
    assert played(obv, told(name))[0] == pytest.approx(TALIB.OBV(*columns(told(name), "close", "volume")).tolist())


def test_it_is_the_other_librarys_but_for_the_first_volume() -> None:
    found, first = played(obv, told("recorded"))[0], told("recorded")[0].volume
    assert [value - first for value in found] == pytest.approx(golden("obv", "obv"))
