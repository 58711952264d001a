"""Breakout of a Donchian channel of the bars before."""

import pytest
from pydantic import ValidationError

from openbell.parts.strategies import breakout
from tests.parts.strategies.told import numbers, played, rows

SHORT = {"period": 3, "exit_period": 2}


def test_a_close_above_the_channel_buys_and_one_below_the_shorter_channel_leaves() -> None:
    found, _ = played(breakout, rows(10, 11, 9, 10, 12, 13, 11.5), **SHORT)
    assert found == ["-", "-", "-", "0 no_signal", "1 signal_long", "1 no_signal", "0 signal_flat"]


def test_a_close_below_sells_short_and_one_above_the_shorter_channel_leaves() -> None:
    found, _ = played(breakout, rows(10, 11, 9, 10, 8, 7, 8.5), **SHORT)
    assert found[4:] == ["-1 signal_short", "-1 no_signal", "0 signal_flat"]


def test_the_other_side_of_the_channel_turns_it_around() -> None:
    assert played(breakout, rows(10, 11, 9, 12, 8), **SHORT)[0][3:] == ["1 signal_long", "-1 signal_short"]


def test_the_channel_is_that_of_the_bars_before() -> None:
    # A bar's own high is not in the channel it has to leave.
    assert played(breakout, rows(10, 10, 10, 10.5, high=[10, 10, 10, 99]), **SHORT)[0][3] == "1 signal_long"


def test_confidence_is_a_half_at_the_edge() -> None:
    for last, confidence in ((11.2, 0.6), (20, 1.0), (10, 0.0)):
        _, state = played(breakout, rows(10, 11, 9, last), **SHORT)
        assert numbers(breakout, state, **SHORT)["confidence"] == pytest.approx(confidence)
    _, state = played(breakout, rows(10, 10, 10, 11), **SHORT)
    assert numbers(breakout, state, **SHORT)["confidence"] == 1.0, "a channel of no width"


def test_the_exit_is_not_longer_than_the_entry() -> None:
    with pytest.raises(ValidationError, match="must not be longer"):
        breakout.Config(period=5, exit_period=6)
