"""Lines and maps are where their values say."""

import re
from xml.etree import ElementTree as ET

import pytest

from openbell.report.curves import HEIGHT, MOST_POINTS, Field, Line, heat, lines, short


def dots(svg: str) -> list[list[tuple[float, float]]]:
    """Return the points of each line."""
    return [
        [tuple(map(float, dot.split(","))) for dot in points.split()]  # type: ignore[misc]  # two numbers each
        for points in re.findall(r'points="([^"]*)"', svg)
    ]


def test_a_line_goes_through_its_values() -> None:
    svg = lines("Equity", [Line("one", [1.0, 3.0, 2.0], "main"), Line("flat", [1.0, 1.0, 1.0])], ("a", "b"))
    (first, flat) = dots(svg)
    xs, ys = zip(*first, strict=True)
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2)
    assert ys[0] - ys[1] == pytest.approx(2 * (ys[0] - ys[2]), abs=0.2)
    assert all(0 < y < HEIGHT for y in ys)
    assert {y for _, y in flat} == {ys[0]}
    assert ">a</text>" in svg
    assert "Equity: one ends at 2; flat ends at 1" in svg


def test_a_long_line_keeps_its_ends() -> None:
    (only,) = dots(lines("x", [Line("x", [float(n) for n in range(100_001)])], ("", "")))
    assert len(only) <= MOST_POINTS + 2
    assert only[0][1] > only[-1][1]


def test_nothing_draws_nothing() -> None:
    assert lines("x", [], ("", "")) == lines("x", [Line("x", [1.0])], ("", "")) == ""
    assert heat("x", ("a", "b"), Field(["1"], ["2"], [[None]])) == ""


def test_names_from_outside_stay_names() -> None:
    evil = '<script>"&'
    for svg in (
        lines(evil, [Line(evil, [1.0, 2.0])], (evil, evil)),
        heat(evil, (evil, evil), Field([evil], [evil], [[1.0]])),
    ):
        root = ET.fromstring(svg)
        assert not root.findall(".//script")
        assert evil in "".join(node.text or "" for node in root.iter())


def test_a_map_has_a_cell_for_each_value_and_frames_the_best() -> None:
    svg = heat("Sharpe", ("fast", "slow"), Field(["1", "2"], ["10", "20"], [[0.5, -1.0], [None, 2.0]]))
    cells = re.findall(r'<rect class="([^"]*)".*?fill-opacity="([\d.]+)"><title>([^<]*)', svg)
    assert [tone for tone, _, _ in cells] == ["gain", "loss", "even", "gain best"]
    assert float(cells[3][1]) > float(cells[1][1]) > float(cells[0][1])
    assert cells[1][2] == "fast 2, slow 10: -1"
    assert cells[2][2] == "fast 1, slow 20: none"


def test_numbers_are_short() -> None:
    assert [short(x) for x in (12345.6, 0.12345, -1.0)] == ["12,346", "0.123", "-1"]
