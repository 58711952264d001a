"""Every day of ten years: three calendars, and what must hold of each of their sessions."""

import functools
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.risk import Denied, review
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.calendars import sessions, zone
from openbell.parts.rules import session_hours
from openbell.run.parts import bind_rule
from tests.core import build as b

HOUR_NS = 60 * MINUTE_NS
FIRST, LAST = date(2015, 1, 1), date(2024, 12, 31)
CALENDARS = ("NYSE", "KRX", "fx")
NEW_YORK, SEOUL, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/London")
US_MARCH_TO_EU_MARCH = [(2015, 3, 9, 27), (2019, 3, 11, 29), (2024, 3, 11, 28)]
"""Weeks in which New York has changed its clocks and London has not: year, month, first and last day."""


def ns(day: date, hour: int, minute: int, place: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=place).timestamp()) * NS


@functools.cache
def days_of(calendar: str) -> dict[str, ev.Schedule]:
    """Return the opening event of every session of the ten years, by session date."""
    begin = int(datetime(FIRST.year, 1, 1, tzinfo=UTC).timestamp()) * NS
    end = int(datetime(LAST.year + 1, 1, 1, tzinfo=UTC).timestamp()) * NS
    made = {event.date: event for event in sessions(calendar, begin, end) if event.is_open}
    return {name: day for name, day in made.items() if FIRST.isoformat() <= name <= LAST.isoformat()}


@pytest.fixture(scope="module", params=CALENDARS)
def calendar(request: pytest.FixtureRequest) -> tuple[str, dict[str, ev.Schedule]]:
    return request.param, days_of(request.param)


@pytest.fixture(scope="module")
def nyse() -> dict[str, ev.Schedule]:
    return days_of("NYSE")


def weekdays() -> list[date]:
    span = (LAST - FIRST).days + 1
    every = (FIRST + timedelta(days=n) for n in range(span))
    return [day for day in every if day.weekday() < 5]


def test_F81_every_session_opens_before_it_closes_and_none_overlap(calendar: tuple[str, dict]) -> None:
    name, days = calendar
    in_order = sorted(days.values(), key=lambda day: day.open)
    assert len(in_order) > 2400, name
    assert all(day.open < day.close for day in in_order)
    assert all(day.close <= following.open for day, following in pairwise(in_order))
    assert [day.date for day in in_order] == sorted(days)


