"""The draws of `core/draw` for whole arrays of counters, bit for bit the same."""

import numpy as np
from numpy.typing import NDArray

from openbell.core import draw
from openbell.edges.feeds.table import Floats, Ints


def draws(seed: int, label: str, counters: Ints) -> NDArray[np.uint64]:
    """Return `draw.draw(seed, label, n)` for each n of `counters`, in the same shape. Pure."""
    first, second = draw.keys(seed, label)
    x = counters.astype(np.uint64) * np.uint64(draw.GOLDEN) + np.uint64(first)
    return _mix(_mix(x) ^ np.uint64(second))


def uniforms(seed: int, label: str, counters: Ints) -> Floats:
    """Return `draw.uniform(seed, label, n)` for each n of `counters`, in the same shape. Pure."""
    return (draws(seed, label, counters) >> np.uint64(11)).astype(np.float64) * draw.UNIT


def normals(seed: int, label: str, counters: Ints) -> Floats:
    """Return `draw.normal(seed, label, n)` for each n of `counters`, in the same shape. Pure."""
    p = ((draws(seed, label, counters) >> np.uint64(12)).astype(np.float64) + 0.5) * (2.0 * draw.UNIT)
    q = p - 0.5
    r = draw.CENTRE * draw.CENTRE - q * q
    values: Floats = q * (_polynomial(r, draw.CENTRE_TOP) / _polynomial(r, draw.CENTRE_BOTTOM))
    # The tails, a seventh of all draws, need a logarithm and go through the scalar function.
    outside = np.abs(q) > draw.CENTRE
    values[outside] = [draw.quantile(x) for x in p[outside].tolist()]
    return values


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(draw.MIX_1)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(draw.MIX_2)
    return x ^ (x >> np.uint64(31))


def _polynomial(r: Floats, factors: tuple[float, ...]) -> Floats:
    value = np.full(r.shape, factors[0])
    for factor in factors[1:]:
        value = value * r + factor
    return value
