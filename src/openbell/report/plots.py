"""Small charts as SVG text; they need no script and follow the page's colours. Pure."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from openbell.words import counted

WIDTH, HEIGHT = 560, 190
"""Of a chart in its own units; the page scales it."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 6.0, 6.0, 14.0, 24.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_BINS = 31


class Column(NamedTuple):
    """One column: name under it, height, words when pointed at, and its tone.

    The tone is gain, loss or even.
    """

    name: str
    value: float
    told: str
    tone: str


def tone_of(value: float) -> str:
    """Return gain, loss or even for a result."""
    return "gain" if value > 0.0 else "loss" if value < 0.0 else "even"


def columns(title: str, given: Sequence[Column]) -> str:
    """Return a chart of columns above and below zero; empty without columns."""
    if not given:
        return ""
    high, low = max(0.0, *(one.value for one in given)), min(0.0, *(one.value for one in given))
    reach = high - low or 1.0
    room = HEIGHT - _TOP - _BOTTOM
    zero = _TOP + room * (high / reach)
    step = (WIDTH - _LEFT - _RIGHT) / len(given)
    every = max(1, math.ceil(max(len(one.name) for one in given) * 7.0 / step))
    parts = [f'<line class="axis" x1="0" y1="{zero:.1f}" x2="{WIDTH}" y2="{zero:.1f}"/>']
    for n, one in enumerate(given):
        x = _LEFT + n * step
        size = abs(one.value) / reach * room
        top = zero - size if one.value >= 0.0 else zero
        parts.append(
            f'<g class="{one.tone}"><title>{escape(one.told)}</title>'
            f'<rect class="reach" x="{x:.1f}" y="{_TOP:.1f}" width="{step:.1f}" height="{room:.1f}"/>'
            f'<rect x="{x + step * 0.1:.1f}" y="{top:.1f}" width="{step * 0.8:.1f}" height="{max(size, 0.5):.1f}"/></g>'
        )
        if n % every == 0:
            parts.append(f'<text x="{x + step / 2.0:.1f}" y="{HEIGHT - 7:.1f}">{escape(one.name)}</text>')
    told = escape(f"{title}: " + "; ".join(one.told for one in given), quote=True)
    return f'<svg class="columns" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">{"".join(parts)}</svg>'


def distribution(title: str, values: Sequence[float]) -> str:
    """Return how often values (fractions) fall into steps; zero lies between two."""
    if not values:
        return ""
    low, high = min(values), max(values)
    width = nice((high - low) / 16.0) if high > low else nice(abs(high) or 0.001)
    first, last = math.floor(low / width), math.floor(high / width)
    while last - first + 1 > MOST_BINS:
        width *= 2.0
        first, last = math.floor(low / width), math.floor(high / width)
    counts = [0] * (last - first + 1)
    for value in values:
        counts[min(max(math.floor(value / width), first), last) - first] += 1
    digits = max(0, 1 - math.floor(math.log10(width * 100.0)))
    found = []
    for n, count in enumerate(counts, first):
        begin, end = (f"{100.0 * edge * width + 0.0:.{digits}f}" for edge in (n, n + 1))
        days = counted(count, "day")
        found.append(Column(f"{begin}%", float(count), f"{begin}% to {end}%: {days}", "gain" if n >= 0 else "loss"))
    return columns(title, found)


def nice(width: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten not below `width` > 0."""
    power = math.pow(10.0, math.floor(math.log10(width)))
    return next(step * power for step in _STEPS if step * power >= width * (1.0 - 1e-9))
