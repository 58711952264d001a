"""Bars of the past, as far as vendors have them. Pure."""

from itertools import pairwise

import msgspec

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS


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


def shortened(bars: list[Bar]) -> list[Bar]:
    """Return the minutes of a front on this machine, as short as its clock makes them.

    Where they are shorter than a minute the last one may still be open: it is left out.
    """
    found = [
        msgspec.structs.replace(bar, ts=after.open_ts, interval=span, nominal=MINUTE_NS)
        if 0 < (span := after.open_ts - bar.open_ts) < bar.interval
        else bar
        for bar, after in pairwise(bars)
    ]
    return found if found and found[-1].interval < MINUTE_NS else [*found, *bars[-1:]]


def _is_sound(bar: Bar) -> bool:
    """Return False where a price is none, or outside the bar's own range."""
    return 0.0 < bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high
