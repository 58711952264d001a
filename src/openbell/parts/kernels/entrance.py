"""The way in: the loop compiled once, for one signature, whatever the strategies are."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, cast

import numba
from numba import float64, int64

from openbell.parts.kernels.apart import APART, LOG, address, maker, needed, place
from openbell.parts.kernels.calls import placed
from openbell.parts.kernels.compiling import entry, is_kept
from openbell.parts.kernels.inner import IS_PLAIN
from openbell.parts.kernels.known import remembering
from openbell.parts.kernels.layout import Ints, Memory, State, Tape
from openbell.parts.kernels.loop import run

_GRID, _FLOAT_GRID = numba.types.Array(int64, 2, "F"), numba.types.Array(float64, 2, "F")
_INTS, _FLOATS = numba.types.Array(int64, 2, "C"), numba.types.Array(float64, 2, "C")
_TAPE = numba.types.NamedTuple((_INTS, _FLOATS, _INTS), Tape)  # type: ignore[no-untyped-call]  # numba has no types
_MEMORY = numba.types.NamedTuple((_FLOATS, _INTS, _FLOATS), Memory)  # type: ignore[no-untyped-call]  # the same
SIGNATURE = int64(_GRID, _FLOAT_GRID, LOG, _TAPE, _MEMORY, numba.types.Array(int64, 1, "C"))
"""The one signature of the loop."""


LOOP = -1
"""The number of the loop itself among the functions that are compiled by themselves."""


@functools.cache
def _maker() -> Any:
    return entry(run)


@functools.cache
def loop() -> Callable[..., int]:
    """Return the loop as machine code, from disk where it has been compiled before."""
    made = _maker()
    if not IS_PLAIN:
        made.compile(SIGNATURE)
    return cast("Callable[..., int]", made)


def missing(g: Ints) -> list[int]:
    """Return the numbers of what a run needs and nobody has compiled yet.

    The loop, which takes longest, comes first.
    """
    if IS_PLAIN:
        return []
    wanted = [number for number in needed(g) if not is_kept(maker(number), APART.functions[number].signature)]
    return wanted if is_kept(_maker(), SIGNATURE) else [LOOP, *wanted]


def make(number: int) -> None:
    """Compile what has this number, or load it from disk.

    Inside of `remembering` it takes less long.
    """
    if number == LOOP:
        loop()
    else:
        address(number)


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
