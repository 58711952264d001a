"""How the loop calls a strategy: by addresses.

A bar then costs ten numbers and no array: compiled, an array is seven numbers on the stack, and a step has three of
them and a row of nine. So a step is compiled into a function that takes where its state, its parameters and its bar
lie, and looks at them there.
"""

import functools
import types
import zlib
from collections.abc import Callable, Sequence
from ctypes import CFUNCTYPE, c_double, c_longlong
from typing import Any, NamedTuple, cast

import numpy as np
from numba import float64, int64, njit
from numba.core.types import CPointer
from numba.core.types import NamedTuple as NamedTupleType
from numba.core.types import Tuple as TupleType

from openbell.parts.kernels.apart import cgutils, intrinsic
from openbell.parts.kernels.compiling import UNSEEN, RowView, StateView, checked, hot, is_of_one_file
from openbell.parts.kernels.grids import view
from openbell.parts.kernels.inner import IS_PLAIN
from openbell.parts.kernels.known import remembering
from openbell.parts.kernels.layout import (
    B_CLOSE,
    B_HIGH,
    B_LOW,
    B_OPEN,
    B_VOLUME,
    CLOCK,
    E_OPEN_TS,
    E_TS,
    P_FLOATS,
    P_INTS,
    P_PARAMS,
    P_THING,
    S_BEGIN,
    S_END,
    T_CALENDAR,
    W_ADDRESS,
    Ints,
    Memory,
    Tape,
)

_pointer = cast("Any", CPointer)


class Call(NamedTuple):
    """Where a step finds its state, its parameters and its bar.

    With how long each is, and the bounds of the session (ns).
    """

    d: Any
    floats: int
    q: Any
    ints: int
    params: Any
    options: int
    bar: Any
    event: Any
    begin: int
    end: int


_SAID = TupleType((float64, int64))  # type: ignore[no-untyped-call]  # numba's own
_DOUBLES, _LONGS = _pointer(float64), _pointer(int64)
_CALL = NamedTupleType(  # type: ignore[no-untyped-call]  # numba's own
    (_DOUBLES, int64, _LONGS, int64, _DOUBLES, int64, _DOUBLES, _LONGS, int64, int64), Call
)
_TOLD = (float64,) * 5 + (int64,) * 2
STEP_SIGNATURE = _SAID(_CALL)
"""The one signature of every compiled strategy: so one loop serves them all, and nothing compiles anew."""


