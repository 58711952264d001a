"""Compiles plain functions of parts: `step` and `check` are written once, in Python, and run here as machine code."""

import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numba
from numba import float64, int64, njit
from numba.core.types import FunctionType, NamedUniTuple
from numba.core.types import NamedTuple as NamedTupleType
from numba.core.types import Tuple as TupleType


class StateView(NamedTuple):
    """A strategy's state as `step` sees it compiled: views of the same flat arrays."""

    d: Any
    q: Any


class RowView(NamedTuple):
    """A bar as `step` sees it compiled."""

    open: float
    high: float
    low: float
    close: float
    volume: float


_FLOATS = numba.types.Array(float64, 1, "C")
_INTS = numba.types.Array(int64, 1, "C")
STATE_TYPE = NamedTupleType((_FLOATS, _INTS), StateView)
ROW_TYPE = NamedUniTuple(float64, 5, RowView)
STEP_SIGNATURE = TupleType((float64, int64))(STATE_TYPE, _FLOATS, ROW_TYPE)
"""The one signature of every compiled strategy: so one loop serves them all, and nothing compiles anew."""
STEP_TYPE = FunctionType(STEP_SIGNATURE)


def compiled(function: Callable[..., Any], signature: Any = None) -> Any:
    """Return `function` compiled, with every plain function of our parts that it calls compiled as well.

    Args:
        function: Written in the arithmetic that strategies may use.
        signature: Compile for this one signature at once; None compiles when first called.
    """
    names = {}
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType) and value.__module__.startswith("openbell"):
            names[name] = compiled(value)
    made = types.FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)
    made.__qualname__ = function.__qualname__
    made.__module__ = function.__module__
    return njit(signature, cache=True)(made) if signature is not None else njit(cache=True)(made)


def compiled_step(step: Callable[..., Any]) -> Any:
    """Return a strategy's `step` compiled to the one signature."""
    return compiled(step, STEP_SIGNATURE)
