"""Beside a point of a grid."""

import pytest

from openbell.research.grid import parse_axis
from openbell.research.neighbours import around, neighbours


def test_neighbours_are_one_step_along_one_axis() -> None:
    axes = [parse_axis("a=1:5:1"), parse_axis("b=x,y")]
    assert neighbours(axes, ("3", "x")) == [("2", "x"), ("4", "x"), ("3", "y")]
    assert neighbours(axes, ("1", "y")) == [("2", "y"), ("1", "x")]


@pytest.mark.parametrize(
    ("axis", "value", "beside"),
    [
        ("a=0:100", "50", ["45", "55"]),
        ("a=0:100", "98", ["93"]),
        ("a=1:4", "2", ["1", "3"]),
        ("a=1%:2%", "1.5%", ["1.45%", "1.55%"]),
        ("a=0.5:1.5", "0.5", ["0.55"]),
    ],
)
def test_a_range_without_steps_has_neighbours_too(axis: str, value: str, beside: list[str]) -> None:
    assert neighbours([parse_axis(axis)], (value,)) == [(one,) for one in beside]


def test_neighbours_say_how_much_a_small_change_keeps() -> None:
    found = around(2.0, [1.0, -1.0, 3.0])
    assert found is not None
    assert (found.number, found.median, found.worst, found.above, found.kept) == (3, 1.0, -1.0, 2 / 3, 0.5)
    other = around(-1.0, [1.0])
    assert other is not None
    assert other.kept is None
    assert around(1.0, []) is None
