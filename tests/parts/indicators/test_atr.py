"""Average true range after Wilder."""

import math

import pytest
from pydantic import ValidationError

from openbell.core.strategy import fresh_state
from openbell.parts.indicators import atr
from tests.core.build import array, bar


def run(period: int, *bars: tuple[float, float, float]) -> list[float]:
    state = fresh_state(atr.STATE)
    made = [bar(n, close, high=high, low=low) for n, (high, low, close) in enumerate(bars, 1)]
    return [atr.step(state, array("d", [float(period)]), one) for one in made]


@pytest.mark.parametrize(
    ("high", "low", "close", "wanted"),
    [(12.0, 10.0, 11.0, 2.0), (12.0, 10.0, 8.0, 4.0), (12.0, 10.0, 15.0, 5.0), (10.0, 10.0, 10.0, 0.0)],
)
def test_the_true_range_counts_the_gap(high: float, low: float, close: float, wanted: float) -> None:
    assert atr.true_range(high, low, close) == wanted


def test_it_begins_with_a_mean_and_is_smoothed_after() -> None:
    found = run(2, (10.0, 9.0, 10.0), (12.0, 10.0, 11.0), (15.0, 11.0, 12.0), (13.0, 12.0, 12.0))
    assert all(map(math.isnan, found[:2]))
    assert found[2:] == [3.0, 2.0]


def test_a_period_of_one_is_the_true_range() -> None:
    assert run(1, (10.0, 9.0, 10.0), (12.0, 10.0, 11.0), (15.0, 14.0, 14.5))[1:] == [2.0, 4.0]


def test_options() -> None:
    assert atr.Config().period == 14


@pytest.mark.parametrize("period", [0, -3])
def test_a_period_below_one_is_refused(period: int) -> None:
    with pytest.raises(ValidationError):
        atr.Config(period=period)
