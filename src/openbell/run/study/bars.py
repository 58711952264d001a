"""A source in memory that several processes read: written once, mapped by each."""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from openbell.core.events import Schedule
from openbell.edges.feeds.table import BarTable, Ints, Sides
from openbell.run.source import Source

Memory = mmap.mmap | bytes | memoryview
_PRICES = ("open", "high", "low", "close", "volume")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One table without its columns: what it is, how many rows, which columns follow."""

    symbol: str
    interval_ns: int
    rows: int
    has_bid: bool
    has_ask: bool
    has_spans: bool
    is_synthetic: bool


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a piece of memory that holds a source.

    Attributes:
        heads: Of the tables, in order. digest: Fingerprint of the source.
        schedule: Bytes of its sessions, which stand behind the columns. size: Bytes of all.
    """

    heads: tuple[Head, ...]
    digest: str
    schedule: int
    size: int


class Lent(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source lies: the file of the process that lends it, and what is in there."""

    path: str
    layout: Layout


def packed(source: Source) -> tuple[Layout, list[memoryview]]:
    """Return a source as pieces of memory, one behind the other, and what is in them."""
    columns = [np.ascontiguousarray(column).data for table in source.tables for column in _columns(table)]
    sessions = msgspec.msgpack.encode(source.schedule)
    pieces = [*columns, memoryview(sessions)]
    heads = tuple(_head(table) for table in source.tables)
    size = sum(piece.nbytes for piece in pieces)
    return Layout(heads=heads, digest=source.digest, schedule=len(sessions), size=size), pieces


def unpacked(layout: Layout, memory: Memory) -> Source:
    """Return the source that lies in a piece of memory; its columns can only be read."""
    tables, at = [], 0
    for head in layout.heads:
        table, at = _table(head, memory, at)
        tables.append(table)
    schedule = msgspec.msgpack.decode(memory[at : at + layout.schedule], type=list[Schedule])
    return Source(tables=tables, schedule=schedule, digest=layout.digest, notes=())


@contextmanager
def lend(source: Source) -> Iterator[Lent]:
    """Hold a source in memory that other processes of this user can map, while it is entered.

    The memory has no name in any folder: it is gone with the last process that uses it, however that one ends.
    """
    layout, pieces = packed(source)
    file = os.memfd_create("openbell-bars", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(file), "wb") as out:
            for piece in pieces:
                out.write(piece)
        yield Lent(path=f"/proc/{os.getpid()}/fd/{file}", layout=layout)
    finally:
        os.close(file)


def take(lent: Lent) -> Source:
    """Return a source that another process lends; its columns can only be read.

    Raises:
        OSError: The one who lent it has gone.
    """
    with open(lent.path, "rb") as file:  # noqa: PTH123  # the path of a descriptor is opened as it stands
        return unpacked(lent.layout, mmap.mmap(file.fileno(), lent.layout.size, prot=mmap.PROT_READ))


def _head(table: BarTable) -> Head:
    return Head(
        symbol=table.symbol,
        interval_ns=table.interval_ns,
        rows=len(table),
        has_bid=table.bid is not None,
        has_ask=table.ask is not None,
        has_spans=table.spans is not None,
        is_synthetic=table.is_synthetic,
    )


def _columns(table: BarTable) -> list[NDArray[Any]]:
    found: list[NDArray[Any]] = [table.ts, *(getattr(table, name) for name in _PRICES)]
    found += [column for side in (table.bid, table.ask) if side is not None for column in side]
    return found if table.spans is None else [*found, table.spans]


def _table(head: Head, memory: Memory, at: int) -> tuple[BarTable, int]:
    """Return a table of the memory from byte `at` on, and the byte behind it."""

    def column(sort: str) -> NDArray[Any]:
        nonlocal at
        made = np.frombuffer(memory, sort, head.rows, at)
        at += made.nbytes
        return made

    def side() -> Sides:
        return column("f8"), column("f8"), column("f8"), column("f8")

    ts: Ints = column("i8")
    prices = [column("f8") for _ in _PRICES]
    bid = side() if head.has_bid else None
    ask = side() if head.has_ask else None
    spans = column("i8") if head.has_spans else None
    table = BarTable(
        symbol=head.symbol,
        interval_ns=head.interval_ns,
        ts=ts,
        open=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        volume=prices[4],
        bid=bid,
        ask=ask,
        spans=spans,
        is_synthetic=head.is_synthetic,
    )
    return table, at
