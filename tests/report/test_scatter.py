"""Dots over two axes."""

import re

from openbell.report.scatter import Dot, dots


def test_dots_stand_where_their_numbers_are_and_tell_what_they_are():
    svg = dots("Both", ("sharpe", "fall"), [Dot(0.0, -1.0, "a <b>"), Dot(2.0, 1.0, "best", "main"), Dot(1.0, 0.0, "c")])
    places = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg)]
    (left, low), (middle, half), (right, high) = places
    assert left < middle < right and low > half > high
    assert (middle - left, half - low) == (right - middle, high - half)
    assert svg.index("best") > svg.index("a &lt;b&gt;")
    assert 'aria-label="Both: 3 dots, fall from -1 to 1"' in svg
    assert "sharpe across, fall up" in svg


def test_one_dot_is_drawn_and_none_is_nothing():
    assert dots("x", ("a", "b"), []) == ""
    assert dots("x", ("a", "b"), [Dot(3.0, 3.0, "one")], ("slow", "fast")).count("<circle") == 1
    assert ">slow</text>" in dots("x", ("a", "b"), [Dot(3.0, 3.0, "one")], ("slow", "fast"))
