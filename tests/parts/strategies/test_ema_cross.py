"""EMA cross: a cross moves the target, a level does not; before `slow` bars nothing has crossed."""

import math

import pytest
from pydantic import ValidationError

from openbell.core.codes import Code
from openbell.core.strategy import fresh_state
from openbell.parts.strategies import ema_cross
from tests.core.build import array, bar

NAN = math.nan


def run(fast: int, slow: int, *closes: float) -> list[tuple[float, int]]:
    state = fresh_state(ema_cross.STATE)
    params = array("d", [float(fast), float(slow)])
    return [ema_cross.step(state, params, bar(n, close)) for n, close in enumerate(closes, 1)]


def shown(found: list[tuple[float, int]]) -> list[tuple[str, str]]:
    return [("-" if target != target else f"{target:g}", Code(code).name.lower()) for target, code in found]


def test_a_cross_up_buys_and_a_cross_down_sells() -> None:
    found = shown(run(1, 3, 10.0, 9.0, 8.0, 8.0, 12.0, 12.0, 6.0, 6.0))
    assert found == [
        ("-", "warming_up"),
        ("-", "warming_up"),
        ("-", "warming_up"),
        ("0", "no_signal"),
        ("1", "cross_up"),
        ("1", "no_signal"),
        ("-1", "cross_down"),
        ("-1", "no_signal"),
    ]


def test_what_is_above_already_has_not_crossed() -> None:
    found = shown(run(1, 3, 10.0, 11.0, 12.0, 13.0, 14.0))
    assert found[3:] == [("0", "no_signal"), ("0", "no_signal")]


def test_equal_averages_are_not_above() -> None:
    assert shown(run(1, 2, *[10.0] * 6))[2:] == [("0", "no_signal")] * 4


def test_the_averages_explain_the_decision() -> None:
    state = fresh_state(ema_cross.STATE)
    params = array("d", [1.0, 3.0])
    for n, close in enumerate((10.0, 12.0), 1):
        ema_cross.step(state, params, bar(n, close))
    assert list(state.d) == [12.0, 11.0]


@pytest.mark.parametrize(("fast", "slow"), [(0, 3), (3, 3), (5, 3), (-1, 2)])
def test_fast_is_faster_than_slow(fast: int, slow: int) -> None:
    with pytest.raises(ValidationError, match="must be at least 1 and below slow"):
        ema_cross.Config(fast=fast, slow=slow)


def test_options() -> None:
    assert (ema_cross.Config().fast, ema_cross.Config().slow) == (12, 26)
