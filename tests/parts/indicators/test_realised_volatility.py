"""Realised volatility."""

import math

import pytest
from pydantic import ValidationError

from openbell.parts.indicators import realised_volatility
from tests.conformance.market import MARKETS
from tests.parts.indicators.library import NUMPY, TALIB, assert_alike, column, of_closes, played, told


def test_it_is_the_root_of_the_mean_square_return_of_a_year() -> None:
    found = of_closes(realised_volatility, 100.0, 101.0, 99.0, period=2, per_year=4.0)
    returns = (math.log(1.01), math.log(99 / 101))
    assert found[-1] == pytest.approx(2.0 * math.sqrt((returns[0] ** 2 + returns[1] ** 2) / 2))


def test_a_price_without_logarithm_counts_as_no_return() -> None:
    assert of_closes(realised_volatility, -5.0, 5.0, -5.0, 5.0, period=3)[-1] == 0.0


@pytest.mark.parametrize("name", MARKETS)
def test_it_is_the_formula_over_the_librarys_sums(name: str) -> None:
    close = column(told(name), "close")
    squares = NUMPY.concatenate(([NUMPY.nan], NUMPY.diff(NUMPY.log(close)) ** 2))
    theirs = NUMPY.sqrt(TALIB.SMA(squares, 20) * 252.0)
    assert_alike(played(realised_volatility, told(name))[0], theirs, 1e-8)


def test_a_year_has_bars() -> None:
    with pytest.raises(ValidationError):
        realised_volatility.Config(per_year=0)
