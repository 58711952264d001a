"""Axes of settings, the grid that they span, and points drawn from it."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec

from openbell.core.draw import draw

Point = tuple[str, ...]
"""One value for each axis, in their order, as it would be written into the file."""
MAX_VALUES = 100_000
"""Most values of one axis, and most points of a grid."""
MILLION = 1_000_000
LABEL = "research/"
_NUMBER = re.compile(r"^([-+]?\d+(?:\.\d+)?)([^0-9.:]*)$")
_RANGE = re.compile(r"^([-+0-9.]+)([^0-9.:]*):([-+0-9.]+)([^0-9.:]*)(?::([-+0-9.]+)([^0-9.:]*))?$")


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """The values that one option takes.

    Attributes:
        path: Of the option, such as `deployments.cross.strategy.fast`.
        values: In order; empty for a range without steps, of which values are drawn.
        low, high: Bounds of such a range, both included. unit: Written behind its numbers.
        is_ordered: True where a value lies between its neighbours; else each is a name of its own.
    """

    path: str
    values: tuple[str, ...] = ()
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    unit: str = ""
    is_ordered: bool = True

    @property
    def name(self) -> str:
        """The last step of the path, as tables show it."""
        return self.path.rpartition(".")[2]

    @property
    def is_stepless(self) -> bool:
        """True where values can only be drawn."""
        return not self.values

    @property
    def is_whole(self) -> bool:
        """True for a range without steps of which whole numbers are drawn."""
        return not self.unit and self.low == int(self.low) and self.high == int(self.high)

    @property
    def count(self) -> int:
        """How many values there are to draw from."""
        if self.values:
            return len(self.values)
        # A millionth of the range is finer than any setting is worth, and a decimal number without rounding.
        return int(self.high - self.low) + 1 if self.is_whole else MILLION + 1

    def place(self, value: str) -> float:
        """Return where a value stands: its number in a list, or how large it is."""
        if self.values:
            return float(self.values.index(value))
        return float(value.removesuffix(self.unit) if self.unit else value)

    def value(self, n: int) -> str:
        """Return the value number `n` of `count`."""
        if self.values:
            return self.values[n]
        if self.is_whole:
            return str(int(self.low) + n)
        return f"{(self.low + (self.high - self.low) * n / MILLION).normalize():f}{self.unit}"


def parse_axis(text: str) -> Axis:
    """Return an axis from its text.

    It is `PATH=LOW:HIGH:STEP`, `PATH=A,B,C` or, to draw from, `PATH=LOW:HIGH`. Both ends of a range belong to it. Its
    numbers may have one unit: `1%:5%:1%`.

    Raises:
        ValueError: It is none of these; the text says why.
    """
    path, sign, given = text.partition("=")
    if not sign or not path or not given or path != path.strip("."):
        raise ValueError(f"{text!r} is not an axis; write PATH=LOW:HIGH:STEP or PATH=A,B,C")
    match = _RANGE.match(given)
    if match is None:
        values = tuple(value.strip() for value in given.split(","))
        if not all(values):
            raise ValueError(f"{path}: a value of {given!r} is empty; write PATH=A,B,C")
        if len(set(values)) != len(values):
            raise ValueError(f"{path}: a value of {given!r} stands twice; name each once")
        return Axis(path=path, values=values, is_ordered=_goes_up(values))
    low, unit, high, high_unit, step, step_unit = match.groups()
    if {high_unit, step_unit or unit} - {unit}:
        raise ValueError(f"{path}: {given!r} mixes units; write all numbers with the same one")
    numbers = [_number(path, number) for number in (low, high, step) if number]
    if numbers[0] >= numbers[1]:
        raise ValueError(f"{path}: {given!r} does not go up; write LOW:HIGH:STEP")
    if len(numbers) == 2:
        return Axis(path=path, low=numbers[0], high=numbers[1], unit=unit)
    return Axis(path=path, values=tuple(f"{n.normalize():f}{unit}" for n in _steps(path, numbers)))


def _goes_up(values: Sequence[str]) -> bool:
    """Return True for numbers of one unit in order."""
    matches = [_NUMBER.match(value) for value in values]
    found = [(match[2], Decimal(match[1])) for match in matches if match is not None]
    if len(found) < len(values) or len({unit for unit, _ in found}) > 1:
        return False
    return all(one < other for (_, one), (_, other) in pairwise(found))


def _number(path: str, text: str) -> Decimal:
    try:
        found = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{path}: {text!r} is not a number") from None
    return found


def _steps(path: str, numbers: Sequence[Decimal]) -> list[Decimal]:
    low, high, step = numbers
    if step <= 0:
        raise ValueError(f"{path}: the step {step:f} is not above zero")
    count = int((high - low) // step) + 1
    if count > MAX_VALUES:
        raise ValueError(f"{path}: has {count:,} values; at most {MAX_VALUES:,} are tried")
    return [low + step * n for n in range(count)]


def size(axes: Sequence[Axis]) -> int:
    """Return how many points the grid has.

    Raises:
        ValueError: An axis is a range without steps, or there are too many points.
    """
    stepless = next((axis.path for axis in axes if axis.is_stepless), "")
    if stepless:
        raise ValueError(
            f"{stepless}: a range without a step has no grid; write LOW:HIGH:STEP, or draw with --random N"
        )
    found = math.prod(len(axis.values) for axis in axes)
    if found > MAX_VALUES:
        raise ValueError(f"the grid has {found:,} points; at most {MAX_VALUES:,} are tried, draw some with --random N")
    return found


def points(axes: Sequence[Axis]) -> list[Point]:
    """Return every point of the grid, the last axis running fastest.

    Raises:
        ValueError: As `size`.
    """
    return [_point(axes, number) for number in range(size(axes))]


def drawn(axes: Sequence[Axis], count: int, seed: int) -> list[Point]:
    """Return points drawn at random, no two the same; the first ones stay when `count` grows.

    Args:
        axes: Of the grid; a range without steps gives whole numbers where both its ends are, else one of a million.
        count: How many; the whole grid where it has no more.
        seed: Of the draws.

    Raises:
        ValueError: `count` is below one.
    """
    if count < 1:
        raise ValueError(f"--random: {count} points cannot be drawn; write a number from 1 on")
    if not any(axis.is_stepless for axis in axes):
        count = min(count, math.prod(len(axis.values) for axis in axes))
    found: dict[Point, None] = {}
    # Points that were drawn before are drawn over: a grid is used up in the end, a range of few whole numbers as well.
    for n in range(count * 50 + 1000):
        if len(found) == count:
            break
        found.setdefault(tuple(_drawn_value(axis, seed, n) for axis in axes))
    if len(found) < count and not any(axis.is_stepless for axis in axes):
        rest = (point for point in points(axes) if point not in found)
        found.update(dict.fromkeys(point for point, _ in zip(rest, range(count - len(found)), strict=False)))
    return list(found)


def _drawn_value(axis: Axis, seed: int, n: int) -> str:
    return axis.value(draw(seed, LABEL + axis.path, n) * axis.count >> 64)


def _point(axes: Sequence[Axis], number: int) -> Point:
    found = []
    for axis in reversed(axes):
        number, place = divmod(number, len(axis.values))
        found.append(axis.values[place])
    return tuple(reversed(found))
