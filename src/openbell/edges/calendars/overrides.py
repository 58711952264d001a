"""What a user knows better than the calendar: closures, half days, extra sessions."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from pydantic import Field

from openbell.edges.calendars.day import Day, instant, local
from openbell.schema import PartConfig


class ExtraSession(PartConfig):
    """A session that the calendar does not have, in the calendar's local time.

    It opens on `date`, or on the day before where `open` is not before `close`.
    """

    date: date
    open: time
    close: time


class Config(PartConfig):
    """Corrections of one calendar.

    Dates are session dates, times are local to the calendar's zone.

    Attributes:
        closed: Dates without a session.
        early_closes: New time of the close by date.
        special_opens: New time of the open by date; it applies to the local day on which the session opens.
        extra: Sessions to add.
    """

    closed: tuple[date, ...] = ()
    early_closes: dict[date, time] = Field(default_factory=dict)
    special_opens: dict[date, time] = Field(default_factory=dict)
    extra: tuple[ExtraSession, ...] = ()


def correct(days: Sequence[Day], config: Config, zone: ZoneInfo, span: tuple[date, date]) -> list[Day]:
    """Return `days` with the corrections of `config`, in the order of time.

    Args:
        days: Sessions of the calendar, complete over `span`.
        config: Corrections; those dated outside `span` have no effect.
        zone: The calendar's time zone.
        span: First and last date, both included.

    Raises:
        ValueError: A correction names a date without a session, adds one that is there, or leaves a session
            that does not open before it closes, or that overlaps another.
    """
    by_date = {day.date: day for day in days}
    for name, dates in (("early_closes", config.early_closes), ("special_opens", config.special_opens)):
        for at in dates:
            if span[0] <= at <= span[1] and at.isoformat() not in by_date:
                raise ValueError(f"{name}: {at} has no session; use extra to add one")
    for at, when in config.early_closes.items():
        _reclose(by_date, at, when, zone)
    for at, when in config.special_opens.items():
        _reopen(by_date, at, when, zone)
    for closed in config.closed:
        by_date.pop(closed.isoformat(), None)
    for extra in config.extra:
        if span[0] <= extra.date <= span[1]:
            _add(by_date, extra, zone)
    return _checked(sorted(by_date.values(), key=lambda day: day.open))


def _reclose(by_date: dict[str, Day], at: date, when: time, zone: ZoneInfo) -> None:
    day = by_date.get(at.isoformat())
    if day is None:
        return
    # A session that ends at midnight ends, for people, on the day that is over.
    last_day = local(day.close - 1, zone).date()
    by_date[day.date] = Day(date=day.date, open=day.open, close=instant(last_day, when, zone))


def _reopen(by_date: dict[str, Day], at: date, when: time, zone: ZoneInfo) -> None:
    day = by_date.get(at.isoformat())
    if day is None:
        return
    first_day = local(day.open, zone).date()
    by_date[day.date] = Day(date=day.date, open=instant(first_day, when, zone), close=day.close)


def _add(by_date: dict[str, Day], extra: ExtraSession, zone: ZoneInfo) -> None:
    name = extra.date.isoformat()
    if name in by_date:
        raise ValueError(f"extra: {name} already has a session; use special_opens and early_closes, or close it first")
    opens_on = extra.date if extra.open < extra.close else extra.date - timedelta(days=1)
    by_date[name] = Day(
        date=name,
        open=instant(opens_on, extra.open, zone),
        close=instant(extra.date, extra.close, zone),
    )


def _checked(days: list[Day]) -> list[Day]:
    for day in days:
        if day.open >= day.close:
            raise ValueError(f"the session of {day.date} would not open before it closes")
    for day, following in pairwise(days):
        if day.close > following.open:
            raise ValueError(f"the sessions of {day.date} and {following.date} would overlap")
    return days
