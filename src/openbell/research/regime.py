"""Has the market become another one? Days now are compared with days before.

Of each day three things are looked at: how far it went, how wide it was, and how straight. No distribution is assumed.
Pure.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEATURES = ("return", "range", "straightness")
"""What a day is described by: log return; log of high over low; net way over the whole way, 0 to 1."""
FEWEST_RECENT, FEWEST_BEFORE = 5, 20
"""Days below which nothing can be told."""
LEVEL = 0.01
"""Share of unchanged markets that may be called new, over all features together."""


class Shift(NamedTuple):
    """How one feature changed.

    Attributes:
        feature: Out of `FEATURES`. distance: Kolmogorov and Smirnov's, 0 to 1. probability: Of one as large by chance.
        usual: The largest distance of a stretch as long within the days before, 0 where there is room for none.
        before, recent: Means.
        is_new: True where chance hardly explains it, and no stretch before was as far from the rest.
    """

    feature: str
    distance: float
    probability: float
    usual: float
    before: float
    recent: float
    is_new: bool


def features(closes: Floats, highs: Floats, lows: Floats, first: float) -> tuple[float, float, float]:
    """Return the features of one trading day.

    Args:
        closes: Of its bars in order, shape (n,), above zero.
        highs: The same.
        lows: The same.
        first: Open of its first bar.
    """
    steps = np.diff(np.log(np.concatenate([[first], closes])))
    way = float(np.abs(steps).sum())
    net = float(steps.sum())
    return net, math.log(float(highs.max()) / float(lows.min())), abs(net) / way if way > 0.0 else 0.0


def shifts(before: Floats, recent: Floats, markets: int = 1) -> list[Shift] | None:
    """Return how each feature changed; None for too few days.

    Args:
        before: A row for each day, a column for each feature.
        recent: The same of the days behind them.
        markets: How many are looked at together: each then has its part of `LEVEL`.
    """
    if len(recent) < FEWEST_RECENT or len(before) < FEWEST_BEFORE:
        return None
    level = LEVEL / (len(FEATURES) * markets)
    found = []
    for n, name in enumerate(FEATURES):
        far = distance(before[:, n], recent[:, n])
        chance = probability(far, len(before), len(recent))
        usual = _usual(before[:, n], len(recent))
        means = float(before[:, n].mean()), float(recent[:, n].mean())
        found.append(Shift(name, far, chance, usual, *means, is_new=chance < level and far > usual))
    return found


def distance(one: Floats, other: Floats) -> float:
    """Return the largest difference of two samples' distribution functions."""
    values = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(side), values, side="right") / len(side) for side in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def probability(far: float, one: int, other: int) -> float:
    """Return how probable a distance at least as large is for samples of one distribution.

    Kolmogorov's limit with Stephens' correction (1970) for samples of these sizes.
    """
    root = math.sqrt(one * other / (one + other))
    scaled = (root + 0.12 + 0.11 / root) * far
    if scaled < 0.2:
        return 1.0
    terms = ((-1.0) ** (k - 1) * math.exp(-2.0 * (k * scaled) ** 2) for k in range(1, 101))
    return min(max(2.0 * sum(terms), 0.0), 1.0)


def _usual(before: Floats, length: int) -> float:
    """Return the largest distance of a stretch of days from all the others around it.

    Days near each other are alike, which the formula above does not know; this is how alike they are here.
    """
    if len(before) < 2 * length:
        return 0.0
    starts = range(0, len(before) - length + 1, max(1, length // 4))
    return max(distance(np.delete(before, slice(at, at + length)), before[at : at + length]) for at in starts)
