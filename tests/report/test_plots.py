"""Small charts: columns as tall as their values, readable without a script."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.report.plots import HEIGHT, MOST_BINS, WIDTH, Column, columns, distribution, nice, tone_of


def rectangles(svg: str) -> list[tuple[float, float]]:
    """Return top and height of every column that is drawn."""
    return [(float(y), float(h)) for y, h in re.findall(r'y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/></g>', svg)]


def test_columns_are_as_tall_as_their_values_and_stand_on_zero() -> None:
    svg = columns("Profit", [Column("a", 20.0, "a: 20", "gain"), Column("b", -10.0, "b: -10", "loss")])
    (gain_top, gain), (loss_top, loss) = rectangles(svg)
    assert gain == pytest.approx(2 * loss, abs=0.2)
    assert gain_top + gain == pytest.approx(loss_top, abs=0.2)
    assert 'aria-label="Profit: a: 20; b: -10"' in svg
    assert svg.count("<title>") == 2


def test_names_from_outside_stay_names() -> None:
    svg = columns("Profit", [Column("<b>&", 1.0, '<script>"x"</script>', "gain")])
    (root,) = [ET.fromstring(svg)]
    assert root.find(".//title").text == '<script>"x"</script>'  # type: ignore[union-attr]
    assert root.find("text").text == "<b>&"  # type: ignore[union-attr]


def test_long_names_leave_each_other_room() -> None:
    many = [Column(f"name-{n:02d}", 1.0, "x", "gain") for n in range(24)]
    shown = columns("x", many).count("<text")
    assert 0 < shown * 7 * 7 <= WIDTH + 7 * 7


def test_nothing_draws_nothing() -> None:
    assert columns("x", []) == distribution("x", []) == ""
    assert columns("x", [Column("a", 0.0, "a", "even")]).count("<rect") == 2
    assert [tone_of(x) for x in (1.0, -1.0, 0.0)] == ["gain", "loss", "even"]


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=200))
def test_every_day_is_counted_once_on_its_side_of_zero(values: list[float]) -> None:
    svg = distribution("Daily returns", values)
    counts = [int(n.replace(",", "")) for n in re.findall(r": ([\d,]+) days?</title>", svg)]
    assert sum(counts) == len(values)
    assert len(counts) <= MOST_BINS
    losses = re.findall(r'<g class="loss"><title>[^<]*: ([\d,]+) days?</title>', svg)
    assert sum(int(n.replace(",", "")) for n in losses) == sum(value < 0.0 for value in values)
    assert all(top >= 0.0 and top + tall <= HEIGHT for top, tall in rectangles(svg))


@pytest.mark.parametrize(("width", "step"), [(0.0011, 0.002), (0.002, 0.002), (2.1, 2.5), (26, 50.0), (7, 10.0)])
def test_steps_are_round_numbers(width: float, step: float) -> None:
    assert nice(width) == pytest.approx(step)
