"""Integer arithmetic of the kernels: the core's roundings on int64, without a Decimal in sight."""

import math

from numba import njit

FLOOR, CEIL, HALF_EVEN = 0, 1, 2
ON_GRID = 1e-6


@njit(cache=True)
def ratio(num: int, den: int, rounding: int) -> int:
    """Return `num / den` (den > 0) rounded as asked; the caller keeps both below 2^62."""
    whole = num // den
    rest = num - whole * den
    if rest == 0 or rounding == FLOOR:
        return whole
    if rounding == CEIL:
        return whole + 1
    twice = 2 * rest
    if twice > den or (twice == den and whole % 2 != 0):
        return whole + 1
    return whole


@njit(cache=True)
def share(amount: int, part: int, total: int) -> int:
    """Return `amount * part / total` half-even, for 0 < part <= total < 2^31 and any int64 amount."""
    sign = 1 if amount >= 0 else -1
    size = amount * sign
    whole = size // total
    rest = size - whole * total
    # Split so that no product passes 2^62: whole * part is at most the amount itself.
    low = rest * part
    quotient = whole * part + low // total
    remainder = low - (low // total) * total
    # Half-even of a negative number is that of its magnitude.
    twice = 2 * remainder
    if twice > total or (twice == total and quotient % 2 != 0):
        quotient += 1
    return quotient * sign


@njit(cache=True)
def ticks(x: float, steps: int, rounding: int) -> int:
    """Return the float price `x` in price quanta, as `core.types.float_ticks` does."""
    scaled = x * steps
    low = math.floor(scaled)
    rest = scaled - low
    whole = int(low)
    if rest <= ON_GRID:
        return whole
    if 1.0 - rest <= ON_GRID:
        return whole + 1
    if rounding == FLOOR:
        return whole
    if rounding == CEIL:
        return whole + 1
    if rest > 0.5 or (rest == 0.5 and whole % 2 != 0):
        return whole + 1
    return whole


@njit(cache=True)
def is_greater_product(a: int, b: int, c: int, d: int) -> bool:
    """Return a * b > c * d for factors of either sign below 2^62, in 128 bits."""
    left_sign = _sign(a) * _sign(b)
    right_sign = _sign(c) * _sign(d)
    if left_sign != right_sign:
        return left_sign > right_sign
    if left_sign == 0:
        return False
    left_high, left_low = _wide(abs(a), abs(b))
    right_high, right_low = _wide(abs(c), abs(d))
    bigger = left_high > right_high or (left_high == right_high and left_low > right_low)
    smaller = left_high < right_high or (left_high == right_high and left_low < right_low)
    return bigger if left_sign > 0 else smaller


@njit(cache=True)
def _sign(x: int) -> int:
    return 1 if x > 0 else (-1 if x < 0 else 0)


@njit(cache=True)
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
