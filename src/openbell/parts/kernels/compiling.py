"""Compiles kernels, and plain functions of parts as they stand.

`step` and `check` are written once, in Python, and run here as machine code.
"""

import types
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

import numba
from numba import float64, int64, njit
from numba.core.types import IntEnumMember
from numba.core.types import NamedTuple as NamedTupleType
from numba.extending import overload

F = TypeVar("F", bound=Callable[..., Any])
UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Arrays are borrowed from the caller, and none is made: counting who refers to them would take half of the time."""
UNSEEN: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **UNCOUNTED}
INNER: dict[str, Any] = {"error_model": "numpy", **UNSEEN}
CHECKED: dict[str, Any] = {"boundscheck": True, **UNSEEN}


def kernel(function: F) -> F:
    """Return a function of the kernels, compiled into those that call it.

    It has no way in from Python (half of the time it takes to compile a short function): only other compiled code
    may call it. Kernels divide by numbers that are above zero by construction, so division is not checked again.
    """
    return cast("F", njit(**INNER)(function))


def hot(function: F) -> F:
    """Return a kernel that is copied into those that call it.

    A call with three arrays costs more than a short body.
    """
    return cast("F", njit(**INNER, forceinline=True)(function))


def entry(function: F, signature: Any = None) -> F:
    """Return a function that Python may call compiled, with all it calls, and kept on disk.

    Args:
        function: The function.
        signature: Compile for this one at once; None when first called.
    """
    return cast("F", njit(signature, cache=True, error_model="numpy", **UNCOUNTED)(function))


class StateView(NamedTuple):
    """A strategy's state as `step` sees it compiled: views of the same flat arrays."""

    d: Any
    q: Any


class RowView(NamedTuple):
    """A bar and its session as `step` sees them compiled."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    ts: int
    open_ts: int
    session_open: int
    session_close: int


@overload(int)
def _number_of_code(code: Any) -> Any:
    """Let compiled rules write `int(Code.X)` as plain ones do."""

    def number(code: Any) -> Any:
        return code.value

    return number if isinstance(code, IntEnumMember) else None


_FLOATS = numba.types.Array(float64, 1, "C")
_INTS = numba.types.Array(int64, 1, "C")
STATE_TYPE = NamedTupleType((_FLOATS, _INTS), StateView)  # type: ignore[no-untyped-call]  # numba's own
ROW_TYPE = NamedTupleType((float64,) * 5 + (int64,) * 4, RowView)  # type: ignore[no-untyped-call]  # numba's own


def compiled(function: F, instead: Mapping[Any, Any] = MappingProxyType({})) -> F:
    """Return a plain function of parts as a kernel, with every plain function it calls.

    Args:
        function: The function.
        instead: Kernels that stand in for plain functions it calls, because they do the same in 64 bits.
    """
    return kernel(cast("F", _bound(function, INNER, instead)))


def checked(step: F) -> F:
    """Return a strategy's `step` as a kernel that raises where Python would."""
    return cast("F", njit(**CHECKED, forceinline=True)(_bound(step, CHECKED)))


def is_of_one_file(function: Callable[..., Any]) -> bool:
    """Return True if what is compiled of `function` may be kept on disk.

    Numba sees a change of the function's own file, and ours lie in a folder of our code's hash; nobody would notice
    a change of anything else.
    """
    home = function.__module__
    return all(module == home or module.startswith("openbell.") for module in _modules(function))


def _called(function: Callable[..., Any]) -> dict[str, types.FunctionType]:
    found = ((name, function.__globals__.get(name)) for name in function.__code__.co_names)
    return {name: value for name, value in found if isinstance(value, types.FunctionType)}


def _modules(function: Callable[..., Any]) -> list[str]:
    return [function.__module__, *(m for value in _called(function).values() for m in _modules(value))]


def _bound(
    function: Callable[..., Any], options: dict[str, Any], instead: Mapping[Any, Any] = MappingProxyType({})
) -> types.FunctionType:
    """Return a copy of a function in whose world the functions it calls are compiled ones."""
    names = {
        name: instead.get(value) or njit(**options)(_bound(value, options, instead))
        for name, value in _called(function).items()
    }
    made = types.FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)
    made.__qualname__ = function.__qualname__
    made.__module__ = function.__module__
    return made
