"""Curves and maps as SVG text; they need no script and follow the page's colours. Pure."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 560, 220
"""Of a picture in its own units; the page scales it."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 8.0, 10.0, 22.0
MOST_POINTS = 500
"""Points that one line is drawn with."""


class Line(NamedTuple):
    """One line: its name, its values from left to right, and its tone.

    The tone is main, gain, loss or nothing.
    """

    name: str
    values: Sequence[float]
    tone: str = ""


def lines(title: str, given: Sequence[Line], ends: tuple[str, str]) -> str:
    """Return lines over one axis; empty without a line of two values.

    Args:
        title: Of the picture.
        given: Lines of one length, the last drawn on top.
        ends: Words under the left and the right end.
    """
    drawn = [line for line in given if len(line.values) > 1]
    if not drawn:
        return ""
    low, high = min(min(line.values) for line in drawn), max(max(line.values) for line in drawn)
    reach = high - low or 1.0
    room, wide = HEIGHT - _TOP - _BOTTOM, WIDTH - _LEFT - _RIGHT
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = _TOP + room * (1.0 - share)
        parts.append(f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 5:.1f}" y="{y + 4:.1f}" text-anchor="end">{short(low + reach * share)}</text>')
    for line in drawn:
        last = len(line.values) - 1
        step = max(1, -(-last // MOST_POINTS))
        places = [*range(0, last, step), last]
        dots = " ".join(
            f"{_LEFT + wide * n / last:.1f},{_TOP + room * (high - line.values[n]) / reach:.1f}" for n in places
        )
        told = escape(f"{line.name}: {short(line.values[0])} to {short(line.values[-1])}")
        parts.append(f'<g class="{line.tone}"><title>{told}</title><polyline points="{dots}"/></g>')
    parts.append(f'<text x="{_LEFT}" y="{HEIGHT - 5}">{escape(ends[0])}</text>')
    parts.append(f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 5}" text-anchor="end">{escape(ends[1])}</text>')
    words = "; ".join(f"{line.name} ends at {short(line.values[-1])}" for line in drawn[-8:])
    told = escape(f"{title}: {words}", quote=True)
    return f'<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">{"".join(parts)}</svg>'


def short(value: float) -> str:
    """Return a number with three digits that matter, and thousands separators."""
    if abs(value) >= 1000.0:
        return f"{value:,.0f}"
    return f"{value:.3g}"


class Field(NamedTuple):
    """A map: names of columns and rows, and the cells in rows, None for an empty one."""

    columns: Sequence[str]
    rows: Sequence[str]
    cells: Sequence[Sequence[float | None]]


def heat(title: str, names: tuple[str, str], field: Field) -> str:
    """Return a map of values over two axes, the best cell framed; empty without a value.

    Args:
        title: Of the picture.
        names: Of the axes: columns, then rows.
        field: Cells in rows; above zero they have the colour of gains, below that of losses.
    """
    values = [cell for row in field.cells for cell in row if cell is not None]
    if not values:
        return ""
    best, reach = max(values), max(abs(value) for value in values) or 1.0
    wide = (WIDTH - _LEFT - _RIGHT) / len(field.columns)
    high = min(26.0, max(7.0, 420.0 / len(field.rows)))
    height = _TOP + high * len(field.rows) + 34.0
    every_column = max(1, round(7.0 * max(map(len, field.columns)) / wide + 0.5))
    every_row = max(1, round(11.0 / high + 0.4))
    parts = []
    for i, (name, row) in enumerate(zip(field.rows, field.cells, strict=True)):
        y = _TOP + high * i
        if i % every_row == 0:
            parts.append(f'<text x="{_LEFT / 2:.1f}" y="{y + high / 2 + 4:.1f}">{escape(name)}</text>')
        for j, (column, cell) in enumerate(zip(field.columns, row, strict=True)):
            told = f"{names[0]} {column}, {names[1]} {name}: {short(cell) if cell is not None else 'none'}"
            tone = "even" if cell is None else "gain" if cell >= 0.0 else "loss"
            frame = " best" if cell is not None and cell == best else ""
            opacity = 1.0 if cell is None else 0.15 + 0.85 * abs(cell) / reach
            parts.append(
                f'<rect class="{tone}{frame}" x="{_LEFT + wide * j:.1f}" y="{y:.1f}" width="{wide:.1f}"'
                f' height="{high:.1f}" fill-opacity="{opacity:.2f}"><title>{escape(told)}</title></rect>'
            )
    for j in range(0, len(field.columns), every_column):
        x = _LEFT + wide * (j + 0.5)
        parts.append(f'<text x="{x:.1f}" y="{height - 20:.1f}">{escape(field.columns[j])}</text>')
    words = escape(f"{names[0]} across, {names[1]} down")
    parts.append(f'<text x="{WIDTH / 2}" y="{height - 4:.1f}">{words}</text>')
    told = escape(f"{title}: {words}; best {short(best)}", quote=True)
    return f'<svg class="heat" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{told}">{"".join(parts)}</svg>'
