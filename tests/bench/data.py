"""The bars that every benchmark runs on: invented from fixed seeds, the same on every machine.

W1, W2 and W4 run on minute bars of one instrument, W3 on those of a hundred. They are those of the peer benchmark,
which keeps them as `one_1000000.npz` and `many.npz` in the folder that BENCH_DATA names; without it they are made here.
"""

import functools
import os
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, Any]
"""Arrays `o`, `h`, `l`, `c` (quote currency) and `v` (units)."""
MILLION, DRAWN = 1_000_000, 10_000_000
"""Bars that the seed of the one instrument draws for; the first of them are used."""
SIGMA, PULL, TICK = 0.006, 6e-4, 0.01


def one(bars: int = 1_000_000) -> Columns:
    """Return the first `bars` minute bars of one instrument, at most ten million."""
    return {key: column[:bars] for key, column in (_one() if bars <= MILLION else _drawn(DRAWN)).items()}


@functools.cache
def _one() -> Columns:
    stored = _stored("one_1000000.npz")
    return _drawn(MILLION) if stored is None else stored


@functools.cache
def _drawn(bars: int) -> Columns:
    return _walk(np.random.default_rng(20240501), bars, DRAWN, 100.0)


@functools.cache
def many() -> Columns:
    """Return 10,000 minute bars of each of a hundred instruments, one row each."""
    stored = _stored("many.npz")
    if stored is not None:
        return stored
    each = [_walk(np.random.default_rng(1000 + n), 10_000, 10_000, 50.0 + 2.0 * n) for n in range(100)]
    return {key: np.stack([columns[key] for columns in each]) for key in "ohlcv"}


def _stored(name: str) -> Columns | None:
    path = Path(os.environ.get("BENCH_DATA", "")) / name
    return dict(np.load(path)) if "BENCH_DATA" in os.environ and path.is_file() else None


def _walk(rng: np.random.Generator, bars: int, drawn: int, base: float) -> Columns:
    """Return the first `bars` of `drawn` bars whose logarithm is pulled back to that of `base`."""
    noise = (rng.standard_normal(drawn) * SIGMA)[:bars]
    logs, x = np.empty(bars), 0.0
    for n, step in enumerate(noise.tolist()):
        x += step - PULL * x
        logs[n] = x
    close = base * np.exp(logs)
    before = np.concatenate(([base], close[:-1]))
    open_ = before * np.exp(rng.standard_normal(drawn)[:bars] * SIGMA * 0.1)
    high = np.maximum(open_, close) * np.exp(np.abs(rng.standard_normal(drawn)[:bars]) * SIGMA * 0.5)
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.standard_normal(drawn)[:bars]) * SIGMA * 0.5)
    o, h, low, c = (np.round(np.round(column / TICK) * TICK, 2) for column in (open_, high, low, close))
    volume = np.round(rng.gamma(2.0, 500.0, bars) + 1_000.0, 0)
    return {"o": o, "h": np.maximum(h, np.maximum(o, c)), "l": np.minimum(low, np.minimum(o, c)), "c": c, "v": volume}
