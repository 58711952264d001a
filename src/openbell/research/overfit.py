"""The probability of backtest overfitting, by combinatorially symmetric cross-validation.

Source: Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting" (2017). Days are cut into an
even number of blocks. Every half of the blocks is once the sample in which the best configuration is chosen, and the
other half tells where it then stands among all others. The probability is the share of choices that end in the lower
half.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_BLOCKS = 16
"""As the authors take; 12,870 ways to choose half of them."""
FEWEST_BLOCKS = 4
DAYS_A_BLOCK = 2
"""Fewest days of a block: a deviation needs two."""
_AT_ONCE = 512
"""Choices computed together, so that memory stays flat."""


class Overfit(NamedTuple):
    """What the choices came to.

    Attributes:
        probability: That the best in the sample ends in the lower half outside of it.
        loss: That it loses money there.
        choices: How many were made. blocks: Of days.
        inside, outside: Median ratio (mean over deviation, a day) of the chosen ones in the sample and outside.
        ranks: Where the chosen one stood outside, between 0 (last) and 1 (first), one for each choice.
    """

    probability: float
    loss: float
    choices: int
    blocks: int
    inside: float
    outside: float
    ranks: Floats


def blocks_of(days: int, most: int = MOST_BLOCKS) -> int:
    """Return into how many blocks so many days are cut: an even number, 0 for too few days."""
    blocks = min(most, days // DAYS_A_BLOCK)
    blocks -= blocks % 2
    return blocks if blocks >= FEWEST_BLOCKS else 0


def overfit(returns: Floats, most: int = MOST_BLOCKS) -> Overfit | None:
    """Return how often the best configuration was best by luck.

    Args:
        returns: A row for each day, a column for each configuration.
        most: Blocks, at most.

    Returns:
        None for fewer than two configurations, or too few days.
    """
    days, count = returns.shape
    blocks = blocks_of(days, most)
    if count < 2 or not blocks:
        return None
    pieces = np.array_split(returns, blocks)
    sizes = np.array([len(piece) for piece in pieces], dtype=np.float64)
    sums = np.array([piece.sum(axis=0) for piece in pieces])
    squares = np.array([np.square(piece).sum(axis=0) for piece in pieces])
    chosen = np.array(list(combinations(range(blocks), blocks // 2)))
    ranks, insides, outsides, losses = [], [], [], 0
    for begin in range(0, len(chosen), _AT_ONCE):
        taken = np.zeros((len(chosen[begin : begin + _AT_ONCE]), blocks))
        np.put_along_axis(taken, chosen[begin : begin + _AT_ONCE], 1.0, axis=1)
        inside = _ratios(taken, sizes, sums, squares)
        outside = _ratios(1.0 - taken, sizes, sums, squares)
        best = np.argmax(inside, axis=1)
        rows = np.arange(len(best))
        own = outside[rows, best][:, None]
        # Equals share their places; the best of n stands at n / (n + 1), so that no rank is 0 or 1.
        place = (outside < own).sum(axis=1) + ((outside == own).sum(axis=1) + 1.0) / 2.0
        ranks.append(place / (count + 1.0))
        insides.append(inside[rows, best])
        outsides.append(own[:, 0])
        losses += int((((1.0 - taken) @ sums)[rows, best] < 0.0).sum())
    every = np.concatenate(ranks)
    return Overfit(
        probability=float((every <= 0.5).mean()),
        loss=losses / len(chosen),
        choices=len(chosen),
        blocks=blocks,
        inside=float(np.median(np.concatenate(insides))),
        outside=float(np.median(np.concatenate(outsides))),
        ranks=every,
    )


def _ratios(taken: Floats, sizes: Floats, sums: Floats, squares: Floats) -> Floats:
    """Return mean over sample deviation of each configuration over the blocks taken; 0 without spread."""
    count = (taken @ sizes)[:, None]
    mean = (taken @ sums) / count
    spread = np.maximum((taken @ squares) / count - np.square(mean), 0.0) * count / (count - 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(spread > 1e-24, mean / np.sqrt(spread), 0.0)
    return found
