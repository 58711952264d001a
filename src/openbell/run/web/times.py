"""Zones of exchanges, and when a closed one opens again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openbell.core.events import Schedule
from openbell.core.types import DAY_NS
from openbell.edges.calendars import Config, sessions, zone

AHEAD_NS = 12 * DAY_NS
"""How far ahead an opening is looked for; no exchange is closed for longer."""


class Timetable:
    """The sessions to come of a run's calendars, worked out when they are first asked for.

    A calendar that is not known any more has no zone and no next session: what is shown of a run must not fail by it.
    """

    def __init__(self, overrides: Mapping[str, Any], cache: Path | None) -> None:
        """Look up sessions with a run's recorded corrections; `cache` is the file that keeps those of exchanges."""
        self._overrides, self._cache = overrides, cache
        self._zones: dict[str, str] = {}
        self._opens: dict[str, tuple[int, int, int | None]] = {}

    def zone(self, calendar: str, ts: int) -> str:
        """Return the zone (IANA) of a calendar at an instant (UTC ns), empty for unknown."""
        if calendar not in self._zones:
            try:
                self._zones[calendar] = zone(calendar, ts, self._cache).key
            except (ValueError, OSError):
                self._zones[calendar] = ""
        return self._zones[calendar]

    def next_open(self, calendar: str, ts: int) -> int | None:
        """Return when a calendar opens next after an instant, both UTC ns; None for unknown."""
        since, until, found = self._opens.get(calendar, (0, -1, None))
        if not since <= ts < until:
            found = self._look_up(calendar, ts)
            self._opens[calendar] = (ts, found if found is not None else ts + DAY_NS, found)
        return found

    def sessions(self, calendar: str, start: int, end: int) -> list[Schedule]:
        """Return a calendar's sessions between two instants (UTC ns), none for unknown."""
        given = self._overrides.get(calendar)
        try:
            own = Config(**given) if isinstance(given, Mapping) else None
            found = sessions(calendar, start, end, own, self._cache)
        except (ValueError, OSError):
            return []
        return [one for one in found if one.is_open]

    def _look_up(self, calendar: str, ts: int) -> int | None:
        coming = self.sessions(calendar, ts, ts + AHEAD_NS)
        return next((one.open for one in coming if one.open > ts), None)
