"""The probability of overfitting, against one that is computed choice by choice."""

import statistics
from itertools import combinations
from math import comb

import numpy as np
import pytest

from openbell.research.overfit import MOST_BLOCKS, blocks_of, overfit


def slowly(returns: np.ndarray, blocks: int) -> tuple[float, float]:
    """Return the probabilities of overfitting and of a loss as the paper tells them, in plain loops."""
    days, count = returns.shape
    pieces = np.array_split(np.arange(days), blocks)
    lower = losses = choices = 0
    for chosen in combinations(range(blocks), blocks // 2):
        train = [int(day) for n in chosen for day in pieces[n]]
        test = [int(day) for n in range(blocks) if n not in chosen for day in pieces[n]]
        ratios = [
            [statistics.fmean(returns[part, c]) / statistics.stdev(returns[part, c]) for c in range(count)]
            for part in (train, test)
        ]
        best = max(range(count), key=lambda c: ratios[0][c])
        rank = sorted(ratios[1]).index(ratios[1][best]) + 1
        lower += rank / (count + 1) <= 0.5
        losses += sum(returns[test, best]) < 0
        choices += 1
    return lower / choices, losses / choices


@pytest.mark.parametrize(("days", "count", "blocks"), [(24, 5, 6), (37, 8, 8), (20, 2, 4), (50, 13, 6)])
def test_it_is_what_the_paper_tells(days: int, count: int, blocks: int) -> None:
    returns = np.random.default_rng(days).normal(0.0005, 0.01, (days, count))
    found = overfit(returns, blocks)
    assert found is not None
    assert (found.probability, found.loss) == pytest.approx(slowly(returns, blocks))
    assert found.choices == len(found.ranks) == comb(blocks, blocks // 2)


def test_sixteen_blocks_are_chosen_from_in_12870_ways() -> None:
    found = overfit(np.random.default_rng(1).normal(0.0, 0.01, (250, 40)))
    assert found is not None
    assert (found.blocks, found.choices) == (MOST_BLOCKS, 12_870)
    # Noise is chosen by luck: the best ends anywhere.
    assert 0.25 < found.probability < 0.75
    assert found.inside > found.outside


def test_one_that_is_always_best_is_not_overfit() -> None:
    returns = np.random.default_rng(2).normal(0.0, 0.01, (200, 20))
    returns[:, 7] += 0.05
    found = overfit(returns)
    assert found is not None
    assert (found.probability, found.loss) == (0.0, 0.0)
    assert found.ranks.min() == pytest.approx(20 / 21)


def test_what_is_best_here_and_worst_there_is_overfit() -> None:
    # Each configuration earns in one block what it loses in all others: the best in a sample has its block there.
    returns = np.full((64, 16), -0.01) + np.tile([0.001, -0.001], 32)[:, None]
    for block in range(16):
        returns[block * 4 : block * 4 + 4, block] += 0.5
    found = overfit(returns)
    assert found is not None
    assert (found.probability, found.loss) == (1.0, 1.0)


def test_too_little_to_say() -> None:
    assert overfit(np.zeros((100, 1))) is None
    assert overfit(np.zeros((7, 5))) is None
    assert [blocks_of(days) for days in (7, 8, 13, 31, 32, 1000)] == [0, 4, 6, 14, 16, 16]
    still = overfit(np.zeros((40, 3)))
    assert still is not None
    assert still.inside == 0.0
