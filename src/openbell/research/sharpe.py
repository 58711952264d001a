"""How far a Sharpe ratio can be believed: its error, and the luck of the best of many.

Ratios here are those of one period (a day), not made yearly. Sources: Bailey and López de Prado, "The Sharpe Ratio
Efficient Frontier" (2012) for the probabilistic ratio, and "The Deflated Sharpe Ratio" (2014).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

EULER = 0.5772156649015329
"""Euler and Mascheroni's constant."""
_NORMAL = NormalDist()


class Shape(NamedTuple):
    """What a series of returns is like: number, mean over deviation, skewness, kurtosis.

    A normal distribution has skewness 0 and kurtosis 3.
    """

    number: int
    ratio: float
    skewness: float
    kurtosis: float


def shape_of(returns: Sequence[float]) -> Shape | None:
    """Return the shape of a series; None where it has fewer than three values or no spread.

    The ratio takes the sample deviation, skewness and kurtosis are the moments' own.
    """
    count = len(returns)
    if count < 3:
        return None
    mean = math.fsum(returns) / count
    second, third, fourth = (math.fsum((one - mean) ** n for one in returns) / count for n in (2, 3, 4))
    if second <= 0.0:
        return None
    ratio = mean / math.sqrt(second * count / (count - 1))
    return Shape(count, ratio, third / second**1.5, fourth / second**2)


def probabilistic(shape: Shape, benchmark: float = 0.0) -> float:
    """Return the probability that the true ratio is above `benchmark`, given the series.

    Longer series make it surer; losses that are rare and large make it less sure.
    """
    spread = 1.0 - shape.skewness * shape.ratio + (shape.kurtosis - 1.0) / 4.0 * shape.ratio * shape.ratio
    if spread <= 0.0:
        # So skewed a series cannot be: rounding of very few values.
        return float(shape.ratio > benchmark)
    return _NORMAL.cdf((shape.ratio - benchmark) * math.sqrt(shape.number - 1) / math.sqrt(spread))


def expected_best(trials: int, variance: float) -> float:
    """Return the ratio that the best of so many worthless trials is expected to have.

    Args:
        trials: How many were tried, independent of each other.
        variance: Of the ratios of all trials.
    """
    if trials < 2 or variance <= 0.0:
        return 0.0
    most = (1.0 - EULER) * _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    return math.sqrt(variance) * (most + EULER * _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e)))


def deflated(shape: Shape, trials: int, variance: float) -> float:
    """Return the probability that the true ratio is above what the best of many has by luck."""
    return probabilistic(shape, expected_best(trials, variance))
