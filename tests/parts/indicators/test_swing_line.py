"""Swing line."""

from collections.abc import Sequence

import pytest

from openbell.parts.indicators import swing_line
from tests.conformance.market import drawn
from tests.core.build import bar
from tests.parts.indicators.library import played, rows


def told(*bars: tuple[float, float]) -> list[tuple[float, float]]:
    """Return (level, side) after each bar of (low, high)."""
    made = [bar(n, low, low=low, high=high) for n, (low, high) in enumerate(bars, 1)]
    values, states = played(swing_line, rows(made))
    return [(value, state.d[1]) for value, state in zip(values, states, strict=True)]


def test_going_down_the_level_is_the_lowest_high_and_a_bar_above_it_turns() -> None:
    assert told((9, 11), (8, 10), (9, 12), (10.5, 13)) == [(11, -1), (10, -1), (10, -1), (10.5, 1)]


def test_going_up_the_level_is_the_highest_low_and_a_bar_below_it_turns() -> None:
    assert told((9, 10), (11, 12), (12, 14), (10, 13), (8, 11)) == [(10, -1), (11, 1), (12, 1), (12, 1), (11, -1)]


def by_the_book(bars: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the same, worked out anew for each bar from all bars of its swing."""
    found, first, side = [], 0, -1
    for n, (low, high) in enumerate(bars):
        lows, highs = [one for one, _ in bars[first:n]], [one for _, one in bars[first:n]]
        if lows and (high < max(lows) if side > 0 else low > min(highs)):
            first, side = n, -side
        swing = bars[first : n + 1]
        found.append((max(one for one, _ in swing), 1) if side > 0 else (min(one for _, one in swing), -1))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_the_definition_gives_on_any_bars(seed: int) -> None:
    bars = [(one.low, one.high) for one in drawn(seed, 300)]
    wanted = by_the_book(bars)
    assert told(*bars) == wanted
    assert len({side for _, side in wanted}) == 2


def test_it_never_changes_what_it_has_said() -> None:
    bars = rows(drawn(1, 300))
    whole, _ = played(swing_line, bars)
    for count in (1, 50, 299):
        assert played(swing_line, bars[:count])[0] == whole[:count]


def test_a_market_upside_down_has_the_levels_upside_down() -> None:
    bars = drawn(2, 300)
    flipped = [
        bar(n, 500 - one.close, low=500 - one.high, high=500 - one.low, open=500 - one.open)
        for n, one in enumerate(bars, 1)
    ]
    values, states = played(swing_line, rows(bars))
    others, mirrored = played(swing_line, rows(flipped))
    # Both begin going down; from the first turn of each on they mirror each other.
    assert [state.d[1] for state in states[60:]] == [-state.d[1] for state in mirrored[60:]]
    assert all(abs(500 - a - b) < 1e-9 for a, b in zip(values[60:], others[60:], strict=True))
