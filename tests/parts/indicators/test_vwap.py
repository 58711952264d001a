"""Average price of a session weighted by volume."""

import math

import pytest

from openbell.parts.indicators import vwap
from tests.conformance.market import MARKETS, market
from tests.core.build import bar
from tests.parts.indicators.library import NUMPY, columns, golden, of_closes, played, rows, told


def test_bars_weigh_by_their_volume_and_count_with_their_typical_price() -> None:
    bars = rows([bar(1, 10.0, 100.0, high=13.0, low=7.0), bar(2, 12.0, 300.0, high=15.0, low=12.0)])
    assert played(vwap, bars)[0] == [10.0, (10.0 * 100 + 13.0 * 300) / 400]


def test_every_session_begins_anew() -> None:
    bars = rows([bar(n, close, 1.0) for n, close in enumerate((10.0, 20.0, 50.0, 60.0), 1)], 2)
    assert played(vwap, bars)[0] == [10.0, 15.0, 50.0, 55.0]


def test_without_volume_all_bars_weigh_the_same() -> None:
    bars = [bar(1, 10.0, 0.0), bar(2, 20.0, math.nan), bar(3, 60.0, 2.0), bar(4, 90.0, 0.0)]
    assert played(vwap, rows(bars))[0] == [10.0, 15.0, 60.0, 60.0]


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_formula_over_each_session(name: str) -> None:
    high, low, close, volume, session = columns(told(name), "high", "low", "close", "volume", "session_open")
    typical, found = (high + low + close) / 3.0, []
    for begin in sorted(set(session.tolist())):
        inside = session == begin
        found += (NUMPY.cumsum(typical[inside] * volume[inside]) / NUMPY.cumsum(volume[inside])).tolist()
    assert played(vwap, told(name))[0] == pytest.approx(found, rel=1e-12)


def test_over_one_session_it_is_the_other_librarys() -> None:
    bars = rows(market("recorded"), 100_000)
    assert played(vwap, bars)[0] == pytest.approx(golden("vwap", "vwap"))


def test_it_needs_no_warm_up() -> None:
    assert of_closes(vwap, 5.0) == [5.0]
