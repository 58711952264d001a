"""The grids in compiled code: where they begin, and how far their columns lie apart.

Numba's own array is nine numbers in every call, and a place in it may be counted from the end: each look at it asks
twice whether it is. Of a grid two numbers are handed on, and no place in one is ever below zero.
"""

import operator
from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import float64, int64, types
from numba.core.datamodel import models
from numba.extending import lower_builtin, register_model
from numba.np.arrayobj import populate_array as built_array

from openbell.parts.kernels.apart import cgutils, intrinsic
from openbell.parts.kernels.inner import IS_PLAIN

F = TypeVar("F")
_types = cast("Any", types)
_Array, _StructModel, populate_array = _types.Array, cast("Any", models).StructModel, cast("Any", built_array)


def _means(*operation: Any) -> Callable[[F], F]:
    """Return a decorator for what the compiler generates in the place of an operation."""
    return cast("Callable[[F], F]", lower_builtin(*operation))  # type: ignore[no-untyped-call]  # numba's own


def _is_made_as(kind: Any) -> Callable[[F], F]:
    """Return a decorator for what a type is made of."""
    return cast("Callable[[F], F]", register_model(kind))


class Grid(_Array):  # type: ignore[misc, valid-type]  # numba has no types
    """The type of a grid: columns of whole numbers or of floats, a row for each field."""

    def __init__(self, dtype: Any) -> None:
        """Hold numbers of this type."""
        super().__init__(dtype, 2, "F", name=f"grid({dtype})")


@_is_made_as(Grid)
class GridModel(_StructModel):  # type: ignore[misc, valid-type]  # numba has no types
    """What a grid is made of: the address of its first number, and how many rows a column has."""

    def __init__(self, manager: Any, kind: Any) -> None:
        """Say so to the compiler."""
        super().__init__(manager, kind, [("data", _types.CPointer(kind.dtype)), ("apart", int64)])


GRID, FLOAT_GRID = Grid(int64), Grid(float64)


def _seen(kind: Any) -> Any:
    """Return the type that an argument has behind `grids`."""
    is_grid = isinstance(kind, _types.Array) and kind.ndim == 2 and kind.layout == "F"
    return Grid(kind.dtype) if is_grid else kind


@intrinsic
def _grids(typing: Any, told: Any) -> Any:
    made = _types.Tuple([_seen(kind) for kind in told])

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        values = cgutils.unpack_tuple(builder, args[0])
        for number, kind in enumerate(signature.args[0]):
            if made[number] is not kind:
                array = context.make_array(kind)(context, builder, values[number])
                view = context.make_helper(builder, made[number])
                view.data, view.apart = array.data, cgutils.unpack_tuple(builder, array.shape)[0]
                values[number] = view._getvalue()  # noqa: SLF001 - how numba hands over what it has made
        return context.make_tuple(builder, made, values)

    return made(told), generate


def _as_told(told: Any) -> Any:
    return told


grids = _as_told if IS_PLAIN else _grids
"""Return what it is given, a tuple, with each array in columns as a grid; in compiled code."""


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Return the address of a place in a grid: fields of one thing are a constant away from each other."""
    kind, at = signature.args[:2]
    view = context.make_helper(builder, kind, args[0])
    row, column = (
        context.cast(builder, value, own, int64)
        for value, own in zip(cgutils.unpack_tuple(builder, args[1]), at, strict=True)
    )
    begin = builder.gep(view.data, [builder.mul(column, view.apart, flags=["nsw"])], inbounds=True)
    return builder.gep(begin, [row], inbounds=True)


@_means(operator.getitem, Grid, _types.BaseTuple)
def _read(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.load(_place(context, builder, signature, args))


@_means(operator.setitem, Grid, _types.BaseTuple, _types.Any)
def _write(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    value = context.cast(builder, args[2], signature.args[2], signature.args[0].dtype)
    builder.store(value, _place(context, builder, signature, args))


def _borrowed(context: Any, builder: Any, kind: Any, address: Any, count: Any) -> Any:
    """Return `count` numbers from an address on as an array that nobody owns."""
    made, size = context.make_array(kind)(context, builder), context.get_constant(int64, 8)
    populate_array(made, data=address, shape=(count,), strides=(size,), itemsize=size, meminfo=None)
    return made._getvalue()  # noqa: SLF001 - how numba hands over what it has made


@intrinsic
def view(typing: Any, pointer: Any, count: Any) -> Any:
    """Return `count` values from an address on as an array."""
    kind = _Array(pointer.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _borrowed(context, builder, kind, *args)

    return kind(pointer, count), generate


@intrinsic
def _part(typing: Any, grid: Any, place: Any, count: Any) -> Any:
    """Return `count` numbers of a column from a place on, its row and its column, as an array."""
    kind = _Array(grid.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        begin = _place(context, builder, signature, args)
        return _borrowed(context, builder, kind, begin, context.cast(builder, args[2], count, int64))

    return kind(grid, place, count), generate


def _part_plainly(grid: Any, place: tuple[int, int], count: int) -> Any:
    """As `_part` where numba is told to compile nothing."""
    row, column = place
    return grid[row : row + count, column]


part = _part_plainly if IS_PLAIN else _part
