"""What a feed delivers, and what it is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from openbell.core.events import Schedule
from openbell.schema import PartConfig

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sides = tuple[Floats, Floats, Floats, Floats]
"""Open, high, low and close of one side, each float64 of shape (n,), quote currency."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarTable:
    """All bars of one instrument and interval, ascending by `ts`.

    Equal stamps stay in the order of the source.

    Attributes:
        symbol: Instrument.
        interval_ns: Nominal length of a bar, ns; 86400 s for daily bars, whatever the session's length.
        ts: CLOSE times, UTC ns, int64 of shape (n,).
        open, high, low, close: Quote currency, float64 of shape (n,), as published: off-grid, zero and NaN occur.
        volume: Units, float64 of shape (n,); 0 where the source has no such column, NaN where the value is missing.
        bid, ask: The two sides where the source has them.
        spans: True length of each bar, ns, int64 of shape (n,), for bars of whole sessions; None where every bar
            is `interval_ns` long.
        source: Where the bars come from, for people.
        notes: What was ignored or changed on loading, in words. A feed's notes on its files stand in its first
            table.
        is_synthetic: True when the bars were invented.
    """

    symbol: str
    interval_ns: int
    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    bid: Sides | None = None
    ask: Sides | None = None
    spans: Ints | None = None
    source: str = ""
    notes: list[str] = field(default_factory=list)
    is_synthetic: bool = False

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.ts)

    @property
    def open_ts(self) -> Ints:
        """Times at which the bars began, UTC ns, int64 of shape (n,)."""
        return self.ts - (self.interval_ns if self.spans is None else self.spans)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed is asked to deliver.

    Attributes:
        symbols: Instruments, in the configuration's order.
        sessions: Called with (symbol, start, end in UTC ns); returns the `Schedule` events of that instrument's
            calendar which touch [start, end).
        start_ns, end_ns: Only bars that lie within these bounds are delivered, UTC ns; None for no bound.
    """

    symbols: tuple[str, ...]
    sessions: Callable[[str, int, int], Sequence[Schedule]]
    start_ns: int | None = None
    end_ns: int | None = None


class Feed(Protocol):
    """The module of a feed."""

    Config: type[PartConfig]

    def load(self, config: PartConfig, request: Request) -> list[BarTable]:
        """Return the tables of the requested symbols, in their order, longer interval first.

        Raises:
            ValueError: The source cannot deliver what is asked; the text says what to do.
            OSError: A file cannot be read.
        """


def select(table: BarTable, rows: "slice | Ints | NDArray[np.bool_]") -> BarTable:
    """Return the given rows (a slice, indices or a mask) of a table, its notes shared."""
    return BarTable(
        symbol=table.symbol,
        interval_ns=table.interval_ns,
        ts=table.ts[rows],
        open=table.open[rows],
        high=table.high[rows],
        low=table.low[rows],
        close=table.close[rows],
        volume=table.volume[rows],
        bid=_side(table.bid, rows),
        ask=_side(table.ask, rows),
        spans=None if table.spans is None else table.spans[rows],
        source=table.source,
        notes=table.notes,
        is_synthetic=table.is_synthetic,
    )


def within(table: BarTable, request: Request) -> BarTable:
    """Return the bars of a table that begin and end within the bounds of `request`."""
    if request.start_ns is None and request.end_ns is None:
        return table
    keep = np.ones(len(table), dtype=np.bool_)
    if request.start_ns is not None:
        keep &= table.open_ts >= request.start_ns
    if request.end_ns is not None:
        keep &= table.ts <= request.end_ns
    return select(table, keep)


def _side(side: Sides | None, rows: "slice | Ints | NDArray[np.bool_]") -> Sides | None:
    return None if side is None else (side[0][rows], side[1][rows], side[2][rows], side[3][rows])
