"""Published numbers: Bailey and López de Prado, 2012 and 2014."""

import math
import random
import statistics

import pytest

from openbell.research.sharpe import Shape, deflated, expected_best, probabilistic, shape_of


def test_the_numerical_example_of_the_deflated_ratio() -> None:
    # 2014, "A numerical example": five years of days, yearly ratio 2.5, skewness -3, kurtosis 10, a hundred
    # independent trials whose yearly ratios have variance one half.
    variance = 0.5 / 250
    shape = Shape(number=1250, ratio=2.5 / math.sqrt(250), skewness=-3.0, kurtosis=10.0)
    assert expected_best(100, variance) == pytest.approx(0.1132, abs=5e-5)
    assert deflated(shape, 100, variance) == pytest.approx(0.9004, abs=5e-5)
    # "Had the researcher made only 46 independent trials", it would have passed at 95 %.
    assert deflated(shape, 46, variance) == pytest.approx(0.9505, abs=5e-5)
    # Of normal returns 88 trials would have done.
    assert deflated(shape._replace(skewness=0.0, kurtosis=3.0), 88, variance) == pytest.approx(0.9505, abs=5e-5)


def test_the_numerical_example_of_the_probabilistic_ratio() -> None:
    # 2012: two years of months, mean 3.6 %, deviation 7.9 %, skewness -2.448, kurtosis 10.164.
    shape = Shape(number=24, ratio=0.458, skewness=-2.448, kurtosis=10.164)
    assert probabilistic(shape._replace(skewness=0.0, kurtosis=3.0)) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic(shape) == pytest.approx(0.913, abs=5e-4)


def test_a_shape_is_that_of_its_moments() -> None:
    values = [0.01, -0.02, 0.03, 0.0, 0.015, -0.001, 0.05]
    shape = shape_of(values)
    assert shape is not None
    mean, spread = statistics.fmean(values), statistics.pstdev(values)
    assert shape.ratio == pytest.approx(mean / statistics.stdev(values))
    assert shape.skewness == pytest.approx(statistics.fmean(((x - mean) / spread) ** 3 for x in values))
    assert shape.kurtosis == pytest.approx(statistics.fmean(((x - mean) / spread) ** 4 for x in values))
    assert (shape_of([0.1, 0.2]), shape_of([0.1] * 9)) == (None, None)


def test_the_best_of_worthless_trials_is_as_good_as_expected() -> None:
    chance = random.Random(7)
    best = [max(chance.gauss(0.0, 0.1) for _ in range(50)) for _ in range(4000)]
    # Four standard errors of the mean of 4,000 maxima, and the formula's own error for fifty trials.
    assert statistics.fmean(best) == pytest.approx(expected_best(50, 0.01), abs=4 * 0.047 / math.sqrt(4000) + 0.0025)


def test_few_trials_and_odd_series_are_no_accident() -> None:
    assert expected_best(1, 0.5) == expected_best(10, 0.0) == 0.0
    assert probabilistic(Shape(3, 2.0, 3.0, 1.0)) == 1.0
    assert probabilistic(Shape(3, 2.0, 3.0, 1.0), 2.5) == 0.0
