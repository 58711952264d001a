"""Supertrend."""

import math

import pytest

from openbell.parts.indicators import supertrend
from tests.core.build import bar
from tests.parts.indicators.library import TALIB, columns, golden, played, rows, told


def test_the_line_follows_a_rise_and_changes_its_side_when_crossed() -> None:
    closes = [10.0, 11.0, 12.0, 13.0, 14.0, 8.0, 7.0]
    bars = rows([bar(n, close, high=close + 0.5, low=close - 0.5) for n, close in enumerate(closes, 1)])
    values, states = played(supertrend, bars, period=1, width=1.0)
    assert math.isnan(values[0])
    assert [state.d[0] for state in states[1:]] == [1.0, 1.0, 1.0, 1.0, -1.0, -1.0]
    assert values[1:5] == [9.5, 10.5, 11.5, 12.5]
    assert values[5] > closes[5] and values[6] <= values[5]


def test_a_bar_that_closes_below_its_middle_begins_as_falling() -> None:
    bars = rows([bar(n, 9.0, high=12.0, low=8.0) for n in (1, 2)])
    assert played(supertrend, bars, period=1)[1][-1].d[0] == -1.0


@pytest.mark.parametrize("name", ["drawn 1", "drawn 2"])
def test_it_is_the_published_rule_over_the_librarys_ranges(name: str) -> None:
    high, low, close = columns(told(name), "high", "low", "close")
    wide = TALIB.ATR(high, low, close, 10)
    upper = lower = side = 0.0
    found = []
    for n in range(10, len(close)):
        middle = (high[n] + low[n]) / 2
        above, below = middle + 3 * wide[n], middle - 3 * wide[n]
        if n == 10:
            upper, lower, side = above, below, 1 if close[n] >= middle else -1
        else:
            upper = above if above < upper or close[n - 1] > upper else upper
            lower = below if below > lower or close[n - 1] < lower else lower
            side = (-1 if close[n] < lower else 1) if side > 0 else (1 if close[n] > upper else -1)
        found.append(lower if side > 0 else upper)
    assert played(supertrend, told(name))[0][10:] == pytest.approx(found)


def test_it_is_the_other_librarys() -> None:
    ours, theirs = played(supertrend, told("recorded"))[0], golden("supertrend", "superTrend")
    # Both may begin on different sides; from the first crossing on they are the same.
    assert ours[30:] == pytest.approx(theirs[30:], rel=1e-6)
