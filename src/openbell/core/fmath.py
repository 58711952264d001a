"""exp and log in plain arithmetic: the same bits on every machine, also compiled.

The library functions differ in their last bit between platforms, and so would decisions. Only `+ - * /`,
comparisons, `math.floor` and `math.sqrt` are used, all of which IEEE 754 fixes exactly. The polynomials are the
classic minimax ones of FreeBSD's msun; the error stays below one unit in the last place of normal results. The
functions call nothing else, so that they compile unchanged under Numba.
"""

import math

LN2_HI = 6.93147180369123816490e-01
LN2_LO = 1.90821492927058770002e-10
_INV_LN2 = 1.44269504088896338700e00
_EXP_TOP = 7.09782712893383973096e02
"""exp of anything above it passes the largest float."""
_EXP_BOTTOM = -7.45133219101941108420e02
"""exp of anything below it is nearer to 0 than to the smallest float."""
ROOT_2 = 1.4142135623730951
_TWO_512 = 1.3407807929942597e154
"""Two to the power 512; its repeated square roots are the smaller powers, exactly."""
_SMALLEST_NORMAL = 2.2250738585072014e-308
_TWO_54 = 18014398509481984.0


def exp(x: float) -> float:
    """Return e to the power `x`. Pure, error below one unit in the last place.

    NaN gives NaN; what is too large gives inf, what is too small 0.
    """
    if x != x:
        return x
    if x > _EXP_TOP:
        return math.inf
    if x < _EXP_BOTTOM:
        return 0.0
    k = math.floor(x * _INV_LN2 + 0.5)
    high = x - k * LN2_HI
    low = k * LN2_LO
    r = high - low
    t = r * r
    p = 6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
    c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * p))
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    base = 2.0
    left = k
    if k < 0:
        base = 0.5
        left = -k
    # Times 2**k, the largest power last, so that a result below the normal range is rounded only once.
    for _ in range(9):
        if left & 1:
            y = y * base
        left = left >> 1
        base = base * base
    while left > 0:
        y = y * base
        left = left - 1
    return y


def log(x: float) -> float:
    """Return the natural logarithm of `x`. Pure, error below one unit in the last place.

    NaN and negative numbers give NaN, 0 gives -inf, inf gives inf.
    """
    if x != x or x < 0.0:
        return math.nan
    if x == 0.0:
        return -math.inf
    if x == math.inf:
        return x
    e = 0
    m = x
    if m < _SMALLEST_NORMAL:
        m = m * _TWO_54
        e = -54
    step = 512
    power = _TWO_512
    while step > 0:
        if m >= power:
            m = m / power
            e = e + step
        elif m * power < 2.0:
            m = m * power
            e = e - step
        step = step >> 1
        power = math.sqrt(power)
    if m > ROOT_2:
        m = m * 0.5
        e = e + 1
    # log(x) = log(1 + f) + e log(2), 1 + f between the square roots of 1/2 and 2.
    f = m - 1.0
    half = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = 1.818357216161805012e-01 + w * 1.479819860510658591e-01
    odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * odd))
    return e * LN2_HI - ((half - (s * (half + (even + odd)) + e * LN2_LO)) - f)
