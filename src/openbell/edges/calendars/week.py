"""Calendars of our own: the FX week, and UTC days that never close. No package needed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from openbell.core.types import DAY_NS, NS
from openbell.edges.calendars.day import Day, instant

NEW_YORK = ZoneInfo("America/New_York")
ROLL = time(17)
"""The FX day ends, and the next begins, at 17:00 New York."""
_FIRST_WEEKEND_DAY = 5


def fx_days(first: date, last: date) -> list[Day]:
    """Return the FX sessions dated `first` to `last`, both included.

    The week runs from Sunday 17:00 to Friday 17:00 New York; each session ends on its date, so that Monday's
    begins on Sunday evening. Holidays are not known here: they differ by broker and belong into overrides.
    """
    return [
        Day(
            date=day.isoformat(),
            open=instant(day - timedelta(days=1), ROLL, NEW_YORK),
            close=instant(day, ROLL, NEW_YORK),
        )
        for day in _dates(first, last)
        if day.weekday() < _FIRST_WEEKEND_DAY
    ]


def utc_days(first: date, last: date) -> list[Day]:
    """Return the UTC days `first` to `last`, both included, from midnight to midnight."""
    days = []
    for day in _dates(first, last):
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * NS
        days.append(Day(date=day.isoformat(), open=midnight, close=midnight + DAY_NS))
    return days


def _dates(first: date, last: date) -> Iterator[date]:
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)
