"""Returns, volatility and correlation from the closes of sessions.

Plain arithmetic on market data.
"""

import math
from collections.abc import Sequence
from itertools import pairwise


def returns(closes: Sequence[float], count: int) -> list[float]:
    """Return the latest `count` returns as shares, fewer where there are fewer closes."""
    some = closes[-(count + 1) :]
    return [now / before - 1.0 for before, now in pairwise(some) if before > 0.0]


def volatility(changes: Sequence[float], count: int, days: int) -> float:
    """Return the annualised standard deviation of `count` returns; NaN where there are fewer."""
    if len(changes) < count or count < 2:
        return math.nan
    some = changes[-count:]
    mean = math.fsum(some) / count
    return math.sqrt(math.fsum((x - mean) * (x - mean) for x in some) / (count - 1) * days)


def correlation(one: Sequence[float], other: Sequence[float], count: int) -> float:
    """Return the correlation of `count` returns.

    1.0 where there are fewer, or where one does not move.
    """
    if min(len(one), len(other)) < count or count < 2:
        return 1.0
    a, b = one[-count:], other[-count:]
    mean_a, mean_b = math.fsum(a) / count, math.fsum(b) / count
    both = math.fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    square = math.fsum((x - mean_a) * (x - mean_a) for x in a) * math.fsum((y - mean_b) * (y - mean_b) for y in b)
    return both / math.sqrt(square) if square > 0.0 else 1.0


MILLION = 1_000_000


def millionths(x: float) -> int:
    """Return a share in millionths, rounded up; -1 for NaN."""
    return -1 if math.isnan(x) else math.ceil(x * MILLION)
