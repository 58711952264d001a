"""Files of recorded bars: which are read, which are ignored, how several join."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from openbell.edges.feeds.frames import Origin, split, tabulate
from openbell.edges.feeds.table import BarTable, Request, Sides, within
from openbell.schema import format_span

if TYPE_CHECKING:
    import polars as pl

Reader = Callable[[Path], "pl.DataFrame | None"]
"""Returns the frame of a file, with columns as in `frames.COLUMNS`, or None if it does not hold bars."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which files to read.

    Attributes:
        path: A file, or a directory whose files (not those of its subdirectories) are read.
        suffix: Ending of the files' names in a directory, with its dot.
        source: Text in the names of the files to take where several overlap for one instrument.
        interval: Length of a bar, ns; None for the most common difference between stamps.
    """

    path: Path
    suffix: str
    source: str | None = None
    interval: int | None = None


class _Found(msgspec.Struct, kw_only=True):
    """What the files hold: tables of wanted symbols, names of all others, files without bars."""

    tables: list[BarTable]
    others: dict[str, list[str]]
    strange: list[str]


def load_files(choice: Choice, request: Request, reader: Reader) -> list[BarTable]:
    """Return the bars of the requested symbols out of all files chosen.

    Args:
        choice: Which files.
        request: Which symbols, and between which instants.
        reader: Reads one file.

    Raises:
        ValueError: A symbol has no bars, or two files overlap for one instrument.
        OSError: A file cannot be read.
    """
    found = _Found(tables=[], others={}, strange=[])
    for path in files(choice.path, choice.suffix):
        _read(path, choice, request, (reader, found))
    missing = [symbol for symbol in request.symbols if all(table.symbol != symbol for table in found.tables)]
    if missing:
        there = ", ".join(sorted({*found.others, *(table.symbol for table in found.tables)})) or "none"
        raise ValueError(f"{choice.path}: no bars of {', '.join(missing)}; the files hold bars of: {there}")
    tables = []
    for symbol in request.symbols:
        own = [table for table in found.tables if table.symbol == symbol]
        for interval in sorted({table.interval_ns for table in own}, reverse=True):
            same = [table for table in own if table.interval_ns == interval]
            tables.append(within(_join(same, choice.source), request))
    if tables:
        tables[0].notes.extend(_ignored(found))
    return tables


def files(path: Path, suffix: str) -> list[Path]:
    """Return the files that `path` stands for, by name.

    Raises:
        ValueError: There is none; the text names what is there.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ValueError(f"{path}: no such file or directory")
    found = sorted(entry for entry in path.iterdir() if entry.is_file() and entry.name.endswith(suffix))
    if not found:
        below = sorted(entry.name for entry in path.iterdir() if entry.is_dir())
        hint = f"; it has the directories {', '.join(below)}" if below else ""
        raise ValueError(f"{path}: no {suffix} file in this directory{hint}")
    return found


def _read(path: Path, choice: Choice, request: Request, into: tuple[Reader, _Found]) -> None:
    reader, found = into
    frame = reader(path)
    if frame is None:
        found.strange.append(path.name)
        return
    origin = Origin(name=path.name, interval=choice.interval)
    for symbol, part in split(frame, path.name).items():
        if symbol in request.symbols:
            found.tables.append(tabulate(part, symbol, origin, request))
        else:
            found.others.setdefault(symbol, []).append(path.name)


def _ignored(found: _Found) -> list[str]:
    notes = []
    if found.others:
        names = [f"{symbol} ({', '.join(held)})" for symbol, held in sorted(found.others.items())]
        notes.append(f"ignored, not configured: {', '.join(names)}")
    if found.strange:
        notes.append(f"ignored, no bars (open, high, low, close with ts or date): {', '.join(found.strange)}")
    return notes


def _join(tables: Sequence[BarTable], source: str | None) -> BarTable:
    """Return tables of one instrument and interval as one.

    Raises:
        ValueError: Two of them overlap in time and `source` does not decide between them.
    """
    ordered = sorted((table for table in tables if len(table)), key=lambda table: int(table.open_ts[0]))
    if not ordered:
        return tables[0]
    left_out: list[str] = []
    if source is not None and _overlap(ordered) is not None:
        left_out = [table.source for table in ordered if source not in table.source]
        ordered = [table for table in ordered if source in table.source]
        if not ordered:
            raise ValueError(f"{tables[0].symbol}: source: {source} fits none of the files {', '.join(left_out)}")
    clash = _overlap(ordered)
    if clash is not None:
        one, other = clash
        raise ValueError(
            f"{one.symbol}: {one.source} and {other.source} overlap in time ({format_span(one.interval_ns)} bars); "
            f"choose one with source:, a text that only its name contains"
        )
    joined = ordered[0] if len(ordered) == 1 else _concatenate(ordered)
    if left_out:
        joined.notes.append(f"{joined.symbol}: left out by source: {source}: {', '.join(left_out)}")
    return joined


def _overlap(ordered: Sequence[BarTable]) -> tuple[BarTable, BarTable] | None:
    """Return two tables that overlap in time, out of some ordered by their first bar, or None."""
    widest = ordered[0] if ordered else None
    for table in ordered[1:]:
        if widest is not None and table.open_ts[0] < widest.ts[-1]:
            return widest, table
        widest = table
    return None


def _concatenate(tables: Sequence[BarTable]) -> BarTable:
    notes = [note for table in tables for note in table.notes]
    bid, ask = [_side([getattr(table, name) for table in tables]) for name in ("bid", "ask")]
    if (bid is None and any(table.bid for table in tables)) or (ask is None and any(table.ask for table in tables)):
        notes.append(f"{tables[0].symbol}: bid and ask dropped, because not every file has them")
    spans = [table.spans for table in tables if table.spans is not None]
    return BarTable(
        symbol=tables[0].symbol,
        interval_ns=tables[0].interval_ns,
        ts=np.concatenate([table.ts for table in tables]),
        open=np.concatenate([table.open for table in tables]),
        high=np.concatenate([table.high for table in tables]),
        low=np.concatenate([table.low for table in tables]),
        close=np.concatenate([table.close for table in tables]),
        volume=np.concatenate([table.volume for table in tables]),
        bid=bid,
        ask=ask,
        spans=np.concatenate(spans) if len(spans) == len(tables) else None,
        source=", ".join(table.source for table in tables),
        notes=notes,
    )


def _side(sides: Sequence[Sides | None]) -> Sides | None:
    whole = [side for side in sides if side is not None]
    if len(whole) < len(sides):
        return None
    opens, highs, lows, closes = (np.concatenate([side[i] for side in whole]) for i in range(4))
    return opens, highs, lows, closes
