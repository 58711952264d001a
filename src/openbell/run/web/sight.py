"""What is shown of a book besides its truth: limits and instruments' hours."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from openbell.core.book import Book
from openbell.core.spec import RunSpec
from openbell.run.parts import PartError, Shelf
from openbell.run.reading import configuration, shelves_of
from openbell.run.web import limits, rows
from openbell.run.web.rows import Row, Rows
from openbell.run.web.times import Timetable


class Sight:
    """Of one state; it serves any book of it, of now or of the past.

    Attributes:
        has_channels: True where its file has messages for people.
        late: By account why its prices are not of now, in words; without those whose prices are.
    """

    def __init__(self, folder: Path, spec: RunSpec, calendars: Path | None) -> None:
        """Read what a state was told; `calendars` is the file that keeps sessions of exchanges."""
        told, shelves = configuration(folder), shelves_of(folder)
        shelf = shelves.rules
        self._bounds = limits.bounds(told.get("rules", {}), shelf)
        self._off = limits.unbound(spec, self._bounds, shelf)
        alerts = told.get("alerts") or {}
        self.has_channels = bool(alerts if isinstance(alerts, list) else alerts.get("channels") and alerts["enabled"])
        self.late = _late(told.get("accounts", {}), shelves.brokers)
        self._times = Timetable(told.get("calendars", {}), calendars)

    def calendar(self, name: str, start: int, end: int) -> Row:
        """Return a calendar: its zone, and its sessions between two instants (UTC ns)."""
        found = self._times.sessions(name, start, end)
        shown = [{"date": one.date, "open_ts": str(one.open), "close_ts": str(one.close)} for one in found]
        return {"name": name, "zone": self._times.zone(name, start), "sessions": shown}

    def rows(self, book: Book) -> dict[str, Rows]:
        """Return the rows of limits and of instruments."""
        return {
            "instruments": rows.instruments(book, self._times),
            "limits": limits.rows(book, self._bounds, self._off),
        }


def _late(accounts: Mapping[str, Mapping[str, Any]], shelf: Shelf) -> dict[str, str]:
    """Return what each broker says of how late its prices come; one that is not here any more says nothing."""
    found = {}
    for name, options in accounts.items():
        with suppress(KeyError, PartError):
            words = getattr(shelf.module(options["broker"]), "late", None)
            if words is not None and (why := words(options)):
                found[name] = why
    return found
