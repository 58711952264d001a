"""Whole arrays of draws are bit for bit those of the core."""

import numpy as np
import pytest

from openbell.core import draw
from openbell.edges.feeds import chance
from openbell.edges.feeds.chance import draws, normals, uniforms

COUNTERS = np.array([0, 1, 2, 2**62, -1, 1_704_205_800_000_000_000, *range(1000, 24_000)], dtype=np.int64)


@pytest.mark.parametrize(("seed", "label"), [(1, "a"), (-5, ""), (2**70, "synthetic/SPY/0")])
def test_arrays_equal_the_scalar_functions(seed: int, label: str) -> None:
    counters = COUNTERS.tolist()
    assert draws(seed, label, COUNTERS).tolist() == [draw.draw(seed, label, n) for n in counters]
    assert uniforms(seed, label, COUNTERS).tolist() == [draw.uniform(seed, label, n) for n in counters]
    assert normals(seed, label, COUNTERS).tolist() == [draw.normal(seed, label, n) for n in counters]


def test_the_farthest_tails_equal_the_scalar_function() -> None:
    low = [2.0**-n * share for n in range(3, 53) for share in (0.5, 0.70710678118654746, 0.70710678118654757, 0.9, 1.0)]
    p = [*low, *(1.0 - x for x in low), 0.0749999999, 0.075, 0.925, 0.9250000001]
    p = [x for x in p if 0.0 < x < 1.0 and abs(x - 0.5) > draw.CENTRE]
    assert chance._tails(np.array(p)).tolist() == [draw.quantile(x) for x in p]
    assert max(map(abs, p)) > 1 - 1e-15


def test_shape_is_kept() -> None:
    assert normals(1, "a", np.zeros((2, 3), dtype=np.int64)).shape == (2, 3)
    assert len(draws(1, "a", np.zeros(0, dtype=np.int64))) == 0