def test_F81_the_session_date_is_the_local_day_of_the_close(calendar: tuple[str, dict]) -> None:
    name, days = calendar
    place = zone(name, next(iter(days.values())).open)
    for day in days.values():
        assert datetime.fromtimestamp(day.close // NS, tz=place).date().isoformat() == day.date
        assert date.fromisoformat(day.date).weekday() < 5 or name == "KRX"


def test_F81_sessions_keep_their_local_hours_over_every_change_of_clocks(nyse: dict[str, ev.Schedule]) -> None:
    for day in nyse.values():
        at = date.fromisoformat(day.date)
        assert day.open == ns(at, 9, 30, NEW_YORK)
        assert day.close in (ns(at, 16, 0, NEW_YORK), ns(at, 13, 0, NEW_YORK))
    for day in days_of("fx").values():
        at = date.fromisoformat(day.date)
        assert day.open == ns(at - timedelta(days=1), 17, 0, NEW_YORK)
        assert day.close == ns(at, 17, 0, NEW_YORK)


def test_F81_the_clocks_of_the_us_and_of_europe_differ_for_weeks(nyse: dict[str, ev.Schedule]) -> None:
    for year, month, first, last in US_MARCH_TO_EU_MARCH:
        for number in range(first, last + 1):
            day = nyse.get(date(year, month, number).isoformat())
            if day is not None:
                opens = datetime.fromtimestamp(day.open // NS, tz=LONDON)
                assert (opens.hour, opens.minute) == (13, 30), day.date
    usual = datetime.fromtimestamp(nyse["2024-02-01"].open // NS, tz=LONDON)
    assert (usual.hour, usual.minute) == (14, 30)


def test_F81_seoul_has_no_summer_time_and_one_late_day_a_year() -> None:
    late = []
    for day in days_of("KRX").values():
        opens = datetime.fromtimestamp(day.open // NS, tz=SEOUL)
        late += [day.date] if (opens.hour, opens.minute) != (9, 0) else []
    # The first session of a year, and the day of the college entrance test, begin an hour later.
    assert 10 <= len(late) <= 20
    assert "2024-01-02" in late


def test_F82_half_days_are_known_and_close_at_one(nyse: dict[str, ev.Schedule]) -> None:
    short = {day.date for day in nyse.values() if day.close - day.open < 6 * HOUR_NS}
    assert all(nyse[name].close == ns(date.fromisoformat(name), 13, 0, NEW_YORK) for name in short)
    # The day after Thanksgiving is one in every year.
    assert {f"{year}-11-{n}" for year, n in ((2015, 27), (2018, 23), (2021, 26), (2024, 29))} <= short
    assert "2024-12-24" in short
    assert 20 <= len(short) <= 35


def test_F83_holidays_have_no_session(nyse: dict[str, ev.Schedule]) -> None:
    closed = {day.isoformat() for day in weekdays()} - set(nyse)
    assert {"2018-12-05", "2022-06-20", "2024-03-29", "2024-12-25"} <= closed
    assert 85 <= len(closed) <= 110
    krx = days_of("KRX")
    assert not {"2024-02-09", "2024-09-17", "2024-12-31"} & set(krx)


def test_the_fx_week_has_a_session_for_each_weekday() -> None:
    assert sorted(days_of("fx")) == [day.isoformat() for day in weekdays()]


def test_B26_entries_are_refused_a_nanosecond_outside_every_session(calendar: tuple[str, dict]) -> None:
    name, days = calendar
    rule = bind_rule("session_hours", session_hours, session_hours.Config())
    book = b.book(b.run_spec(instruments=[b.instrument(calendar=name)], accounts=[b.account_spec(calendar=name)]))
    book.truth.marks["AAPL"].close, book.truth.marks["AAPL"].ts = 100.0, 1
    draft = b.draft()
    session = book.session("AAPL")
    for day in days.values():
        session.date, session.open, session.close, session.is_open = day.date, day.open, day.close, True
        refused = [_is_refused(book, rule, draft, ts) for ts in (day.open, day.open + 1, day.close, day.close + 1)]
        assert refused == [True, False, False, True], day.date


def _is_refused(book: object, rule: object, draft: object, ts: int) -> bool:
    verdict = review(book, (rule,), draft, ts)  # type: ignore[arg-type]  # made by the shared builders
    assert not isinstance(verdict, Denied) or verdict.codes == (Code.SESSION_HOURS,)
    return isinstance(verdict, Denied)


def test_B26_F82_bars_outside_the_session_of_their_day_never_trigger_an_entry(nyse: dict[str, ev.Schedule]) -> None:
    """Each half day of ten years, and the day before it: wishes at the real close, and an hour behind it."""
    spec = b.run_spec(instruments=[b.instrument(calendar="NYSE")], accounts=[b.account_spec(calendar="NYSE")])
    names = sorted(nyse)
    short = [n for n, name in enumerate(names) if nyse[name].close - nyse[name].open < 6 * HOUR_NS]
    for day in [nyse[names[at]] for n in short for at in (n - 1, n)]:
        made = b.engine(spec)
        made.step(day)
        for minutes, is_inside in ((-1, True), (0, False), (60, False)):
            begins = day.close + minutes * MINUTE_NS
            wish = ev.Bar(
                ts=begins + MINUTE_NS, instrument="AAPL", open=100.0, high=100.0, low=100.0, close=100.0,
                volume=1.0, interval=MINUTE_NS,
            )  # fmt: skip
            sent = b.only(fx.Submit, made.step(wish))
            assert bool(sent) is is_inside, day.date
            for submit in sent:
                made.step(b.fill(submit, 100))
