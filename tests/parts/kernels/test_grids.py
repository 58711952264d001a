"""Grids in compiled code: the same places and the same values as in the arrays that they are made of."""

import numpy as np
import pytest
from numba import float64, int64, types

from openbell.parts.kernels.compiling import kernel
from openbell.parts.kernels.grids import FLOAT_GRID, GRID, Grid
from openbell.parts.kernels.inner import IS_PLAIN
from tests.parts.kernels.build import begin, opened

begin()


@kernel
def move(g, f, column):
    """Write what it has read, at constant places and at others."""
    g[2, column] = g[1, column] + g[0, 0]
    f[1, column] = f[0, column + 1]
    g[3, column] = f[0, 0]
    return g[3, column - 1]


def test_every_place_is_that_of_the_array():
    g = np.asfortranarray(np.arange(20, dtype=np.int64).reshape(4, 5))
    f = np.asfortranarray(np.arange(10, dtype=np.float64).reshape(2, 5) + 0.5)
    before_g, before_f = g.copy(), f.copy()
    said = opened(move)(g, f, 3)
    want_g, want_f = before_g.copy(), before_f.copy()
    want_g[2, 3], want_g[3, 3], want_f[1, 3] = before_g[1, 3] + before_g[0, 0], 0, before_f[0, 4]
    assert said == before_g[3, 2]
    assert g.tolist() == want_g.tolist()
    assert f.tolist() == want_f.tolist()


def test_a_grid_is_no_array_of_anybody_else():
    assert Grid(int64) == GRID != FLOAT_GRID
    assert types.Array(int64, 2, "F") != GRID
    assert types.Array(float64, 2, "F") != FLOAT_GRID


@pytest.mark.skipif(IS_PLAIN, reason="nothing is compiled")
def test_a_grid_is_handed_on_as_two_numbers():
    g = np.zeros((4, 5), np.int64, order="F")
    opened(move)(g, np.zeros((2, 6), np.float64, order="F"), 1)
    (made,) = move.overloads.values()
    text = made.library.get_llvm_str()
    (head,) = [line for line in text.splitlines() if line.startswith("define") and "move" in line]
    assert head.count("%arg.g.") == 2
