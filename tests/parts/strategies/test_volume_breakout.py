"""Volume breakout: a close beyond the range counts only with volume behind it."""

import math

import pytest
from pydantic import ValidationError

from openbell.parts.strategies import volume_breakout
from tests.parts.strategies.told import numbers, played, rows

SHORT = {"period": 3, "exit_period": 2, "volume_factor": 2.0}


def told(last: float, volume: float) -> list[object]:
    return rows(10, 11, 9, last, volume=[100, 100, 100, volume])


def test_a_breakout_without_volume_is_left_alone() -> None:
    assert played(volume_breakout, told(12, 200), **SHORT)[0][3] == "0 no_signal"
    assert played(volume_breakout, told(12, 201), **SHORT)[0][3] == "1 signal_long"
    assert played(volume_breakout, told(8, 201), **SHORT)[0][3] == "-1 signal_short"
    assert played(volume_breakout, told(10, 900), **SHORT)[0][3] == "0 no_signal"


def test_it_leaves_through_the_shorter_range_whatever_the_volume() -> None:
    volumes = [100, 100, 100, 300, 1, 1]
    assert played(volume_breakout, rows(10, 11, 9, 12, 13, 11, volume=volumes), **SHORT)[0][5] == "0 signal_flat"
    assert played(volume_breakout, rows(10, 11, 9, 8, 7, 9, volume=volumes), **SHORT)[0][5] == "0 signal_flat"


@pytest.mark.parametrize("volume", [0.0, math.nan])
def test_an_unknown_volume_is_no_signal(volume: float) -> None:
    found = played(volume_breakout, rows(10, 11, 9, 12, 13, volume=[volume] * 5), **SHORT)[0]
    assert found[3:] == ["0 no_signal"] * 2


def test_confidence_is_a_half_at_the_volume_asked_for() -> None:
    for volume, confidence in ((200.0, 0.5), (100.0, 0.25), (5_000.0, 1.0)):
        _, state = played(volume_breakout, told(12, volume), **SHORT)
        assert numbers(volume_breakout, state, **SHORT)["confidence"] == confidence


def test_wrong_options_are_refused() -> None:
    for wrong in ({"exit_period": 30}, {"volume_factor": 0}):
        with pytest.raises(ValidationError):
            volume_breakout.Config(**wrong)
