"""Functions of the kernels that are compiled by themselves and called by their addresses.

Compiled code takes in what it calls, with all that this calls in turn, and the compiler works on the whole of it once
more. So what is large and called from several places stands apart: it is compiled once, and whoever calls it finds its
address in the grid. What only some runs need is compiled for the first of them that does.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, cast

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


class Far(NamedTuple):
    """A function that is compiled by itself.

    Attributes:
        function: As it is written. kinds: Types of its arguments, as the compiler calls them.
        when: The row whose first number is not 0 in a run that needs it; -1 where every run does.
    """

    function: Callable[..., int]
    kinds: tuple[Any, ...]
    when: int

    @property
    def signature(self) -> Any:
        """The one signature it is compiled for."""
        return int64(*self.kinds)


class Apart:
    """The functions that are compiled by themselves, in the order of their numbers.

    Attributes:
        functions: All of them.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.functions: list[Far] = []

    def __call__(self, *kinds: Any, when: int = -1) -> Callable[[Callable[..., int]], Any]:
        """Return a decorator for a function that takes the grid first and returns an int.

        Where a run does not need it nothing may call it: its address is 0 there.

        Args:
            kinds: Types of its arguments, as the compiler calls them.
            when: The row whose first number is not 0 in a run that needs it.
        """

        def keep(function: Callable[..., int]) -> Any:
            number = FAR + len(self.functions)
            self.functions.append(Far(function, kinds, when))

            def call(g: Ints, *told: Any) -> int:
                return _far(g[number, 0], (g, *told))  # type: ignore[no-any-return]  # it is an int

            return function if IS_PLAIN else njit(**INNER, forceinline=True)(call)

        return keep


APART = Apart()
"""Those of this package."""


@functools.cache
def maker(number: int) -> Any:
    """Return who compiles a function that stands apart, or loads it from disk."""
    return njit(cache=True, **ALONE)(APART.functions[number].function)


@functools.cache
def address(number: int) -> int:
    """Return where a function that stands apart is, compiled or from disk.

    It is 0 where nothing is compiled.
    """
    if IS_PLAIN:
        return 0
    made = maker(number)
    made.compile(APART.functions[number].signature)
    code = made.overloads[APART.functions[number].kinds]
    return int(code.library.get_pointer_to_function(code.fndesc.llvm_func_name))


def needed(g: Ints) -> list[int]:
    """Return the numbers of the functions that a run needs."""
    return [number for number, one in enumerate(APART.functions) if one.when < 0 or g[one.when, 0] != 0]


def place(g: Ints) -> None:
    """Write into the grid of a run where the functions are that it needs."""
    for number in needed(g):
        g[FAR + number, 0] = address(number)
