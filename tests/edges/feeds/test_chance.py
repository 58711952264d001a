"""Whole arrays of draws are bit for bit those of the core."""

import numpy as np
import pytest

from openbell.core import draw
from openbell.edges.feeds.chance import draws, normals, uniforms

COUNTERS = np.array([0, 1, 2, 2**62, -1, 1_704_205_800_000_000_000, *range(1000, 4000)], dtype=np.int64)


@pytest.mark.parametrize(("seed", "label"), [(1, "a"), (-5, ""), (2**70, "synthetic/SPY/0")])
def test_arrays_equal_the_scalar_functions(seed: int, label: str) -> None:
    counters = COUNTERS.tolist()
    assert draws(seed, label, COUNTERS).tolist() == [draw.draw(seed, label, n) for n in counters]
    assert uniforms(seed, label, COUNTERS).tolist() == [draw.uniform(seed, label, n) for n in counters]
    assert normals(seed, label, COUNTERS).tolist() == [draw.normal(seed, label, n) for n in counters]


def test_shape_is_kept() -> None:
    assert normals(1, "a", np.zeros((2, 3), dtype=np.int64)).shape == (2, 3)
    assert len(draws(1, "a", np.zeros(0, dtype=np.int64))) == 0
