"""The way in: the loop compiled once, for one signature, whatever the strategies are."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numba
from numba import float64, int64

from openbell.parts.kernels.apart import LOG, place
from openbell.parts.kernels.calls import placed
from openbell.parts.kernels.compiling import entry
from openbell.parts.kernels.known import remembering
from openbell.parts.kernels.layout import Memory, State, Tape
from openbell.parts.kernels.loop import run

_GRID, _FLOAT_GRID = numba.types.Array(int64, 2, "F"), numba.types.Array(float64, 2, "F")
_INTS, _FLOATS = numba.types.Array(int64, 2, "C"), numba.types.Array(float64, 2, "C")
_TAPE = numba.types.NamedTuple((_INTS, _FLOATS, _INTS), Tape)  # type: ignore[no-untyped-call]  # numba has no types
_MEMORY = numba.types.NamedTuple((_FLOATS, _INTS, _FLOATS), Memory)  # type: ignore[no-untyped-call]  # the same
SIGNATURE = int64(_GRID, _FLOAT_GRID, LOG, _TAPE, _MEMORY, numba.types.Array(int64, 1, "C"))
"""The one signature of the loop."""


@functools.cache
def loop() -> Callable[..., int]:
    """Return the loop as machine code, from disk where it has been compiled before."""
    return entry(run, SIGNATURE)


def run_loop(state: State, steps: Sequence[Any]) -> int:
    """Run the compiled loop over a run laid out in arrays.

    Args:
        state: Changed in place.
        steps: Compiled `step` functions, in the order of the deployments.

    Returns:
        0, or the number of the reason why the plain engine has to do it.
    """
    with remembering():
        place(state.g)
        machine = loop()
    return int(machine(state.g, state.f, state.log, state.tape, state.memory, placed(steps)))
