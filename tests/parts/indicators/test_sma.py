"""Simple moving average."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from openbell.core.strategy import fresh_state
from openbell.parts.indicators import sma
from openbell.run.parts import resolve_layout
from tests.core.build import array, bar


def run(period: int, *closes: float) -> list[float]:
    state = fresh_state(resolve_layout("sma", sma.STATE, sma.Config(period=period)))
    return [sma.step(state, array("d", [float(period)]), bar(n, close)) for n, close in enumerate(closes, 1)]


def test_it_is_the_mean_of_the_window() -> None:
    found = run(3, 1.0, 2.0, 6.0, 4.0, 5.0)
    assert all(map(math.isnan, found[:2]))
    assert found[2:] == [3.0, 4.0, 5.0]


def test_a_period_of_one_is_the_close() -> None:
    assert run(1, 10.0, 12.0, 7.0) == [10.0, 12.0, 7.0]


@given(st.integers(1, 9), st.lists(st.integers(1, 10**6), min_size=10, max_size=60))
def test_whole_numbers_have_exact_means(period: int, closes: list[int]) -> None:
    found = run(period, *map(float, closes))
    for n in range(period - 1, len(closes)):
        assert found[n] == sum(closes[n - period + 1 : n + 1]) / period


def test_options() -> None:
    assert sma.Config().period == 20


@pytest.mark.parametrize("period", [0, -3])
def test_a_period_below_one_is_refused(period: int) -> None:
    with pytest.raises(ValidationError):
        sma.Config(period=period)
