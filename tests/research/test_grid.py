"""Axes, grids and draws."""

from collections import Counter
from decimal import Decimal

import pytest

from openbell.research.grid import MAX_VALUES, Axis, drawn, parse_axis, points, size


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.fast=5:50:5", tuple(str(n) for n in range(5, 51, 5))),
        ("a.fast=5:51:5", tuple(str(n) for n in range(5, 51, 5))),
        ("a.stop=1%:2%:0.25%", ("1%", "1.25%", "1.5%", "1.75%", "2%")),
        ("a.stop=-1:1:1", ("-1", "0", "1")),
        ("a.kind=sma,ema", ("sma", "ema")),
        ("a.kind=./my.py", ("./my.py",)),
        ("a.at=10:30,11:30", ("10:30", "11:30")),
    ],
)
def test_an_axis_holds_both_ends_of_its_range(text: str, values: tuple[str, ...]) -> None:
    assert parse_axis(text).values == values


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a", "is not an axis"),
        ("=1", "is not an axis"),
        ("a=", "is not an axis"),
        ("a=1,,2", "is empty"),
        ("a=1,2,1", "stands twice"),
        ("a=1%:2:1%", "mixes units"),
        ("a=2:1:1", "does not go up"),
        ("a=1:2:0", "not above zero"),
        ("a=1:2:-1", "not above zero"),
        ("a=1.2.3:2:1", "is not a number"),
        ("a=0:1000000:1", "1,000,001 values"),
    ],
)
def test_what_is_no_axis_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_axis(text)


def test_the_last_axis_of_a_grid_runs_fastest() -> None:
    axes = [parse_axis("a=1,2"), parse_axis("b=x,y,z")]
    assert points(axes) == [("1", "x"), ("1", "y"), ("1", "z"), ("2", "x"), ("2", "y"), ("2", "z")]
    assert size(axes) == 6


def test_a_grid_has_an_end_and_steps() -> None:
    wide = Axis(path="a", values=tuple(map(str, range(1000))))
    with pytest.raises(ValueError, match="1,000,000 points"):
        points([wide, wide])
    with pytest.raises(ValueError, match="without a step"):
        points([parse_axis("a=1:2")])
    assert MAX_VALUES == 100_000


def test_draws_are_those_of_the_seed_and_more_of_them_keep_the_first() -> None:
    axes = [parse_axis("a=1:50:1"), parse_axis("b=0.5:2.0"), parse_axis("c=1:9")]
    ten, twenty = drawn(axes, 10, 7), drawn(axes, 20, 7)
    assert ten == twenty[:10] == drawn(axes, 10, 7)
    assert ten != drawn(axes, 10, 8)
    assert len(set(twenty)) == 20
    for first, second, third in twenty:
        assert 1 <= int(first) <= 50
        assert Decimal("0.5") <= Decimal(second) <= 2
        assert 1 <= int(third) <= 9


def test_drawing_more_than_a_grid_has_draws_all_of_it_once() -> None:
    axes = [parse_axis("a=1:9:1"), parse_axis("b=1:9:1")]
    assert sorted(drawn(axes, 1000, 3)) == sorted(points(axes))
    with pytest.raises(ValueError, match="cannot be drawn"):
        drawn(axes, 0, 3)


def test_values_are_drawn_evenly() -> None:
    axis = parse_axis("a=1:4:1")
    other = parse_axis("b=1:1000000")
    counts = Counter(first for first, _ in drawn([axis, other], 4000, 5))
    # Four standard deviations of a fair draw around a thousand.
    assert all(abs(count - 1000) < 4 * 27.4 for count in counts.values())
    assert len(counts) == 4
