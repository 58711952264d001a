"""Market structure: swings, breaks, order blocks."""

from collections import Counter

import pytest
from pydantic import ValidationError

from openbell.parts.indicators import market_structure
from tests.conformance.market import DATA, drawn
from tests.core.build import bar
from tests.parts.indicators.library import played, rows, shown

SHORT = {"left": 1, "right": 2}


def path(*levels: float) -> list[object]:
    """Return bars that reach half a point to both sides of their close."""
    return rows([bar(n, px, high=px + 0.5, low=px - 0.5) for n, px in enumerate(levels, 1)])


def test_a_swing_is_known_when_the_bars_after_it_have_closed() -> None:
    _, states = played(market_structure, path(10, 12, 11, 10.5, 11), **SHORT)
    assert [state.d[0] for state in states] == [0.0, 0.0, 0.0, 12.5, 12.5]


def test_equal_highs_make_one_swing_the_first() -> None:
    _, states = played(market_structure, path(10, 12, 12, 11, 10, 9), **SHORT)
    assert states[3].d[0] == 12.5
    _, states = played(market_structure, path(10, 12, 12, 13, 10, 9), **SHORT)
    assert states[3].d[0] == 0.0


def test_a_close_beyond_it_breaks_it_once_and_leaves_its_block() -> None:
    values, states = played(market_structure, path(10, 12, 11, 10.5, 11, 13, 14), **SHORT)
    assert shown(values) == [None, None, None, 0.0, 0.0, 1.0, 0.0]
    assert list(states[5].d[2:5]) == [1.0, 10.0, 11.0], "the lowest bar between the swing and the break"


def test_against_the_trend_it_is_a_change_of_character() -> None:
    values, states = played(market_structure, path(10, 12, 11, 10.5, 11, 13, 14, 13, 12, 9, 8), **SHORT)
    assert values[9] == -2.0
    assert states[9].d[2] == -1.0
    assert list(states[9].d[3:5]) == [13.5, 14.5], "the highest bar between the swing low and the break"
    again, _ = played(market_structure, path(10, 8, 9, 9.5, 9, 7, 6, 7, 8, 7, 6.5, 5), **SHORT)
    assert again[5] == -1.0 and again[11] == -1.0


def test_a_wick_alone_breaks_nothing() -> None:
    bars = path(10, 12, 11, 10.5, 11)
    long = rows([bar(6, 11.0, high=20.0, low=10.0)])
    assert played(market_structure, bars + long, **SHORT)[0][-1] == 0.0


def test_what_it_has_said_it_never_takes_back() -> None:
    bars = rows(drawn(6, 400))
    whole = shown(played(market_structure, bars)[0])
    for count in (11, 57, 250, 399):
        assert shown(played(market_structure, bars[:count])[0]) == whole[:count]


def test_a_market_upside_down_breaks_upside_down() -> None:
    bars = drawn(7, 400)
    flipped = [bar(n, 500 - one.close, low=500 - one.high, high=500 - one.low) for n, one in enumerate(bars, 1)]
    values, _ = played(market_structure, rows(bars))
    mirrored, _ = played(market_structure, rows(flipped))
    assert shown(values)[10:] == [-value or 0.0 for value in mirrored[10:]]
    assert {1.0, -1.0, 2.0, -2.0} <= set(values[10:])


def test_over_a_year_of_a_currency_it_counts_what_an_independent_study_counted() -> None:
    file = DATA / "golden" / "smc_EURUSD_15m.parquet"
    if not file.is_file():
        pytest.skip(f"{file.name} is not at hand")
    import polars as pl

    frame = pl.read_parquet(file).select("open", "high", "low", "close")
    bars = [bar(n, c, open=o, high=h, low=low) for n, (o, h, low, c) in enumerate(frame.rows(), 1)]
    counted = Counter(abs(value) for value in played(market_structure, rows(bars))[0][10:])
    assert (counted[1.0], counted[2.0]) == (576, 616)


def test_a_swing_has_bars_on_both_sides() -> None:
    for wrong in ({"left": 0}, {"right": 1}):
        with pytest.raises(ValidationError):
            market_structure.Config(**wrong)
