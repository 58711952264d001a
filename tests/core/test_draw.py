"""Chance without state: fixed values, independent streams, the right distributions."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import draw

COUNT = 20_000


def test_draws_are_the_same_on_every_machine() -> None:
    assert draw.draw(0, "", 0) == 0xD471B6C78574124C
    assert draw.draw(1, "a", 0) == 0xD815EE028EFCF70F
    assert draw.draw(1, "a", 1) == 0x541A65039626C7DC
    assert draw.draw(-1, "latency/main", 7) == 0xECFDA7E1D5D1F127
    assert draw.uniform(1, "a", 0).hex() == "0x1.b02bdc051df9ep-1"
    assert draw.normal(1, "a", 0).hex() == "0x1.02ea53178e52fp+0"
    assert draw.normal(1, "a", 123456789).hex() == "-0x1.8374a1a1ffdbap-1"
    assert draw.quantile(1e-12).hex() == "-0x1.c234fba57a32ap+2"


@given(st.integers(), st.text(), st.integers())
def test_any_seed_label_and_counter_give_64_bits(seed: int, label: str, n: int) -> None:
    assert 0 <= draw.draw(seed, label, n) < 2**64
    assert 0.0 <= draw.uniform(seed, label, n) < 1.0
    assert abs(draw.normal(seed, label, n)) < 8.4


def test_counter_and_seed_count_modulo_two_to_the_64() -> None:
    assert draw.draw(3, "x", 5) == draw.draw(3 + 2**64, "x", 5 - 2**64)


def test_no_two_draws_of_a_stream_are_equal() -> None:
    assert len({draw.draw(1, "a", n) for n in range(COUNT)}) == COUNT


@pytest.mark.parametrize(("seed", "label"), [(1, "a"), (2, "a"), (1, "b"), (1, "ab"), (0, "")])
def test_uniform_fills_its_interval_evenly(seed: int, label: str) -> None:
    bins = [0] * 100
    for n in range(COUNT):
        bins[int(draw.uniform(seed, label, n) * 100)] += 1
    expected = COUNT / 100
    chi_square = sum((count - expected) ** 2 / expected for count in bins)
    # 99 degrees of freedom: five standard deviations on either side.
    assert abs(chi_square - 99) < 5 * math.sqrt(2 * 99)


@pytest.mark.parametrize("bit", range(0, 64, 7))
def test_every_bit_is_set_in_half_of_the_draws(bit: int) -> None:
    share = sum(draw.draw(9, "bits", n) >> bit & 1 for n in range(COUNT)) / COUNT
    assert share == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(COUNT))


@pytest.mark.parametrize("other", [(8, "x", 0), (7, "y", 0), (7, "x", 1)])
def test_neighbouring_streams_are_unrelated(other: tuple[int, str, int]) -> None:
    seed, label, shift = other
    product = sum(draw.normal(7, "x", n) * draw.normal(seed, label, n + shift) for n in range(COUNT))
    assert abs(product / COUNT) < 5 / math.sqrt(COUNT)


def test_normal_has_the_moments_of_a_normal() -> None:
    values = [draw.normal(4, "z", n) for n in range(COUNT)]
    mean = sum(values) / COUNT
    assert mean == pytest.approx(0.0, abs=5 / math.sqrt(COUNT))
    assert sum(v**2 for v in values) / COUNT == pytest.approx(1.0, abs=5 * math.sqrt(2 / COUNT))
    assert sum(v**3 for v in values) / COUNT == pytest.approx(0.0, abs=5 * math.sqrt(15 / COUNT))
    assert sum(v**4 for v in values) / COUNT == pytest.approx(3.0, abs=5 * math.sqrt(96 / COUNT))


@given(st.floats(1e-300, 1.0 - 1e-15))
def test_quantile_agrees_with_the_library(p: float) -> None:
    assert draw.quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=1e-12, abs=1e-14)


def test_quantile_of_the_extremes() -> None:
    assert draw.quantile(0.5) == 0.0
    assert draw.quantile(0.0) == -math.inf
    assert draw.quantile(1.0) == math.inf
    assert math.isnan(draw.quantile(-0.1))
    assert math.isnan(draw.quantile(1.1))
    assert math.isnan(draw.quantile(math.nan))
