"""From a data frame to bar tables: stamps, intervals, sides, symbols."""

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from openbell.core.types import DAY_NS
from openbell.edges.feeds.table import BarTable, Floats, Ints, Request, Sides, select
from openbell.schema import format_span

if TYPE_CHECKING:
    import polars as pl

PRICES = ("open", "high", "low", "close")
"""Columns without which a file does not hold bars."""
BID = tuple(f"bid_{name}" for name in PRICES)
ASK = tuple(f"ask_{name}" for name in PRICES)
COLUMNS = ("ts", "date", "symbol", *PRICES, "volume", *BID, *ASK, "span")
"""Everything that is read; a frame has `ts` (UTC) or `date`, and `PRICES`.

`span` is the true length of each bar in ns, where some are shorter than the others: the last of a session.
"""
_WEEK_NS = 7 * DAY_NS
_MARGIN_NS = 4 * DAY_NS
"""Session dates differ by less than this from the UTC dates of their bounds."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a frame comes from.

    Attributes:
        name: Of the file.
        interval: Length of its bars as the user states it, ns; None if it is to be inferred.
    """

    name: str
    interval: int | None


def is_bars(columns: list[str]) -> bool:
    """Return True if a file with these columns holds bars."""
    return all(name in columns for name in PRICES) and ("ts" in columns or "date" in columns)


def split(frame: "pl.DataFrame", name: str) -> dict[str, "pl.DataFrame"]:
    """Return the rows of each symbol.

    The symbol is in its column, else it is the file's name up to the first underscore.
    """
    if "symbol" not in frame.columns:
        return {name.partition(".")[0].partition("_")[0]: frame}
    symbols = frame["symbol"].unique(maintain_order=True).to_list()
    if len(symbols) == 1:
        return {str(symbols[0]): frame}
    return {str(key[0]): part for key, part in frame.partition_by("symbol", as_dict=True).items()}


def tabulate(frame: "pl.DataFrame", symbol: str, origin: Origin, request: Request) -> BarTable:
    """Return the bars of one symbol of one file.

    Rows are stamped at their open. Daily rows (a `date` column, or one row a day stamped midnight UTC) are placed
    in their session: `ts` is its close and the bar is as long as it is.

    Args:
        frame: Columns out of `COLUMNS`, of one symbol only.
        symbol: Its name.
        origin: The file.
        request: Gives the sessions of daily rows.

    Raises:
        ValueError: Stamps are not times, or the interval cannot be told.
    """
    notes: list[str] = []
    where = f"{origin.name}, {symbol}"
    stamp = "ts" if "ts" in frame.columns else "date"
    if frame[stamp].null_count():
        notes.append(f"{where}: {frame[stamp].null_count()} rows without a stamp dropped")
        frame = frame.drop_nulls(stamp)
    stamps = _stamps(frame, stamp, where)
    is_sorted = bool(np.all(stamps[1:] >= stamps[:-1]))
    if not is_sorted:
        notes.append(f"{where}: rows were not in the order of time; sorted")
        rows = np.argsort(stamps, kind="stable")
        frame, stamps = frame[rows], stamps[rows]
    interval = origin.interval
    if interval is None:
        interval = DAY_NS if stamp == "date" else common_step(stamps, where)
    spans = _spans(frame, interval)
    table = BarTable(
        symbol=symbol,
        interval_ns=interval,
        ts=stamps + (interval if spans is None else spans),
        open=_floats(frame, "open"),
        high=_floats(frame, "high"),
        low=_floats(frame, "low"),
        close=_floats(frame, "close"),
        volume=_floats(frame, "volume") if "volume" in frame.columns else np.zeros(len(frame)),
        bid=_sides(frame, BID),
        ask=_sides(frame, ASK),
        spans=spans,
        source=origin.name,
        notes=notes,
    )
    is_daily = stamp == "date" or (interval == DAY_NS and bool(np.all(stamps % DAY_NS == 0)))
    return _into_sessions(table, request) if is_daily and len(table) else table


def common_step(stamps: Ints, where: str) -> int:
    """Return the most common step of ascending stamps (UTC ns), the smallest of equals.

    Equal stamps do not count.

    Raises:
        ValueError: There are fewer than two distinct stamps; the text begins with `where`.
    """
    steps = np.diff(stamps)
    sizes, counts = np.unique(steps[steps > 0], return_counts=True)
    if not len(sizes):
        raise ValueError(f"{where}: too few rows to tell the length of a bar; state it with interval: 1m")
    return int(sizes[np.argmax(counts)])


def _stamps(frame: "pl.DataFrame", stamp: str, where: str) -> Ints:
    """Return the stamps of a frame as UTC ns, dates as their midnight."""
    import polars as pl

    column = frame[stamp]
    if column.dtype == pl.Date:
        return column.to_physical().to_numpy().astype(np.int64) * DAY_NS
    if not isinstance(column.dtype, pl.Datetime):
        raise ValueError(f"{where}: column {stamp} holds {column.dtype}, not times")
    return np.ascontiguousarray(column.dt.cast_time_unit("ns").to_physical().to_numpy(), dtype=np.int64)


def _spans(frame: "pl.DataFrame", interval: int) -> Ints | None:
    """Return the true lengths of bars where the frame tells them and one is not `interval` ns."""
    if "span" not in frame.columns:
        return None
    spans = np.ascontiguousarray(frame["span"].fill_null(interval).to_numpy(), dtype=np.int64)
    return spans if bool(np.any(spans != interval)) else None


def _floats(frame: "pl.DataFrame", name: str) -> Floats:
    import polars as pl

    column = frame[name].cast(pl.Float64)
    return np.array(column.fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _sides(frame: "pl.DataFrame", names: tuple[str, ...]) -> Sides | None:
    if not all(name in frame.columns for name in names):
        return None
    opens, highs, lows, closes = (_floats(frame, name) for name in names)
    return opens, highs, lows, closes


def _into_sessions(table: BarTable, request: Request) -> BarTable:
    """Return a daily table, stamped with midnights, placed into the sessions of those dates."""
    midnights = table.ts - table.interval_ns
    if len(midnights) > 1 and common_step(np.append(midnights, midnights[-1] + DAY_NS), table.source) >= _WEEK_NS:
        raise ValueError(f"{table.source}, {table.symbol}: rows are a week or more apart; only daily dates are read")
    first, last = int(midnights[0]), int(midnights[-1])
    found = request.sessions(table.symbol, first - _MARGIN_NS, last + _MARGIN_NS)
    bounds = {event.date: (event.open, event.close) for event in found if event.is_open}
    days = [bounds.get(str(day)) for day in midnights.astype("datetime64[ns]").astype("datetime64[D]")]
    placed = np.array([day is not None for day in days], dtype=np.bool_)
    if not placed.all():
        lost = np.flatnonzero(~placed)
        day = str(midnights[lost[0]].astype("datetime64[ns]").astype("datetime64[D]"))
        table.notes.append(
            f"{table.source}, {table.symbol}: {len(lost)} {format_span(DAY_NS)} rows on dates without a session "
            f"dropped, the first of {day}"
        )
    opens = np.array([day[0] for day in days if day is not None], dtype=np.int64)
    closes = np.array([day[1] for day in days if day is not None], dtype=np.int64)
    kept = select(table, placed)
    return BarTable(
        symbol=kept.symbol,
        interval_ns=DAY_NS,
        ts=closes,
        open=kept.open,
        high=kept.high,
        low=kept.low,
        close=kept.close,
        volume=kept.volume,
        bid=kept.bid,
        ask=kept.ask,
        spans=closes - opens,
        source=kept.source,
        notes=kept.notes,
    )
