"""The way in: the loop compiled once, for one signature, whatever the strategies are."""

from collections.abc import Callable
from typing import Any

import numba
from numba import int64, njit

from openbell.parts.kernels.layout import State
from openbell.parts.kernels.loop import STEPS_TYPE, run


def run_loop(state: State, steps: tuple[Callable[..., Any], ...]) -> int:
    """Run the compiled loop over a run laid out in arrays.

    Args:
        state: Changed in place. steps: Compiled `step` functions, padded to the loop's fixed number.

    Returns:
        0, or the number of the reason why the plain engine has to do it.
    """
    signature = int64(numba.typeof(state), STEPS_TYPE)
    return int(njit(signature, cache=True)(run)(state, steps))
