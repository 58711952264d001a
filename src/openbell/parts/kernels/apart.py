"""Functions of the kernels that are compiled by themselves and called by their addresses.

Compiled code takes in what it calls, with all that this calls in turn, and the compiler works on the whole of it once
more. So what is large and called from several places stands apart: it is compiled once, and whoever calls it finds its
address in the grid.
"""

import functools
from collections.abc import Callable
from typing import Any, cast

import numba
from numba import float64, int64, njit
from numba.core import cgutils as built
from numba.extending import intrinsic as built_in

from openbell.parts.kernels.compiling import ALONE, INNER
from openbell.parts.kernels.inner import IS_PLAIN
from openbell.parts.kernels.layout import FAR, Ints

cgutils, _intrinsic = cast("Any", built), cast("Any", built_in)
LOG = numba.types.Array(int64, 3, "C")
INTS_ROW, FLOATS_ROW = numba.types.Array(int64, 1, "C"), numba.types.Array(float64, 1, "C")


def intrinsic(function: Callable[..., Any]) -> Any:
    """Return a function of the compiler: it says what is generated in the place of a call."""
    return _intrinsic(function)


@intrinsic
def _far(typing: Any, address: Any, told: Any) -> Any:
    """Call the compiled function at an address; what it raises is raised here."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = tuple(signature.args[1].types)
        kind = context.call_conv.get_function_type(int64, kinds).as_pointer()
        function = builder.inttoptr(args[0], kind)
        values = cgutils.unpack_tuple(builder, args[1])
        status, said = context.call_conv.call_function(builder, function, int64, kinds, values)
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return said

    return int64(address, told), generate


class Apart:
    """The functions that are compiled by themselves, in the order of their numbers.

    Attributes:
        functions: Each with the types of its arguments.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.functions: list[tuple[Callable[..., int], tuple[Any, ...]]] = []

    def __call__(self, *kinds: Any) -> Callable[[Callable[..., int]], Any]:
        """Return a decorator for a function that takes the grid first and returns an int.

        Args:
            kinds: Types of its arguments, as the compiler calls them.
        """

        def keep(function: Callable[..., int]) -> Any:
            number = FAR + len(self.functions)
            self.functions.append((function, kinds))

            def call(g: Ints, *told: Any) -> int:
                return _far(g[number, 0], (g, *told))  # type: ignore[no-any-return]  # it is an int

            return function if IS_PLAIN else njit(**INNER, forceinline=True)(call)

        return keep


APART = Apart()
"""Those of this package."""


@functools.cache
def addresses() -> list[int]:
    """Return where the functions that stand apart are, compiled or from disk, by number."""
    if IS_PLAIN:
        return []
    made = [(njit(int64(*kinds), cache=True, **ALONE)(function), kinds) for function, kinds in APART.functions]
    found = [function.overloads[kinds] for function, kinds in made]
    return [one.library.get_pointer_to_function(one.fndesc.llvm_func_name) for one in found]
