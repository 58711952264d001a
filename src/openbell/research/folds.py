"""Walk-forward: choose on what was, judge on what came, again and again.

A fold is two stretches of trading days: one to choose in, one to judge in behind it. Between them lies a gap: the last
days of the first are left out of choosing, because what is held then reaches into the second (purge), and so are more
days, because returns close in time are alike (embargo).
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST_DAYS = 2
"""A stretch needs two days for a deviation."""
Score = Callable[[Floats], Floats]
"""Returns by day and configuration -> a figure for each configuration; more is better."""


class Fold(NamedTuple):
    """Days to choose in and days to judge in: first, and the one behind the last."""

    train: tuple[int, int]
    test: tuple[int, int]


class Terms(NamedTuple):
    """How days are cut.

    Attributes:
        folds: How many. train: Days to choose in, which then roll; 0 for all there are since the first (anchored).
        purge, embargo: Days left out before those that are judged.
    """

    folds: int = 5
    train: int = 0
    purge: int = 1
    embargo: int = 0


class Step(NamedTuple):
    """One fold carried out: what was chosen, and its figure inside and outside."""

    fold: Fold
    chosen: int
    inside: float
    outside: float


def folds(days: int, terms: Terms) -> list[Fold]:
    """Return folds whose judged days follow each other without a hole, up to the last day.

    Raises:
        ValueError: There are too few days, or the terms contradict each other.
    """
    if terms.folds < 1 or min(terms.train, terms.purge, terms.embargo) < 0:
        raise ValueError("folds are at least one, and days are not below zero; write for example --folds 5 --purge 1")
    gap = terms.purge + terms.embargo
    first = terms.train + gap if terms.train else 0
    length = (days - first) // (terms.folds if first else terms.folds + 1)
    begin = days - length * terms.folds
    if length < FEWEST_DAYS or begin - gap < FEWEST_DAYS:
        what = f"{days} trading days are too few for {terms.folds} folds with {terms.train or 'all'} days to choose in"
        raise ValueError(f"{what} and {gap} left out; take fewer folds, shorter stretches, or more data")
    found = []
    for n in range(terms.folds):
        start = begin + n * length
        end = start - gap
        found.append(Fold((end - terms.train if terms.train else 0, end), (start, start + length)))
    return found


def walk(returns: Floats, every: Sequence[Fold], score: Score) -> list[Step]:
    """Return what was chosen in each fold, and what it was worth afterwards.

    Args:
        returns: A row for each day, a column for each configuration.
        every: The folds.
        score: What is chosen by.
    """
    found = []
    for fold in every:
        inside = score(returns[slice(*fold.train)])
        chosen = int(np.argmax(inside))
        found.append(Step(fold, chosen, float(inside[chosen]), float(score(returns[slice(*fold.test)])[chosen])))
    return found


def joined(returns: Floats, steps: Sequence[Step]) -> Floats:
    """Return the daily returns of what was chosen, over all judged days in order."""
    return np.concatenate([returns[slice(*step.fold.test), step.chosen] for step in steps])


def by_sharpe(returns: Floats) -> Floats:
    """Return mean over sample deviation; 0 without spread."""
    spread = returns.std(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(spread > 1e-12, returns.mean(axis=0) / spread, 0.0)
    return found


def by_return(returns: Floats) -> Floats:
    """Return the compounded return."""
    found: Floats = np.prod(1.0 + returns, axis=0) - 1.0
    return found


def by_drawdown(returns: Floats) -> Floats:
    """Return the deepest fall from a peak at the ends of days, as a negative fraction."""
    level = np.cumprod(1.0 + returns, axis=0)
    peak = np.maximum(np.maximum.accumulate(level, axis=0), 1.0)
    found: Floats = (level / peak - 1.0).min(axis=0)
    return found


def yearly(ratio: float, per_year: float) -> float:
    """Return the Sharpe ratio of a day as that of a year."""
    return ratio * math.sqrt(per_year)
