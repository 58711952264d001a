"""Longer bars out of shorter ones, anchored at the opening of each session. Pure.

A bar begins a whole number of spans after its session's opening and never reaches beyond its close, so that the last
one of a session may be shorter. Rows outside sessions are left out and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from openbell.core.events import Schedule
from openbell.edges.feeds.table import Floats, Ints

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sessions:
    """Sessions in order: opening and close, UTC ns, int64 of shape (n,), and ISO dates."""

    opens: Ints
    closes: Ints
    dates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """Which rows make up which bar.

    Attributes:
        rows: Indices of the rows that are in a session, int64. first: Where each bar begins among them, int64.
        start: Opening of each bar, UTC ns, int64. session: Index of its session, int64.
        outside: Rows that are in no session.
    """

    rows: Ints
    first: Ints
    start: Ints
    session: Ints
    outside: int


def sessions_from(events: Sequence[Schedule]) -> Sessions:
    """Return the sessions that schedule events tell of."""
    opened = sorted((event for event in events if event.is_open), key=lambda event: event.open)
    return Sessions(
        opens=np.array([event.open for event in opened], dtype=np.int64),
        closes=np.array([event.close for event in opened], dtype=np.int64),
        dates=tuple(event.date for event in opened),
    )


def session_of(stamps: Ints, sessions: Sessions) -> Ints:
    """Return the index of the session in which each bar opens, -1 for none."""
    if not len(sessions.opens):
        return np.full(len(stamps), -1, dtype=np.int64)
    place = np.searchsorted(sessions.opens, stamps, side="right") - 1
    inside = (place >= 0) & (stamps < sessions.closes[np.maximum(place, 0)])
    found: Ints = np.where(inside, place, -1).astype(np.int64)
    return found


def bins(stamps: Ints, sessions: Sessions, span: int | None) -> Bins:
    """Return how rows fall into bars of `span` ns, None for one bar a session.

    Args:
        stamps: Openings of the rows, ascending, UTC ns, int64.
        sessions: Those that may hold them.
        span: Length of a bar, ns.
    """
    places = session_of(stamps, sessions)
    rows = np.flatnonzero(places >= 0).astype(np.int64)
    session = places[rows]
    since = stamps[rows] - sessions.opens[session]
    number = np.zeros(len(rows), dtype=np.int64) if span is None else since // span
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = (np.diff(session) != 0) | (np.diff(number) != 0)
    first = np.flatnonzero(is_new).astype(np.int64)
    start = sessions.opens[session[first]] + number[first] * (span or 0)
    return Bins(rows=rows, first=first, start=start, session=session[first], outside=len(stamps) - len(rows))


def joined(values: Floats, made: Bins, how: str) -> Floats:
    """Return one value a bar: `first`, `last`, `max`, `min` or `sum` of its rows.

    A missing value (NaN) counts as nothing in a sum and is passed over by max and min.
    """
    own = values[made.rows]
    if not len(made.first):
        return own[:0]
    last = np.append(made.first[1:], len(own)) - 1
    if how in {"first", "last"}:
        found: Floats = own[made.first if how == "first" else last]
        return found
    if how == "sum":
        return np.add.reduceat(np.nan_to_num(own), made.first)
    pick = np.fmax if how == "max" else np.fmin
    picked: Floats = pick.reduceat(own, made.first)
    return picked


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What is missing of bars that sessions would have had.

    Attributes:
        sessions: Between the first and the last row. empty: Of them without any row. missing: Bars that are not there.
        expected: Bars that all sessions together would have. outside: Rows in no session.
        longest_ns: Longest time without a bar inside a session. longest_at: Where it begins, UTC ns, 0 for none.
    """

    sessions: int
    empty: int
    missing: int
    expected: int
    outside: int
    longest_ns: int
    longest_at: int


def gaps(stamps: Ints, interval: int, sessions: Sessions) -> Gaps:
    """Return what is missing between the first and the last row.

    Args:
        stamps: Openings, ascending, UTC ns, int64.
        interval: Length of a bar, ns.
        sessions: Those of the instrument's calendar.
    """
    places = session_of(stamps, sessions)
    inside = np.unique(stamps[places >= 0])
    if not len(inside):
        return Gaps(sessions=0, empty=0, missing=0, expected=0, outside=len(stamps), longest_ns=0, longest_at=0)
    own = session_of(inside, sessions)
    span = slice(int(own[0]), int(own[-1]) + 1)
    lengths = sessions.closes[span] - sessions.opens[span]
    expected = int((-(-lengths // interval)).sum())
    steps, same = np.diff(inside), np.diff(own) == 0
    waits: Ints = np.where(same, steps - interval, 0)
    longest = int(np.argmax(waits)) if len(waits) else 0
    length = max(int(waits[longest]), 0) if len(waits) else 0
    held = len(set(own.tolist()))
    present: NDArray[np.int64] = np.unique(np.stack([own, (inside - sessions.opens[own]) // interval]), axis=1)
    return Gaps(
        sessions=len(lengths),
        empty=len(lengths) - held,
        missing=expected - present.shape[1],
        expected=expected,
        outside=int((places < 0).sum()),
        longest_ns=length,
        longest_at=int(inside[longest]) + interval if length else 0,
    )


def resample(frame: "pl.DataFrame", sessions: Sessions, span: int | None) -> "tuple[pl.DataFrame, int]":
    """Return longer bars of one instrument, and how many rows were in no session.

    Args:
        frame: Columns as in `frames.COLUMNS`, with `ts`, ascending.
        sessions: Of the instrument's calendar.
        span: Length of a bar, ns; None for one a session, stamped with its date. Column `span` tells true lengths.
    """
    import polars as pl

    stamps = np.array(frame["ts"].dt.epoch("ns").to_numpy(), dtype=np.int64)
    made = bins(stamps, sessions, span)
    columns: dict[str, pl.Series] = {}
    if span is None:
        dates = [sessions.dates[n] for n in made.session.tolist()]
        columns["date"] = pl.Series(dates, dtype=pl.String).str.to_date("%Y-%m-%d")
    else:
        columns["ts"] = pl.Series(made.start, dtype=pl.Int64).cast(pl.Datetime("ns", "UTC")).dt.cast_time_unit("us")
    columns["symbol"] = pl.Series([str(frame["symbol"][0])] * len(made.first), dtype=pl.String)
    for name in frame.columns:
        how = _HOW.get(name.rpartition("_")[2])
        if how is not None:
            values = np.array(frame[name].fill_null(float("nan")).to_numpy(), dtype=np.float64)
            columns[name] = pl.Series(joined(values, made, how))
    if span is not None:
        lengths = np.minimum(sessions.closes[made.session] - made.start, span)
        columns["span"] = pl.Series(lengths, dtype=pl.Int64)
    return pl.DataFrame(columns), made.outside


_HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
