"""One session of a calendar, and the way from local times to instants."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from openbell.core.types import NS


class Day(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One session.

    Attributes:
        date: Session date, ISO, in the calendar's zone.
        open, close: Bounds, UTC ns; `open` < `close`.
    """

    date: str
    open: int
    close: int


def instant(day: date, at: time, zone: ZoneInfo) -> int:
    """Return the UTC ns of the local time `at` (whole seconds) on `day`.

    A time that the clocks skip counts as if they had not moved; of a time they repeat it is the first.
    """
    return int(datetime.combine(day, at, tzinfo=zone).timestamp()) * NS


def local(ts: int, zone: ZoneInfo) -> datetime:
    """Return the UTC ns `ts`, cut to whole seconds, as local time in `zone`."""
    return datetime.fromtimestamp(ts // NS, tz=zone)


def utc_date(ts: int) -> date:
    """Return the UTC date of the UTC ns `ts`."""
    return datetime.fromtimestamp(ts // NS, tz=UTC).date()
