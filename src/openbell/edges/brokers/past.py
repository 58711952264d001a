"""Bars of the past, as far as vendors have them. Pure."""

import msgspec

from openbell.core.events import Bar


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Bars of a symbol that open from `start` on and are over at `end` (UTC ns)."""

    symbol: str
    start: int
    end: int


def finished(bars: list[Bar], wanted: Wanted) -> list[Bar]:
    """Return the bars that were wanted, each once, in order of time.

    One still open is none of them, and none that makes no sense.
    """
    inside = (bar for bar in bars if bar.open_ts >= wanted.start and bar.ts <= wanted.end)
    found = {bar.ts: bar for bar in inside if _is_sound(bar)}
    return [found[ts] for ts in sorted(found)]


def _is_sound(bar: Bar) -> bool:
    """Return False where a price is none, or outside the bar's own range."""
    return 0.0 < bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high
