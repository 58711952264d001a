"""Bars: do they come, in order, without gaps, with a high above the low, and young enough?"""

from collections.abc import Sequence

import numpy as np

from openbell.core.events import Schedule
from openbell.core.types import DAY_NS
from openbell.edges.feeds.table import BarTable
from openbell.run.doctor.line import Line, well
from openbell.run.source import Source

OLD_NS = 7 * DAY_NS
"""Recorded bars that end longer ago are called old."""


def market(source: Source, calendars: dict[str, str], now: int) -> list[Line]:
    """Return how the bars of each instrument are.

    Args:
        source: What was loaded.
        calendars: Of each instrument, by symbol.
        now: UTC ns; recorded bars that end long before are old.
    """
    lines = []
    for table in source.tables:
        sessions = [event for event in source.schedule if event.calendar == calendars[table.symbol] and event.is_open]
        lines.append(_table(table, sessions, now))
    return [*lines, *(Line(part="feed", level="warn", told=note, fix="openbell data verify tells more")
                      for note in source.notes if not source.is_synthetic)]  # fmt: skip


def _table(table: BarTable, sessions: Sequence[Schedule], now: int) -> Line:
    part, fix = f"bars of {table.symbol}", "openbell data verify tells where; repair or replace the file"
    disordered = int(np.count_nonzero(np.diff(table.open_ts) <= 0))
    if disordered:
        return Line(part=part, level="fail", told=f"{disordered} bars out of order", fix=fix)
    wrong = int(np.count_nonzero(_is_impossible(table)))
    if wrong:
        return Line(
            part=part, level="fail", told=f"{wrong} bars whose high or low is not the highest or lowest", fix=fix
        )
    missing, expected = gaps(table, sessions)
    words = f"{len(table):,} bars, {missing:,} of {expected:,} missing inside sessions"
    if missing:
        return Line(part=part, level="fail", told=words, fix=fix)
    if not table.is_synthetic and now - int(table.ts[-1]) > OLD_NS:
        days = (now - int(table.ts[-1])) // DAY_NS
        told = f"{words}; the last is {days} days old"
        return Line(part=part, level="fail", told=told, fix="bring newer bars; old ones do for a backtest only")
    return well(part, f"{words}, in order")


def _is_impossible(table: BarTable) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return True for each bar whose prices cannot be one bar's."""
    top, bottom = np.maximum(table.open, table.close), np.minimum(table.open, table.close)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (table.high < top) | (table.low > bottom)
    return found


def gaps(table: BarTable, sessions: Sequence[Schedule]) -> tuple[int, int]:
    """Return how many bars are missing inside sessions, and how many there should be.

    Only what lies between the first and the last bar counts; bars of a day or longer are one a session.
    """
    first, last, step = int(table.open_ts[0]), int(table.open_ts[-1]), table.interval_ns
    stamps = np.asarray(table.open_ts)
    missing = expected = 0
    for session in sessions:
        begin, end = max(session.open, first), min(session.close, last + step)
        if end <= begin:
            continue
        wanted = 1 if step >= DAY_NS else -(-(end - begin) // step)
        has = int(np.count_nonzero((stamps >= begin) & (stamps < end)))
        expected += wanted
        missing += max(wanted - has, 0)
    return missing, expected
