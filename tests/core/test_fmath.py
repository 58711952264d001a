"""exp and log agree with the library's to the last bit or two, everywhere, and have fixed bits of their own."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import fmath


def ulps(got: float, wanted: float) -> float:
    return abs(got - wanted) / math.ulp(wanted)


@given(st.floats(-708.0, 709.7))
def test_exp_is_within_two_units_of_the_library(x: float) -> None:
    assert ulps(fmath.exp(x), math.exp(x)) <= 2


@given(st.floats(-745.0, -708.0))
def test_exp_below_the_normal_range_is_rounded_once(x: float) -> None:
    assert ulps(fmath.exp(x), math.exp(x)) <= 2


@given(st.floats(min_value=5e-324, allow_infinity=False))
def test_log_is_within_two_units_of_the_library(x: float) -> None:
    assert ulps(fmath.log(x), math.log(x)) <= 2


@given(st.floats(0.5, 2.0))
def test_log_keeps_its_accuracy_near_one(x: float) -> None:
    assert fmath.log(x) == pytest.approx(math.log(x), rel=1e-14, abs=0.0)


@given(st.floats(-700.0, 700.0))
def test_log_undoes_exp(x: float) -> None:
    assert fmath.log(fmath.exp(x)) == pytest.approx(x, rel=1e-14, abs=1e-14)


def test_exp_of_the_extremes() -> None:
    assert fmath.exp(0.0) == 1.0
    assert fmath.exp(math.inf) == math.inf
    assert fmath.exp(-math.inf) == 0.0
    assert fmath.exp(709.782712893384) < math.inf
    assert fmath.exp(709.79) == math.inf
    assert fmath.exp(-745.13) == 5e-324
    assert fmath.exp(-745.14) == 0.0
    assert math.isnan(fmath.exp(math.nan))


def test_log_of_the_extremes() -> None:
    assert fmath.log(1.0) == 0.0
    assert fmath.log(0.0) == -math.inf
    assert fmath.log(-0.0) == -math.inf
    assert fmath.log(math.inf) == math.inf
    assert math.isnan(fmath.log(-1.0))
    assert math.isnan(fmath.log(-math.inf))
    assert math.isnan(fmath.log(math.nan))


def test_log_of_every_power_of_two() -> None:
    for n in range(-1074, 1024):
        assert fmath.log(math.ldexp(1.0, n)) == pytest.approx(n * math.log(2.0), rel=1e-15, abs=0.0)


def test_bits_are_the_same_on_every_machine() -> None:
    assert fmath.exp(0.1).hex() == "0x1.1aec7b35a00d4p+0"
    assert fmath.exp(-700.5).hex() == "0x1.4ff475c68ca02p-1011"
    assert fmath.log(10.0).hex() == "0x1.26bb1bbb55516p+1"
    assert fmath.log(1e-310).hex() == "-0x1.64e69394d9508p+9"


def test_compiled_bits_equal_interpreted_ones() -> None:
    numba = pytest.importorskip("numba")
    exp, log = numba.njit(fmath.exp), numba.njit(fmath.log)
    for step in range(-3000, 3000):
        x = step * 0.2361
        assert exp(x) == fmath.exp(x)
        assert log(abs(x) * 1e-3 + 1e-300) == fmath.log(abs(x) * 1e-3 + 1e-300)
