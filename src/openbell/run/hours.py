"""Sessions of a live run: the `Schedule` events to be told as the clock passes them."""

from collections.abc import Iterator

import msgspec

from openbell.core.book import Book
from openbell.core.events import Schedule
from openbell.core.session import Session
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.parts.rules import trading_hours
from openbell.run.sessions import SessionsOf
from openbell.schema import DayHours

AHEAD_NS = 8 * DAY_NS
BEHIND_NS = 4 * DAY_NS


class Hours:
    """The sessions still to come, of all calendars in use."""

    def __init__(self, look_up: SessionsOf, sessions: dict[str, Session]) -> None:
        """Look sessions up through `look_up`; `sessions` is what the engine knows, and follows it."""
        self._look_up = look_up
        self._sessions = sessions
        self._until = 0
        self._coming: list[Schedule] = []

    def due(self, now: int) -> Iterator[Schedule]:
        """Yield the events that the clock has passed and the engine has not been told, in order.

        Of a calendar without any session so far, only the one that holds `now` is told. Each is yielded once the one
        before it has been taken.
        """
        if now >= self._until:
            self._load(now)
        count = 0
        while count < len(self._coming) and self._coming[count].ts <= now:
            count += 1
        found, self._coming = self._coming[:count], self._coming[count:]
        for event in found:
            if self._is_news(event, now):
                yield event

    def next(self) -> int:
        """Return when the next event is due, ns; or when to look further ahead."""
        return self._coming[0].ts if self._coming else self._until

    def _load(self, now: int) -> None:
        coming: list[Schedule] = []
        for calendar in self._sessions:
            coming += self._look_up(calendar, now - BEHIND_NS, now + AHEAD_NS)
        self._coming = sorted(coming, key=lambda event: (event.ts, event.is_open))
        self._until = now + AHEAD_NS - DAY_NS

    def _is_news(self, event: Schedule, now: int) -> bool:
        known = self._sessions[event.calendar]
        if event.is_open:
            return event.open > known.open and (bool(known.date) or event.close > now)
        return known.is_open and event.date == known.date


def resumes(book: Book, look_up: SessionsOf, hours: DayHours | None = None) -> int | None:
    """Return when entries are allowed again, ns; None where they are.

    Where no session comes within eight days it is 0.

    Args:
        book: As it stands.
        look_up: Sessions by calendar.
        hours: Part of the day for entries, None for the whole session.
    """
    now = book.truth.ts
    calendars = {instrument.calendar for instrument in book.spec.instruments.values()}
    sessions = (one for name in calendars for one in look_up(name, now, now + AHEAD_NS) if one.is_open)
    firsts = (_first(max(now, one.open), one.close, hours) for one in sessions)
    at = min((first for first in firsts if first is not None), default=0)
    return None if at == now else at


def _first(start: int, end: int, hours: DayHours | None) -> int | None:
    """Return the first instant from `start` on and before `end` that lies in `hours`, None for none."""
    if hours is None:
        return start if start < end else None
    config = trading_hours.Config(hours=hours)
    params = trading_hours.params(config)
    at: int
    for at in (start, *range(start // MINUTE_NS * MINUTE_NS + MINUTE_NS, end, MINUTE_NS)):
        second = trading_hours.second_of(at, trading_hours.ahead_at(params, at))
        if at < end and not trading_hours.check(params, trading_hours.Facts(second, 0)):
            return at
    return None


def stamped(event: Schedule, ts: int) -> Schedule:
    """Return the event as one that the engine acts on at `ts` (ns)."""
    return msgspec.structs.replace(event, ts=ts)
