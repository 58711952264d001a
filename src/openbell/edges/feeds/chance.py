"""The draws of `core/draw` for whole arrays of counters, bit for bit the same."""

import numpy as np
from numpy.typing import NDArray

from openbell.core import draw, fmath
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
    outside = np.abs(q) > draw.CENTRE
    values[outside] = _tails(p[outside])
    return values


def _tails(p: Floats) -> Floats:
    """Return `draw.quantile` of probabilities away from the centre."""
    is_low = p < 0.5
    r = np.sqrt(-_logs(np.where(is_low, p, 1.0 - p)))
    near = _polynomial(r - 1.6, draw.NEAR_TOP) / _polynomial(r - 1.6, draw.NEAR_BOTTOM)
    far = _polynomial(r - 5.0, draw.FAR_TOP) / _polynomial(r - 5.0, draw.FAR_BOTTOM)
    value = np.where(r <= 5.0, near, far)
    return np.where(is_low, -value, value)


def _logs(x: Floats) -> Floats:
    """Return `fmath.log` of numbers above 0: the same steps in the same order, so the same last bit."""
    part, power = np.frexp(x)
    m, e = 2.0 * part, power - 1.0
    is_high = m > fmath.ROOT_2
    f, e = np.where(is_high, 0.5 * m, m) - 1.0, e + is_high
    half = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = 1.818357216161805012e-01 + w * 1.479819860510658591e-01
    odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * odd))
    found: Floats = e * fmath.LN2_HI - ((half - (s * (half + (even + odd)) + e * fmath.LN2_LO)) - f)
    return found


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(draw.MIX_1)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(draw.MIX_2)
    return x ^ (x >> np.uint64(31))


def _polynomial(r: Floats, factors: tuple[float, ...]) -> Floats:
    value = np.full(r.shape, factors[0])
    for factor in factors[1:]:
        value = value * r + factor
    return value
