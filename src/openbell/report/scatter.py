"""Dots over two axes as SVG text; they need no script and follow the page's colours. Pure."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from openbell.report.curves import short

WIDTH, HEIGHT = 560, 260
"""Of a picture in its own units; the page scales it."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 12.0, 12.0, 40.0


class Dot(NamedTuple):
    """One dot: where it is, words when pointed at, and its tone.

    The tone is main for what matters, else nothing.
    """

    x: float
    y: float
    told: str
    tone: str = ""


def dots(title: str, names: tuple[str, str], given: Sequence[Dot], ends: tuple[str, str] | None = None) -> str:
    """Return dots over two axes, those that matter on top; empty without a dot.

    Args:
        title: Of the picture.
        names: Of the axes: across, then up.
        given: Dots.
        ends: Words under the left and the right end; the numbers there where they are left out.
    """
    if not given:
        return ""
    left, right = min(dot.x for dot in given), max(dot.x for dot in given)
    low, high = min(dot.y for dot in given), max(dot.y for dot in given)
    wide, room = (right - left) or 1.0, (high - low) or 1.0
    across, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = _TOP + up * (1.0 - share)
        parts.append(f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 5:.1f}" y="{y + 4:.1f}" text-anchor="end">{short(low + room * share)}</text>')
    for dot in sorted(given, key=lambda one: one.tone):
        x, y = _LEFT + across * (dot.x - left) / wide, _TOP + up * (high - dot.y) / room
        size = 4.0 if dot.tone else 3.0
        parts.append(
            f'<circle class="{dot.tone}" cx="{x:.1f}" cy="{y:.1f}" r="{size}">'
            f"<title>{escape(dot.told)}</title></circle>"
        )
    first, last = ends or (short(left), short(right))
    parts.append(f'<text x="{_LEFT}" y="{HEIGHT - 22}">{escape(first)}</text>')
    parts.append(f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 22}" text-anchor="end">{escape(last)}</text>')
    words = escape(f"{names[0]} across, {names[1]} up")
    parts.append(f'<text x="{(_LEFT + WIDTH) / 2:.1f}" y="{HEIGHT - 5}" text-anchor="middle">{words}</text>')
    told = escape(f"{title}: {len(given)} dots, {names[1]} from {short(low)} to {short(high)}", quote=True)
    return f'<svg class="dots" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">{"".join(parts)}</svg>'
