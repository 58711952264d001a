"""Standard deviation over a window."""

import pytest

from openbell.parts.indicators import stdev
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import TALIB, assert_alike, column, golden, of_closes, played, shown, told


def test_it_is_that_of_a_whole_population() -> None:
    assert shown(of_closes(stdev, 2.0, 4.0, 4.0, 6.0, period=4)) == [None, None, None, 1.414214]
    assert stdev.mean([9.0, 2.0, 4.0, 6.0], 1, 3) == 4.0
    assert stdev.spread([9.0, 2.0, 4.0, 6.0], 1, 3, 4.0) == pytest.approx((8 / 3) ** 0.5)


def test_a_constant_does_not_vary_at_all() -> None:
    assert of_closes(stdev, *[0.1] * 60, period=7)[6:] == [0.0] * 54


def test_places_of_a_ring_follow_each_other() -> None:
    assert [stdev.after(place, 3) for place in (0, 1, 2)] == [1, 2, 0]


@pytest.mark.parametrize("period", [2, 20])
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str, period: int) -> None:
    # The library subtracts two large sums: it is the less exact of the two.
    assert_alike(played(stdev, told(name), period=period)[0], TALIB.STDDEV(column(told(name), "close"), period), 1e-4)


def test_it_is_the_other_librarys() -> None:
    values, states = played(stdev, told("recorded"), period=14)
    assert_alike(values, golden("stdev", "stdDev"))
    assert [state.d[0] for state in states[13:]] == pytest.approx(golden("stdev", "mean")[13:])
