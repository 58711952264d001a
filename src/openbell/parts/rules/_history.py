"""Volatility and correlation from the closes of sessions.

Plain arithmetic on market data, in one order of adding: the kernels compile these functions as they stand, and both
engines get the same bits.
"""

import math
from collections.abc import MutableSequence, Sequence

MILLION = 1_000_000
WILDEST = 1e6
"""A volatility above it, a million times a year, counts as not known."""


def volatility(closes: Sequence[float], count: int, days: int) -> float:
    """Return the annualised standard deviation of the latest `count` returns.

    NaN where there are fewer.
    """
    first, last = len(closes) - count, len(closes)
    if first < 1 or count < 2:
        return math.nan
    mean = square = 0.0
    for n in range(first, last):
        mean += closes[n] / closes[n - 1] - 1.0
    mean /= count
    for n in range(first, last):
        away = closes[n] / closes[n - 1] - 1.0 - mean
        square += away * away
    return math.sqrt(square / (count - 1) * days)


def correlation(one: Sequence[float], other: Sequence[float], count: int) -> float:
    """Return the correlation of the latest `count` returns of two rows of closes.

    1.0 where there are fewer, or where one does not move.
    """
    if min(len(one), len(other)) <= count or count < 2:
        return 1.0
    a, b = len(one) - count, len(other) - count
    mean_a = mean_b = both = square_a = square_b = 0.0
    for n in range(count):
        mean_a += one[a + n] / one[a + n - 1] - 1.0
        mean_b += other[b + n] / other[b + n - 1] - 1.0
    mean_a /= count
    mean_b /= count
    for n in range(count):
        x = one[a + n] / one[a + n - 1] - 1.0 - mean_a
        y = other[b + n] / other[b + n - 1] - 1.0 - mean_b
        both += x * y
        square_a += x * x
        square_b += y * y
    square = square_a * square_b
    return both / math.sqrt(square) if square > 0.0 else 1.0


def add_moves(moves: MutableSequence[float], closes: Sequence[float], value: int, equity: int) -> None:
    """Add to each of the latest moves of an account that of a holding, whose closes these are.

    `value` and `equity` are in 1e-8; there has to be one close more than there are moves.
    """
    part, first = float(value) / float(equity), len(closes) - len(moves)
    for n in range(len(moves)):
        moves[n] += part * (closes[first + n] / closes[first + n - 1] - 1.0)


def deviation(moves: Sequence[float], days: int) -> float:
    """Return the annualised standard deviation of two moves or more."""
    count, mean, square = len(moves), 0.0, 0.0
    for n in range(count):
        mean += moves[n]
    mean /= count
    for n in range(count):
        square += (moves[n] - mean) * (moves[n] - mean)
    return math.sqrt(square / (count - 1) * days)


def millionths(x: float) -> int:
    """Return a share in millionths, rounded up; -1 where it is not known."""
    return math.ceil(x * MILLION) if 0.0 <= x <= WILDEST else -1
