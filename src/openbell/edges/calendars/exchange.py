"""Sessions of exchanges, taken from the package exchange_calendars.

The package loads pandas, so it is imported inside the functions; `version` does not need it.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module, metadata
from typing import Any

import msgspec

from openbell.edges.calendars.day import Day

PACKAGE = "exchange_calendars"
ALIASES = {"KRX": "XKRX"}
"""Names of ours that the package does not know."""
AHEAD = timedelta(days=60)
"""Sessions are taken this far beyond the range asked, so that tomorrow's start is answered by the cache."""
_SAMPLE = ("2015-01-05", "2015-02-27")
"""A short range that every calendar knows; the bounds of its data are told by an instance only."""
_BEFORE = timedelta(days=15)
"""Longer than any closure: the package refuses ranges without a session."""


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions taken from the package.

    Attributes:
        zone: IANA name of the exchange's time zone.
        first, last: Dates, both included, for which `days` is complete.
        days: In the order of time.
    """

    zone: str
    first: date
    last: date
    days: tuple[Day, ...]


def version() -> str:
    """Return the installed version of the calendar package without importing it.

    Raises:
        ValueError: It is not installed.
    """
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        raise ValueError(
            f"exchange calendars need the package {PACKAGE}; install it, or use the calendars fx or 24x7"
        ) from None


def extract(calendar: str, first: date, last: date) -> Extract:
    """Return the sessions of an exchange from `first` to `last`, and some more on either side.

    A lunch break does not divide a session. `calendar` is a code or alias of the package, such as NYSE or XKRX.

    Raises:
        ValueError: The calendar is unknown, the package's data do not reach over the whole range, or the package
            is not installed.
    """
    version()
    code = ALIASES.get(calendar, calendar)
    low, high = _bounds(code)
    _require_range(calendar, (first, last), (low, high))
    start, end = max(first - _BEFORE, low), min(last + AHEAD, high)
    # Whole years, so that one answer serves all who ask about them.
    zone, known = _taken(code, max(date(start.year, 1, 1), low), min(date(end.year, 12, 31), high))
    days = tuple(day for day in known if start.isoformat() <= day.date <= end.isoformat())
    return Extract(zone=zone, first=start, last=end, days=days)


@lru_cache(maxsize=64)
def _taken(code: str, start: date, end: date) -> tuple[str, tuple[Day, ...]]:
    """Return zone and sessions; the package takes half a second to work them out, each time."""
    found = _calendar(code, start.isoformat(), end.isoformat())
    rows = zip(found.sessions, found.opens_nanos.tolist(), found.closes_nanos.tolist(), strict=True)
    return str(found.tz), tuple(Day(date=str(at.date()), open=open_, close=close) for at, open_, close in rows)


@lru_cache(maxsize=64)
def _bounds(code: str) -> tuple[date, date]:
    """Return the first and last date that the package knows of a calendar."""
    with _quiet():
        names: Sequence[str] = import_module(PACKAGE).get_calendar_names(include_aliases=True)
    if code not in names:
        near = get_close_matches(code.upper(), [*names, *ALIASES, "FX", "24X7"], n=3, cutoff=0.5)
        hint = f", did you mean {' or '.join(near)}" if near else ""
        raise ValueError(f"unknown calendar {code!r}{hint}; use fx, 24x7, NYSE, KRX or any code of {PACKAGE}")
    sample = _calendar(code, *_SAMPLE)
    low, high = sample.bound_min(), sample.bound_max()
    return (date(1900, 1, 1) if low is None else low.date(), date(2200, 1, 1) if high is None else high.date())


def _calendar(code: str, start: str, end: str) -> Any:
    with _quiet():
        return import_module(PACKAGE).get_calendar(code, start=start, end=end)


@contextmanager
def _quiet() -> Iterator[None]:
    """The package still uses calls that pandas wants to give up; nothing a trader could act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _require_range(calendar: str, asked: tuple[date, date], known: tuple[date, date]) -> None:
    if known[0] <= asked[0] and asked[1] <= known[1]:
        return
    raise ValueError(
        f"calendar {calendar}: {PACKAGE} {version()} knows it from {known[0]} to {known[1]}, but {asked[0]} to "
        f"{asked[1]} was asked for; shorten the range, or install a newer {PACKAGE}"
    )
