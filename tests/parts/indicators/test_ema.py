"""Exponential moving average."""

import math

import pytest
from pydantic import ValidationError

from openbell.core.strategy import fresh_state
from openbell.parts.indicators import ema
from tests.core.build import array, bar


def run(period: int, *closes: float) -> list[float]:
    state = fresh_state(ema.STATE)
    return [ema.step(state, array("d", [float(period)]), bar(n, close)) for n, close in enumerate(closes, 1)]


def test_it_begins_at_the_first_close_and_follows() -> None:
    found = run(3, 10.0, 12.0, 12.0, 8.0)
    assert all(map(math.isnan, found[:2]))
    assert found[2:] == [11.5, 9.75]


def test_a_period_of_one_is_the_close() -> None:
    assert run(1, 10.0, 12.0, 7.0) == [10.0, 12.0, 7.0]


def test_follow_is_one_step() -> None:
    assert ema.follow(10.0, 20.0, 9.0) == 12.0


def test_a_constant_stays_itself() -> None:
    assert run(5, *[0.1] * 50)[4:] == [0.1] * 46


def test_options() -> None:
    assert ema.Config().period == 20
    with pytest.raises(ValidationError):
        ema.Config(length=3)


@pytest.mark.parametrize("period", [0, -3])
def test_a_period_below_one_is_refused(period: int) -> None:
    with pytest.raises(ValidationError):
        ema.Config(period=period)
