"""From tables to one stream: the order of bars, the events, the fingerprint.

At one instant schedules come first, then bars in the order of instruments, longer interval first. The order is a
property of the tables alone, the same for the plain engine (events) and the compiled one (indices).
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from openbell.core.events import Bar, Schedule
from openbell.edges.feeds.table import BarTable, Ints, Sides

_BY_TS = attrgetter("ts")
CHUNK = 8192
"""Bars made at a time: enough to be fast, few enough to keep memory flat."""


def merge_order(tables: Sequence[BarTable]) -> tuple[NDArray[np.int32], Ints]:
    """Return the order in which the bars of all tables are taken. Pure.

    Args:
        tables: Each ascending by ts. Instruments rank by their first appearance in the sequence.

    Returns:
        Index of the table (int32) and of the row in it (int64), both of shape (total bars,).
    """
    ranks = {symbol: rank for rank, symbol in enumerate(dict.fromkeys(table.symbol for table in tables))}
    ranking = sorted(range(len(tables)), key=lambda i: (ranks[tables[i].symbol], -tables[i].interval_ns, i))
    if not ranking:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    ts = np.concatenate([tables[i].ts for i in ranking])
    which = np.concatenate([np.full(len(tables[i]), i, dtype=np.int32) for i in ranking])
    rows = np.concatenate([np.arange(len(tables[i]), dtype=np.int64) for i in ranking])
    if bool(np.all(ts[1:] >= ts[:-1])):
        return which, rows
    # The tables already stand in the order wanted at one instant, so a stable sort by time alone is enough.
    order = np.argsort(ts, kind="stable")
    return which[order], rows[order]


def events(tables: Sequence[BarTable], schedule: Sequence[Schedule] = ()) -> Iterator[Bar | Schedule]:
    """Return the events of a recorded source in the order in which the engine takes them.

    Args:
        tables: As in `merge_order`.
        schedule: Events in the order of time; those at one instant stay in their order.
    """
    return chain.from_iterable(_pieces(tables, schedule))


def _pieces(tables: Sequence[BarTable], schedule: Sequence[Schedule]) -> Iterator[Iterable[Bar | Schedule]]:
    which, rows = merge_order(tables)
    pending = iter(schedule)
    following = next(pending, None)
    for start in range(0, len(which), CHUNK):
        chunk = _chunk(tables, which[start : start + CHUNK], rows[start : start + CHUNK])
        begin = 0
        while following is not None and following.ts <= chunk[-1].ts:
            end = bisect_left(chunk, following.ts, begin, key=_BY_TS)
            yield chunk[begin:end]
            yield (following,)
            begin, following = end, next(pending, None)
        yield chunk[begin:] if begin else chunk
    if following is not None:
        yield (following,)
    yield pending


def bars(table: BarTable, start: int = 0, stop: int | None = None) -> list[Bar]:
    """Return rows [start, stop) of a table as events. Pure."""
    cut = slice(start, stop)
    columns = [column[cut].tolist() for column in (table.open, table.high, table.low, table.close, table.volume)]
    ts = table.ts[cut].tolist()
    spans = repeat(table.interval_ns, len(ts)) if table.spans is None else table.spans[cut].tolist()
    symbol, nominal = table.symbol, 0 if table.spans is None else table.interval_ns
    if table.bid is None and table.ask is None:
        return [
            Bar(ts=at, instrument=symbol, open=o, high=h, low=lo, close=c, volume=v, interval=span, nominal=nominal)
            for at, span, o, h, lo, c, v in zip(ts, spans, *columns, strict=True)
        ]
    bids, asks = _quadruples(table.bid, cut, len(ts)), _quadruples(table.ask, cut, len(ts))
    return [
        Bar(
            ts=at,
            instrument=symbol,
            open=o,
            high=h,
            low=lo,
            close=c,
            volume=v,
            interval=span,
            bid=bid,
            ask=ask,
            nominal=nominal,
        )
        for at, span, o, h, lo, c, v, bid, ask in zip(ts, spans, *columns, bids, asks, strict=True)
    ]


def fingerprint(tables: Sequence[BarTable]) -> str:
    """Return the SHA-256, in hex, of what the tables hold.

    Symbols, intervals and every number count; file names and notes do not.
    """
    digest = hashlib.sha256()
    for table in tables:
        digest.update(f"{table.symbol}\0{table.interval_ns}\0{len(table)}\n".encode())
        digest.update(table.ts.astype("<i8").tobytes())
        prices = (table.open, table.high, table.low, table.close, table.volume)
        for name, columns in (("bars", prices), ("bid", table.bid), ("ask", table.ask)):
            digest.update(f"{name}\0{columns is not None}\n".encode())
            for column in columns or ():
                digest.update(column.astype("<f8").tobytes())
        if table.spans is not None:
            digest.update(table.spans.astype("<i8").tobytes())
    return digest.hexdigest()


def _chunk(tables: Sequence[BarTable], which: NDArray[np.int32], rows: Ints) -> list[Bar]:
    """Return the bars of a piece of the merged order."""
    present = np.flatnonzero(np.bincount(which)).tolist()
    if len(present) == 1:
        return bars(tables[present[0]], int(rows[0]), int(rows[-1]) + 1)
    # The rows of one table within a piece follow each other, so each table is cut once and dealt out.
    made = {}
    for i in present:
        own = rows[which == i]
        made[i] = iter(bars(tables[i], int(own[0]), int(own[-1]) + 1))
    return [next(made[i]) for i in which.tolist()]


def _quadruples(side: Sides | None, cut: slice, count: int) -> Iterator[tuple[float, float, float, float] | None]:
    if side is None:
        return repeat(None, count)
    return zip(*(column[cut].tolist() for column in side), strict=True)
