"""Integer arithmetic of the kernels against Python's own unbounded integers."""

import math
from decimal import Decimal
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from openbell.core.types import Rounding, div, float_ticks, round_ratio
from openbell.parts.kernels import arith
from tests.parts.kernels.build import begin, opened

begin()
LARGE = (1 << 62) - 1
RATIO, SHARE, TICKS = opened(arith.ratio), opened(arith.share), opened(arith.ticks)
IS_GREATER = opened(arith.is_greater_product)
whole = (
    st.integers(-LARGE, LARGE) | st.integers(-3, 3) | st.sampled_from([LARGE, -LARGE, 1 << 31, (1 << 31) - 1, 1 << 61])
)
positive = whole.map(abs).filter(bool)


@given(num=whole, den=positive, rounding=st.sampled_from(list(Rounding)))
@example(num=5, den=2, rounding=Rounding.HALF_EVEN)
@example(num=-5, den=2, rounding=Rounding.HALF_EVEN)
@example(num=-7, den=2, rounding=Rounding.HALF_EVEN)
def test_ratio_rounds_as_the_core(num, den, rounding):
    if 2 * den > LARGE:
        den = den // 4 + 1
    assert RATIO(num, den, int(rounding)) == round_ratio(num, den, rounding)


@given(amount=whole, total=st.integers(1, (1 << 31) - 1), part=st.integers(1, (1 << 31) - 1))
@example(amount=LARGE, total=(1 << 31) - 1, part=(1 << 31) - 1)
@example(amount=-3, total=2, part=1)
@example(amount=-5, total=2, part=1)
def test_share_is_the_cores_half_even_division(amount, total, part):
    part = min(part, total)
    e8 = Decimal("0.00000001")
    assert SHARE(amount, part, total) * e8 == div(amount * e8 * part, Decimal(total), e8)


@given(a=whole, b=whole, c=whole, d=whole)
@example(a=LARGE, b=LARGE, c=LARGE, d=LARGE - 1)
@example(a=-LARGE, b=LARGE, c=-LARGE, d=LARGE - 1)
@example(a=1 << 31, b=1 << 31, c=1 << 32, d=1 << 30)
@example(a=0, b=5, c=-1, d=1)
def test_products_are_compared_in_full(a, b, c, d):
    assert IS_GREATER(a, b, c, d) == (a * b > c * d)
    assert not IS_GREATER(a, b, a, b)


@given(
    x=st.floats(0.00001, 1e6) | st.integers(1, 10**8).map(lambda n: n / 10_000),
    steps=st.sampled_from([1, 4, 100, 10_000, 100_000_000]),
    rounding=st.sampled_from(list(Rounding)),
)
@example(x=0.125, steps=4, rounding=Rounding.HALF_EVEN)
@example(x=100.07, steps=100, rounding=Rounding.CEIL)
def test_prices_become_ticks_as_in_the_core(x, steps, rounding):
    assert TICKS(x, steps, int(rounding)) == float_ticks(x, steps, rounding)


def test_a_price_a_hair_off_its_tick_is_on_it():
    assert TICKS(math.nextafter(100.07, 200.0), 100, int(Rounding.CEIL)) == 10007
    assert TICKS(math.nextafter(100.07, 0.0), 100, int(Rounding.FLOOR)) == 10007


def test_this_compiler_rounds_a_product_before_it_adds():
    assert arith.is_exact()


def test_the_probe_would_show_a_fused_product():
    a, c = 1.0 + 2.0**-30, -(1.0 + 2.0**-29)
    assert a * a + c == 0.0
    assert Fraction(a) ** 2 + Fraction(c) == Fraction(1, 2**60)


PART = opened(arith.part_of)


@given(amount=st.integers(0, LARGE), num=positive, den=positive)
@example(amount=LARGE, num=LARGE - 1, den=LARGE)
def test_a_part_is_rounded_down(amount, num, den):
    num, den = min(num, den), max(num, den)
    assert PART(amount, num, den) == amount * num // den
