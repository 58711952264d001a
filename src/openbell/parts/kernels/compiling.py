"""Compiles kernels, and plain functions of parts as they stand.

`step` and `check` are written once, in Python, and run here as machine code.
"""

import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from numba import njit
from numba.core import event
from numba.core.types import IntEnumMember
from numba.extending import overload

from openbell.parts.kernels.inner import InnerCompiler, KernelCompiler

F = TypeVar("F", bound=Callable[..., Any])
UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Arrays are borrowed from the caller, and none is made: counting who refers to them would take half of the time."""
UNSEEN: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **UNCOUNTED}
ALONE: dict[str, Any] = {"error_model": "numpy", **UNSEEN}
INNER: dict[str, Any] = {"pipeline_class": KernelCompiler, **ALONE}
CHECKED: dict[str, Any] = {"pipeline_class": InnerCompiler, "boundscheck": True, **UNSEEN}


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


def entry(function: F) -> F:
    """Return a function that Python may call compiled, with all it calls, and kept on disk."""
    return cast("F", njit(cache=True, error_model="numpy", **UNCOUNTED)(function))


def is_kept(maker: Any, signature: Any) -> bool:
    """Return True if a function has been compiled for a signature, in this process or on disk."""
    if signature.args in maker.overloads:
        return True
    cache = maker._cache  # noqa: SLF001 - numba only says so by loading it
    key = cache._index_key(signature, maker.targetctx.codegen())  # noqa: SLF001 - the same
    return key in cache._cache_file._load_index()  # noqa: SLF001 - the same


KERNELS, SHARED = 200, 120
"""About how many functions are compiled the first time, alone and by each of two processes."""


class _Count(event.Listener):
    """Counts what has been compiled. Numba announces nothing that it loads from disk."""

    def __init__(self, tell: Callable[[int], object]) -> None:
        self._tell, self._done = tell, 0

    def on_start(self, begun: Any) -> None:
        """Nothing is done yet."""

    def on_end(self, ended: Any) -> None:
        self._done += 1
        self._tell(self._done)


@contextmanager
def told(tell: Callable[[int], object]) -> Iterator[None]:
    """Call `tell` each time that one more function has been compiled, with how many."""
    with event.install_listener("numba:compile", _Count(tell)):
        yield


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
