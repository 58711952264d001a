"""What might as well have happened: trades in another order, days in blocks. Pure.

Everything drawn depends on the seed alone. Equity is that of a start of 1: fractions in, fractions out.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Shares of paths that percentiles are told for."""
MOST_SHOWN = 200
"""Points of a path that are kept for a picture."""
_AT_ONCE = 4_000_000
"""Steps of paths computed together, so that memory stays flat."""


class Paths(NamedTuple):
    """What became of many paths.

    Attributes:
        final: What each ended with less what it began with. deepest: Its deepest fall from a peak, positive.
        lowest: Its lowest equity. fan: Equity at some steps (rows) by `LEVELS` (columns).
    """

    final: Floats
    deepest: Floats
    lowest: Floats
    fan: Floats

    def ruined(self, loss: float) -> float:
        """Return the share of paths that lost `loss` of the start, or more, at any time."""
        return float((self.lowest <= 1.0 - loss + 1e-12).mean())


def percentiles(values: Floats) -> dict[str, float]:
    """Return percentiles by their names: `p1` to `p99`, between neighbours on a line."""
    found = np.quantile(values, LEVELS)
    return {f"p{round(100 * level)}": float(value) for level, value in zip(LEVELS, found, strict=True)}


def shuffled(profits: Floats, paths: int, seed: int) -> Paths:
    """Return paths of the same trades, each once, in another order.

    Args:
        profits: Of trades, fractions of the start.
        paths: How many.
        seed: Of the draws.
    """
    chance = np.random.PCG64(seed)

    def order(count: int) -> Ints:
        raw = chance.random_raw(count * len(profits)).reshape(count, len(profits))
        return np.argsort(raw, axis=1, kind="stable")

    return _paths(profits, paths, order, is_compound=False)


def redrawn(profits: Floats, paths: int, seed: int) -> Paths:
    """Return paths of as many trades, each drawn from all of them; arguments as `shuffled`."""
    chance = np.random.PCG64(seed)
    return _paths(profits, paths, lambda count: _below(chance, len(profits), (count, len(profits))), is_compound=False)


def blocks(daily: Floats, length: int, paths: int, seed: int) -> Paths:
    """Return paths of as many days, drawn in blocks of days that follow each other.

    Blocks keep what is alike in days close in time; one that reaches past the last day goes on with the first.

    Args:
        daily: Returns of days, fractions, compounded.
        length: Of a block, days.
        paths: How many.
        seed: Of the draws.
    """
    chance = np.random.PCG64(seed)
    days, pieces = len(daily), -(-len(daily) // length)

    def order(count: int) -> Ints:
        starts = _below(chance, days, (count, pieces))
        places = (starts[:, :, None] + np.arange(length)) % days
        return places.reshape(count, pieces * length)[:, :days]

    return _paths(daily, paths, order, is_compound=True)


def _below(chance: np.random.PCG64, most: int, shape: tuple[int, int]) -> Ints:
    """Return whole numbers from 0 to below `most`; raw draws are the same in every version of numpy."""
    raw = chance.random_raw(shape[0] * shape[1]) >> np.uint64(32)
    return ((raw * np.uint64(most)) >> np.uint64(32)).astype(np.int64).reshape(shape)


def _paths(values: Floats, paths: int, order: Callable[[int], Ints], *, is_compound: bool) -> Paths:
    steps = len(values)
    shown = np.unique(np.linspace(0, steps, min(MOST_SHOWN, steps + 1)).astype(np.int64))
    final, deepest, lowest, kept = [], [], [], []
    for count in _pieces(paths, steps):
        drawn = values[order(count)]
        grown = np.cumprod(1.0 + drawn, axis=1) if is_compound else 1.0 + np.cumsum(drawn, axis=1)
        equity = np.concatenate([np.ones((count, 1)), grown], axis=1)
        peak = np.maximum.accumulate(equity, axis=1)
        final.append(equity[:, -1] - 1.0)
        deepest.append((1.0 - equity / peak).max(axis=1))
        lowest.append(equity.min(axis=1))
        kept.append(equity[:, shown])
    fan = np.quantile(np.concatenate(kept), LEVELS, axis=0).T
    return Paths(np.concatenate(final), np.concatenate(deepest), np.concatenate(lowest), fan)


def _pieces(paths: int, steps: int) -> Iterator[int]:
    most = max(1, _AT_ONCE // max(steps, 1))
    for begin in range(0, paths, most):
        yield min(most, paths - begin)
