"""Integer arithmetic of the kernels: the core's roundings on int64, without a Decimal."""

import math
from functools import cache

from openbell.parts.kernels.compiling import entry, hot, kernel
from openbell.parts.kernels.layout import fixed

FLOOR, CEIL, HALF_EVEN = map(fixed, range(3))
ON_GRID = 1e-6
DOUBT = 1e-12
"""How far apart, of their sum, two products of floats are that cannot be the other way round in whole numbers."""


@hot
def ratio(num: int, den: int, rounding: int) -> int:
    """Return `num / den` (den > 0) rounded as asked; the caller keeps both below 2^62."""
    whole = num // den
    rest = num - whole * den
    if rest == 0 or rounding == FLOOR:
        return whole
    if rounding == CEIL:
        return whole + 1
    twice = 2 * rest
    if twice > den or (twice == den and (whole & 1) != 0):
        return whole + 1
    return whole


@kernel
def share(amount: int, part: int, total: int) -> int:
    """Return `amount * part / total` half-even.

    Needs 0 < part <= total < 2^31; any amount whose magnitude fits int64 will do.
    """
    sign = 1 if amount >= 0 else -1
    size = amount * sign
    whole = size // total
    # Split so that no product passes 2^62: whole * part is at most the amount itself.
    low = (size - whole * total) * part
    quotient = whole * part + low // total
    twice = 2 * (low - (low // total) * total)
    # Half-even of a negative number is that of its magnitude.
    if twice > total or (twice == total and (quotient & 1) != 0):
        quotient += 1
    return quotient * sign


@hot
def ticks(x: float, steps: int, rounding: int) -> int:
    """Return the float price `x` in price quanta, as `core.types.float_ticks` does."""
    scaled = x * steps
    # Nearly every price lies on the grid, a hair above or below it: asking about both at once is foreseeable.
    nearest = math.floor(scaled + 0.5)
    if abs(scaled - nearest) <= ON_GRID:
        return nearest
    whole = math.floor(scaled)
    rest = scaled - whole
    if rounding == FLOOR:
        return whole
    if rounding == CEIL:
        return whole + 1
    if rest > 0.5 or (rest == 0.5 and (whole & 1) != 0):
        return whole + 1
    return whole


@hot
def is_greater_product(a: int, b: int, c: int, d: int) -> bool:
    """Return a * b > c * d for factors of either sign below 2^62.

    Floats tell products apart that differ by more than their error; only the others are compared in 128 bits.
    """
    left, right = float(a) * float(b), float(c) * float(d)
    doubt = (abs(left) + abs(right)) * DOUBT
    if abs(left - right) > doubt:
        return left > right
    return _is_greater_in_full(a, b, c, d)


@kernel
def _is_greater_in_full(a: int, b: int, c: int, d: int) -> bool:
    left = _sign(a) * _sign(b)
    right = _sign(c) * _sign(d)
    if left != right:
        return left > right
    left_high, left_low = _wide(abs(a), abs(b))
    right_high, right_low = _wide(abs(c), abs(d))
    if left < 0:
        return right_high > left_high or (right_high == left_high and right_low > left_low)
    return left_high > right_high or (left_high == right_high and left_low > right_low)


@kernel
def part_of(amount: int, num: int, den: int) -> int:
    """Return `amount * num / den` rounded down.

    `num` is at most `den`; all three are whole numbers below 2^62, and `den` is above zero.
    """
    whole = int(float(amount) * (float(num) / float(den)))
    while is_greater_product(whole, den, amount, num):
        whole -= 1
    while not is_greater_product(whole + 1, den, amount, num):
        whole += 1
    return whole


@kernel
def _sign(x: int) -> int:
    return 1 if x > 0 else (-1 if x < 0 else 0)


@kernel
def _wide(a: int, b: int) -> tuple[int, int]:
    """Return the product of two numbers below 2^62 as (high, low), low holding 62 bits."""
    mask = (1 << 31) - 1
    a1, a0 = a >> 31, a & mask
    b1, b0 = b >> 31, b & mask
    middle = a1 * b0
    other = a0 * b1
    low = a0 * b0 + ((middle & mask) << 31)
    carry = low >> 62
    low &= (1 << 62) - 1
    low += (other & mask) << 31
    carry += low >> 62
    low &= (1 << 62) - 1
    return a1 * b1 + (middle >> 31) + (other >> 31) + carry, low


@entry
def _probe(a: float, b: float, c: float) -> tuple[float, float, float]:
    return a * b + c, c + a * b, a * b - -c


@cache
def is_exact() -> bool:
    """Return True if this machine's compiler rounds a product before it adds, as Python does.

    (1 + 2^-30)^2 is 1 + 2^-29 + 2^-60; rounded on its own it loses the last term, fused with the sum it does not.
    """
    a, c = 1.0 + 2.0**-30, -(1.0 + 2.0**-29)
    return bool(_probe(a, a, c) == (a * a + c, c + a * a, a * a - -c))
