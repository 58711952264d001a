"""Counter-based chance: a pure function of (seed, label, n), without any state.

Two draws never disturb each other: a new label, or more draws under one label, leave all others as they were. It
is the only chance in core and parts; nothing here is fit for secrets.
"""

import math
from functools import lru_cache

from openbell.core import fmath

MASK = 0xFFFF_FFFF_FFFF_FFFF
"""Everything is computed modulo 2**64."""
GOLDEN = 0x9E37_79B9_7F4A_7C15
"""Step between counters: 2**64 divided by the golden ratio, odd."""
MIX_1 = 0xBF58_476D_1CE4_E5B9
MIX_2 = 0x94D0_49BB_1331_11EB
_FNV_START = 0xCBF2_9CE4_8422_2325
_FNV_PRIME = 0x0000_0100_0000_01B3
UNIT = 1.0 / 9007199254740992.0
"""2**-53: the spacing of `uniform`."""


def mix(x: int) -> int:
    """Return the 64-bit `x` well stirred: SplitMix64's finaliser, one to one. Pure."""
    x = ((x ^ (x >> 30)) * MIX_1) & MASK
    x = ((x ^ (x >> 27)) * MIX_2) & MASK
    return x ^ (x >> 31)


@lru_cache(maxsize=4096)
def keys(seed: int, label: str) -> tuple[int, int]:
    """Return the two 64-bit keys of a stream. Pure; `seed` counts modulo 2**64."""
    name = _FNV_START
    for byte in label.encode():
        name = ((name ^ byte) * _FNV_PRIME) & MASK
    first = mix(((seed & MASK) + mix(name)) & MASK)
    return first, mix((first ^ name) + GOLDEN & MASK)


def draw(seed: int, label: str, n: int) -> int:
    """Return the `n`-th 64-bit draw of the stream `label`, in [0, 2**64). Pure.

    Args:
        seed: Any integer, counted modulo 2**64.
        label: Names the stream, for example `latency/main`.
        n: Counter, counted modulo 2**64.
    """
    first, second = keys(seed, label)
    return mix(mix((n * GOLDEN + first) & MASK) ^ second)


def uniform(seed: int, label: str, n: int) -> float:
    """Return the `n`-th draw as a float in [0, 1), spaced 2**-53. Pure."""
    return (draw(seed, label, n) >> 11) * UNIT


def normal(seed: int, label: str, n: int) -> float:
    """Return the `n`-th draw as a standard normal number, within 8.4 of 0. Pure."""
    # Half a step off the grid keeps 0 and 1, whose quantiles are infinite, out of reach.
    return quantile(((draw(seed, label, n) >> 12) + 0.5) * (2.0 * UNIT))


def quantile(p: float) -> float:
    """Return the standard normal quantile of `p` in (0, 1). Pure.

    Wichura's AS 241, relative error about 1e-16. At 0 and 1 it gives -inf and inf, outside NaN.
    """
    if p != p or p < 0.0 or p > 1.0:
        return math.nan
    q = p - 0.5
    if -CENTRE <= q <= CENTRE:
        r = CENTRE * CENTRE - q * q
        return q * ratio(r, CENTRE_TOP, CENTRE_BOTTOM)
    tail = p if q < 0.0 else 1.0 - p
    if tail == 0.0:
        return math.inf if q > 0.0 else -math.inf
    r = math.sqrt(-fmath.log(tail))
    value = ratio(r - 1.6, NEAR_TOP, NEAR_BOTTOM) if r <= 5.0 else ratio(r - 5.0, FAR_TOP, FAR_BOTTOM)
    return -value if q < 0.0 else value


def ratio(r: float, top: tuple[float, ...], bottom: tuple[float, ...]) -> float:
    """Return the polynomial `top` of `r` over `bottom`, highest powers first. Pure."""
    above = top[0]
    for factor in top[1:]:
        above = above * r + factor
    below = bottom[0]
    for factor in bottom[1:]:
        below = below * r + factor
    return above / below


CENTRE = 0.425
"""Probabilities within this of one half need no logarithm."""
CENTRE_TOP = (
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
    1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
)  # fmt: skip
CENTRE_BOTTOM = (
    5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
    687.1870074920579083, 42.313330701600911252, 1.0,
)  # fmt: skip
NEAR_TOP = (
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
)  # fmt: skip
NEAR_BOTTOM = (
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0,
)  # fmt: skip
FAR_TOP = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
    0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
)  # fmt: skip
FAR_BOTTOM = (
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0,
)  # fmt: skip