@intrinsic
def _row(typing: Any, array: Any, row: Any) -> Any:
    """Return where a row of a two-dimensional array begins."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        view = context.make_array(kind)(context, builder, args[0])
        zero = context.get_constant(int64, 0)
        return cgutils.get_item_pointer(context, builder, kind, view, [args[1], zero], wraparound=False)

    return _pointer(array.dtype)(array, row), generate


@intrinsic
def _at(typing: Any, address: Any, call: Any) -> Any:
    """Call the compiled step at an address; what it raises is raised here."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = context.call_conv.get_function_type(_SAID, (_CALL,)).as_pointer()
        function = builder.inttoptr(args[0], kind)
        status, said = context.call_conv.call_function(builder, function, _SAID, (_CALL,), args[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return said

    return _SAID(int64, _CALL), generate


@intrinsic
def _python(typing: Any, address: Any, told: Any) -> Any:
    """Call the Python function that ctypes has given an address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = [context.get_value_type(one) for one in _TOLD]
        kind = cgutils.ir.FunctionType(context.get_value_type(float64), kinds)
        function = builder.inttoptr(args[0], kind.as_pointer())
        return builder.call(function, cgutils.unpack_tuple(builder, args[1]))

    return float64(int64, TupleType(_TOLD)), generate  # type: ignore[no-untyped-call]  # numba's own


def step(state: StateView, params: Any, row: RowView) -> tuple[float, int]:
    """Stand for the strategy's own step, which every copy of `_entry` has in this place."""
    raise NotImplementedError


def _entry(call: Call) -> tuple[float, int]:
    bar, event = call.bar, call.event
    prices = bar[B_OPEN], bar[B_HIGH], bar[B_LOW], bar[B_CLOSE], bar[B_VOLUME]
    row = RowView(*prices, event[E_TS], event[E_OPEN_TS], call.begin, call.end)
    state = StateView(view(call.d, call.floats), view(call.q, call.ints))
    return step(state, view(call.params, call.options), row)


@functools.cache
def compiled_step(step: Callable[..., Any]) -> Any:
    """Return a strategy's `step` compiled to the one signature.

    It raises where Python would: a division by zero, a place outside its arrays. Only `int()` of NaN or infinity, which
    raises in Python, gives a number there: a step has to ask before.

    Raises:
        numba.core.errors.NumbaError: It is written in something that cannot be compiled.
    """
    if IS_PLAIN:
        return step
    # Numba keeps compiled code under a function's file, line and code: the entry stands for the step there.
    code = _entry.__code__.replace(co_filename=step.__code__.co_filename, co_firstlineno=step.__code__.co_firstlineno)
    made = types.FunctionType(code, {**_entry.__globals__, "step": checked(step)}, step.__name__)
    made.__module__ = step.__module__
    made.__qualname__ = f"{step.__qualname__}_{zlib.crc32(step.__code__.co_code):08x}"
    with remembering():
        return njit(STEP_SIGNATURE, cache=is_of_one_file(step), **UNSEEN)(made)


def _free(call: Call) -> tuple[float, int]:
    """Hand a bar to a strategy in Python, whose address and answering code stand where others keep whole numbers."""
    bar, event = call.bar, call.event
    told = (bar[B_OPEN], bar[B_HIGH], bar[B_LOW], bar[B_CLOSE], bar[B_VOLUME], event[E_TS], event[E_OPEN_TS])
    return _python(call.q[F_ADDRESS], told), call.q[F_SAID]


def _free_plainly(state: StateView, params: Any, row: RowView) -> tuple[float, int]:
    """As `_free` where numba is told to compile nothing."""
    prices = row.open, row.high, row.low, row.close, row.volume
    return FREE(int(state.q[F_ADDRESS]))(*prices, int(row.ts), int(row.open_ts)), int(state.q[F_SAID])


@functools.cache
def free_step() -> Any:
    """Return the step of every free strategy.

    It asks the Python function that its state names.
    """
    return _free_plainly if IS_PLAIN else njit(STEP_SIGNATURE, cache=True, **UNSEEN)(_free)


F_ADDRESS, F_SAID = 0, 1
"""Where the state of a free strategy keeps the address of its function, and the code that goes with its answer."""
FREE = CFUNCTYPE(c_double, *(c_double,) * 5, *(c_longlong,) * 2)
"""What is called of a free strategy: the numbers of a bar and its instants (ns) for a target, NaN for none."""


MORE = 1 << 40
"""The code of a free strategy whose wishes are to be asked for one by one."""


@hot
def _next_wish(g: Ints) -> int:
    """Return the pair that the next wish is for, below zero for none; what is wished stands in the grid."""
    nothing = 0.0
    return int(_python(g[W_ADDRESS, 0], (nothing, nothing, nothing, nothing, nothing, g[CLOCK, 0], g[CLOCK, 0])))


def _next_wish_plainly(g: Ints) -> int:
    """As `_next_wish` where numba is told to compile nothing."""
    now = int(g[CLOCK, 0])
    return int(FREE(int(g[W_ADDRESS, 0]))(0.0, 0.0, 0.0, 0.0, 0.0, now, now))


next_wish = _next_wish_plainly if IS_PLAIN else _next_wish


def placed(steps: Sequence[Any]) -> Any:
    """Return compiled steps as `ask` wants them: by their addresses.

    Themselves where nothing is compiled.
    """
    if IS_PLAIN:
        return tuple(steps)
    return np.array([_place(step) for step in steps], np.int64)


@functools.cache
def _place(step: Any) -> int:
    made = step.overloads[STEP_SIGNATURE.args]
    return made.library.get_pointer_to_function(made.fndesc.llvm_func_name)  # type: ignore[no-any-return]  # an address


def _called(step: int, g: Ints, memory: Memory, tape: Tape, pair: int, event: int) -> Any:
    """Return what a pair's strategy says of an event's bar."""
    calendar = g[T_CALENDAR, g[P_THING, pair]]
    call = Call(
        _row(memory.d, pair), g[P_FLOATS, pair],
        _row(memory.q, pair), g[P_INTS, pair],
        _row(memory.params, pair), g[P_PARAMS, pair],
        _row(tape.bars, event), _row(tape.events, event), g[S_BEGIN, calendar], g[S_END, calendar],
    )  # fmt: skip
    return _at(step, call)


def _called_plainly(
    step: Callable[..., Any], g: Ints, memory: Memory, tape: Tape, pair: int, event: int
) -> tuple[float, int]:
    """As `_called` where numba is told to compile nothing."""
    calendar, (_, ts, open_ts, _) = g[T_CALENDAR, g[P_THING, pair]], tape.events[event]
    state = StateView(memory.d[pair, : g[P_FLOATS, pair]], memory.q[pair, : g[P_INTS, pair]])
    o, h, low, c, volume = tape.bars[event]
    row = RowView(o, h, low, c, volume, ts, open_ts, g[S_BEGIN, calendar], g[S_END, calendar])
    return cast("tuple[float, int]", step(state, memory.params[pair, : g[P_PARAMS, pair]], row))


ask = _called_plainly if IS_PLAIN else hot(_called)
