"""Recorded and synthetic sources.

Tables and sessions as one stream of events that can be resumed.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType

import msgspec

from openbell.core.events import CorporateAction, Event, FxMark, Schedule
from openbell.core.spec import RunSpec
from openbell.edges.feeds import actions
from openbell.edges.feeds.merge import events as merged
from openbell.edges.feeds.merge import fingerprint
from openbell.edges.feeds.rates import Cross, crosses, marks
from openbell.edges.feeds.table import BarTable, Request
from openbell.run.sessions import SessionsOf
from openbell.schema import PartConfig, format_span


class SourceError(Exception):
    """The source cannot feed this run; the text says what is missing and what to do."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run will be told, in order.

    Attributes:
        tables: Bars by instrument and interval, in configuration order.
        schedule: Sessions of all calendars in use, by time.
        digest: SHA-256 over the tables' contents: the same source or another one.
        notes: What was ignored or changed on loading, in words.
        start: First instant of a source without tables, UTC ns: that of live data.
        crosses: Pairs whose bars tell exchange rates as well.
        actions: Splits, dividends, spin-offs and other names of what is traded, by time.
    """

    tables: list[BarTable]
    schedule: list[Schedule]
    digest: str
    notes: tuple[str, ...]
    start: int = 0
    crosses: tuple[Cross, ...] = ()
    actions: tuple[CorporateAction, ...] = ()

    @property
    def bars(self) -> int:
        """Number of bars in all tables."""
        return sum(len(table) for table in self.tables)

    @property
    def is_synthetic(self) -> bool:
        """True when any of the bars were invented."""
        return any(table.is_synthetic for table in self.tables)

    def events(self, skip: int = 0) -> Iterator[Event]:
        """Yield the events in order, without the first `skip`."""
        told: Iterator[Event] = merged(self.tables, self.schedule)
        if self.crosses:
            told = heapq.merge(*map(marks, self.crosses), told, key=_in_order)
        if self.actions:
            told = heapq.merge(told, self.actions, key=_in_order)
        return islice(told, skip, None) if skip else told


def _in_order(event: Event) -> tuple[int, int]:
    """At one instant sessions come first, then rates, then bars, then what happens to a company behind them."""
    ranks = {Schedule: 0, FxMark: 1, CorporateAction: 3}
    return event.ts, ranks.get(type(event), 2)


def load(spec: RunSpec, feed: ModuleType, options: PartConfig, look_up: SessionsOf, until: int | None) -> Source:
    """Load what a run's deployments subscribe to.

    Args:
        spec: The run.
        feed: Module of the feed.
        options: The feed's own.
        look_up: Sessions by calendar.
        until: No bar that ends after this instant (UTC ns), None for no bound.

    Raises:
        SourceError: A deployment's bars are not there, or the feed cannot deliver.
    """
    instruments = spec.instruments
    request = Request(
        symbols=tuple(instruments),
        sessions=lambda symbol, start, end: look_up(instruments[symbol].calendar, start, end),
        end_ns=until,
    )
    try:
        tables: list[BarTable] = feed.load(options, request)
    except (ValueError, OSError) as error:
        raise SourceError(str(error)) from error
    notes = [note for table in tables for note in table.notes]
    tables = [table for table in tables if len(table)]
    _need_bars(spec, tables)
    used = _subscribed(spec, tables)
    bases = [account.currency for account in spec.accounts.values()]
    happened = _happened(options, used)
    if happened:
        notes.append(f"{len(happened)} splits, dividends, spin-offs or other names in the data are booked")
    return Source(
        tables=used,
        schedule=schedule_of(spec, used, look_up),
        digest=actions.fingerprint(fingerprint(used), happened),
        notes=tuple(dict.fromkeys(notes)),
        crosses=tuple(crosses(instruments, bases, used)),
        actions=happened,
    )


def _happened(options: PartConfig, tables: list[BarTable]) -> tuple[CorporateAction, ...]:
    """Return what the folder of the data tells of the instruments in it, while there are bars.

    Raises:
        SourceError: A row cannot be read.
    """
    try:
        found = actions.read(getattr(options, "path", None))
    except (ValueError, OSError) as error:
        raise SourceError(str(error)) from error
    start, end = min(int(t.open_ts[0]) for t in tables), max(int(t.ts[-1]) for t in tables)
    traded = {table.symbol for table in tables}
    return tuple(one for one in found if one.instrument in traded and start <= one.ts <= end)


def _need_bars(spec: RunSpec, tables: list[BarTable]) -> None:
    found: dict[str, list[int]] = {}
    for table in tables:
        found.setdefault(table.symbol, []).append(table.interval_ns)
    missing = []
    for deployment in spec.deployments.values():
        for symbol in deployment.instruments:
            has = found.get(symbol, [])
            if deployment.interval not in has:
                there = ", ".join(format_span(interval) for interval in sorted(has)) or "none at all"
                missing.append(
                    f"{deployment.name}: no {format_span(deployment.interval)} bars of {symbol} in the source "
                    f"(it has {there}); set `bars:` to what is there or give other data with --data"
                )
    if missing:
        raise SourceError("\n".join(missing))


def _subscribed(spec: RunSpec, tables: list[BarTable]) -> list[BarTable]:
    wanted = {(s, d.interval) for d in spec.deployments.values() for s in d.instruments}
    return [table for table in tables if (table.symbol, table.interval_ns) in wanted]


def schedule_of(spec: RunSpec, tables: list[BarTable], look_up: SessionsOf) -> list[Schedule]:
    """Return the sessions of every calendar in use over the tables' time, by time."""
    start = min(int(table.open_ts[0]) for table in tables)
    end = max(int(table.ts[-1]) for table in tables)
    calendars = dict.fromkeys(instrument.calendar for instrument in spec.instruments.values())
    calendars.update(dict.fromkeys(account.calendar for account in spec.accounts.values()))
    found: list[Schedule] = []
    for calendar in calendars:
        try:
            found += behind_last_bar(look_up(calendar, start, end))
        except (ValueError, OSError) as error:
            raise SourceError(f"calendar {calendar}: {error}") from error
    return sorted((event for event in found if event.ts <= end + 1), key=lambda event: event.ts)


def behind_last_bar(events: Sequence[Schedule]) -> list[Schedule]:
    """Return the events with each opening that meets a close moved behind it.

    Thus the last bar comes first.
    """
    closes = {event.close for event in events if not event.is_open}
    return [
        msgspec.structs.replace(event, ts=event.open + 2) if event.is_open and event.open in closes else event
        for event in events
    ]


def chosen_by_path(path: Path) -> str:
    """Return the kind of feed that reads a file or folder: parquet or csv.

    Raises:
        SourceError: Nothing readable is there.
    """
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for suffix in ("parquet", "csv"):
        if any(file.suffix == f".{suffix}" and file.is_file() for file in files):
            return suffix
    raise SourceError(f"{path}: no .parquet or .csv file is there")
