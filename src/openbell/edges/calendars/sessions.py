"""The one entry: the sessions of any calendar between two instants."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from openbell.core.events import Schedule
from openbell.edges.calendars import cache, exchange
from openbell.edges.calendars.day import Day, utc_date
from openbell.edges.calendars.overrides import Config, correct
from openbell.edges.calendars.week import NEW_YORK, fx_days, utc_days

FX = "fx"
ALWAYS = "24x7"
_UTC = ZoneInfo("UTC")
_PAD = timedelta(days=2)
"""Session dates differ from the UTC dates of their bounds by less than this."""


def sessions(
    calendar: str, start_ns: int, end_ns: int, overrides: Config | None = None, cache_file: Path | None = None
) -> list[Schedule]:
    """Return the events of all sessions that touch [start_ns, end_ns), ordered by ts.

    Each session has two. The opening event's `ts` is the open, the closing one's a nanosecond after the close. Where
    sessions follow each other without a gap (fx, 24x7), the next one's opening event therefore comes a nanosecond
    before the closing event of the one that ended.

    Args:
        calendar: `fx` (Sunday 17:00 to Friday 17:00 New York, a session a day), `24x7` (UTC days), NYSE, KRX, or
            any code of exchange_calendars.
        start_ns: First instant, UTC ns.
        end_ns: First instant no longer asked for, UTC ns.
        overrides: The user's corrections.
        cache_file: File that keeps sessions of exchanges between starts; None for no cache.

    Raises:
        ValueError: Unknown calendar, a range beyond the calendar package's data, or impossible overrides.
        OSError: The cache file cannot be read or written.
    """
    if end_ns <= start_ns:
        return []
    span = (utc_date(start_ns), utc_date(end_ns - 1))
    zone_, days = _days(calendar, span, cache_file)
    corrected = correct(days, overrides, zone_, _padded(span)) if overrides is not None else days
    events: list[Schedule] = []
    opens = {day.open for day in corrected}
    for day in corrected:
        if day.close > start_ns and day.open < end_ns:
            events += _events(calendar, day, goes_on=day.close in opens)
    events.sort(key=lambda event: event.ts)
    return events


def zone(calendar: str, at_ns: int, cache_file: Path | None = None) -> ZoneInfo:
    """Return the time zone in which the dates and times of `calendar` are meant.

    Args:
        calendar: As in `sessions`.
        at_ns: An instant, UTC ns, for which sessions are or will be asked.
        cache_file: As in `sessions`.

    Raises:
        ValueError: Unknown calendar, or `at_ns` beyond the calendar package's data.
        OSError: The cache file cannot be read or written.
    """
    return _days(calendar, (utc_date(at_ns), utc_date(at_ns)), cache_file)[0]


def _days(calendar: str, span: tuple[date, date], cache_file: Path | None) -> tuple[ZoneInfo, Sequence[Day]]:
    """Return the zone and the sessions of a calendar, complete over `span` and a little more."""
    if calendar == FX:
        return NEW_YORK, fx_days(*_padded(span))
    if calendar == ALWAYS:
        return _UTC, utc_days(*_padded(span))
    found = _exchange(calendar, span, cache_file)
    return ZoneInfo(found.zone), found.days


def _exchange(calendar: str, span: tuple[date, date], cache_file: Path | None) -> exchange.Extract:
    if cache_file is None:
        return exchange.extract(calendar, *span)
    key = (calendar, exchange.version())
    found = cache.find(cache_file, key, _padded(span))
    if found is None:
        found = exchange.extract(calendar, *span)
        cache.store(cache_file, key, found)
    return found


def _padded(span: tuple[date, date]) -> tuple[date, date]:
    return span[0] - _PAD, span[1] + _PAD


def _events(calendar: str, day: Day, *, goes_on: bool) -> tuple[Schedule, Schedule]:
    begin = Schedule(
        ts=day.open, calendar=calendar, date=day.date, open=day.open, close=day.close, is_open=True, goes_on=goes_on
    )
    return begin, msgspec.structs.replace(begin, ts=day.close + 1, is_open=False)
