"""VWAP: with the close when it leaves the session's average."""

import pytest
from pydantic import ValidationError

from openbell.parts.strategies import vwap
from tests.parts.strategies.told import numbers, played, rows

SHORT = {"band": "1%", "min_bars": 2}


def test_it_goes_with_the_close_beyond_the_band_and_leaves_at_the_average() -> None:
    # The average of 100, 100, 103, 100, 96: 100, 100, 101, 100.75, 99.8.
    found, state = played(vwap, rows(100, 100, 103, 100, 96), **SHORT)
    assert found == ["-", "0 no_signal", "1 signal_long", "0 signal_flat", "-1 signal_short"]
    assert numbers(vwap, state, **SHORT)["vwap"] == pytest.approx(99.8)


def test_a_heavy_bar_moves_the_average() -> None:
    found, _ = played(vwap, rows(100, 100, 103, volume=[1, 1, 998]), **SHORT)
    assert found[2] == "0 no_signal"


def test_each_session_has_its_own_average_and_its_first_bars_decide_nothing() -> None:
    # The second session begins far away: measured from the first one's average its second bar would turn.
    found, _ = played(vwap, rows(100, 100, 103, 50, 50.2, 48, span=3), **SHORT)
    assert found[2:] == ["1 signal_long", "1 no_signal", "1 no_signal", "-1 signal_short"]


def test_it_can_be_flat_before_the_close() -> None:
    held, _ = played(vwap, rows(100, 103, 104, 105, 107, span=5), **SHORT, flat_before="1m")
    assert held == ["-", "1 signal_long", "1 no_signal", "0 signal_flat", "0 no_signal"]


def test_confidence_is_a_half_at_the_band() -> None:
    _, state = played(vwap, rows(100, 100, 106), **SHORT)
    assert numbers(vwap, state, **SHORT)["confidence"] == 1.0
    _, state = played(vwap, rows(100, 100, 101), **SHORT)
    assert 0.0 < numbers(vwap, state, **SHORT)["confidence"] < 0.5


def test_prices_of_nothing_have_no_distance() -> None:
    assert played(vwap, rows(0, 0, 0), **SHORT)[0][2] == "0 no_signal"


def test_wrong_options_are_refused() -> None:
    for wrong in ({"band": 0}, {"min_bars": 0}):
        with pytest.raises(ValidationError):
            vwap.Config(**wrong)
