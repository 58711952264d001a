"""Average directional index."""

import pytest

from openbell.parts.indicators import adx
from tests.conformance.market import MARKETS
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, assert_alike, columns, golden, played, rows, told


def test_a_market_that_only_rises_has_all_direction() -> None:
    bars = rows([bar(n, 100.0 + n, high=101.0 + n, low=99.0 + n) for n in range(1, 20)])
    values, states = played(adx, bars, period=3)
    assert values[5:] == [100.0] * 14
    assert states[-1].d[0] > 0.0 and states[-1].d[1] == 0.0


def test_a_market_that_stands_still_has_none() -> None:
    values, _ = played(adx, rows([bar(n, 100.0) for n in range(1, 12)]), period=3)
    assert values[5:] == [0.0] * 6
    assert adx.direction(0.0, 0.0) == 0.0


@pytest.mark.parametrize("period", [2, 14])
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_librarys(name: str, period: int) -> None:
    values, states = played(adx, told(name), period=period)
    told_of = columns(told(name), "high", "low", "close")
    assert_alike(values, TALIB.ADX(*told_of, period), 1e-7)
    for place, theirs in enumerate((TALIB.PLUS_DI(*told_of, period), TALIB.MINUS_DI(*told_of, period))):
        assert [state.d[place] for state in states[period:]] == pytest.approx(theirs[period:].tolist(), rel=1e-7)


def test_it_converges_to_the_other_librarys() -> None:
    assert_alike(played(adx, told("recorded"))[0], golden("adx", "adx"), rel=1e-3, since=300, same_start=False)
