"""Sessions: every day of ten years, the known odd ones, overrides, and what cannot be answered."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from openbell.core.events import Schedule
from openbell.core.types import NS
from openbell.edges.calendars import Config, sessions, zone
from openbell.edges.calendars.overrides import ExtraSession

NEW_YORK = ZoneInfo("America/New_York")
SEOUL = ZoneInfo("Asia/Seoul")


def ns(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * NS


def local(ts: int, where: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ts // NS, tz=where)


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Schedule]]:
    cache = tmp_path_factory.mktemp("calendars") / "sessions.json"
    return {
        name: [event for event in sessions(name, ns(2015, 1, 1), ns(2026, 1, 1), cache_file=cache) if event.is_open]
        for name in ("NYSE", "KRX", "fx", "24x7")
    }


@pytest.mark.parametrize("name", ["NYSE", "KRX", "fx", "24x7"])
def test_every_session_of_eleven_years_opens_before_it_closes_and_overlaps_none(
    years: dict[str, list[Schedule]], name: str
) -> None:
    days = years[name]
    assert all(day.open < day.close and day.ts == day.open and day.calendar == name for day in days)
    assert all(day.close <= following.open for day, following in pairwise(days))
    assert all(day.date < following.date for day, following in pairwise(days))


def test_nyse_opens_at_half_past_nine_on_both_sides_of_every_clock_change(years: dict[str, list[Schedule]]) -> None:
    for day in years["NYSE"]:
        opened = local(day.open, NEW_YORK)
        assert (opened.time(), opened.date().isoformat()) == (time(9, 30), day.date)
        assert local(day.close, NEW_YORK).time() in (time(16), time(13))


def test_krx_opens_at_nine_or_ten_in_seoul(years: dict[str, list[Schedule]]) -> None:
    for day in years["KRX"]:
        opened = local(day.open, SEOUL)
        assert opened.date().isoformat() == day.date
        assert opened.time() in (time(9), time(10))


def test_fx_runs_from_sunday_to_friday_at_seventeen_new_york(years: dict[str, list[Schedule]]) -> None:
    for day in years["fx"]:
        opened, closed = local(day.open, NEW_YORK), local(day.close, NEW_YORK)
        assert opened.time() == closed.time() == time(17)
        assert closed.date().isoformat() == day.date
        assert closed.date() - opened.date() == timedelta(days=1)
        assert closed.weekday() < 5
    # The session of 1 January 2026 begins in the evening of 2025.
    assert len({day.date for day in years["fx"]}) == sum(
        (date(2015, 1, 1) + timedelta(days=i)).weekday() < 5 for i in range(4019)
    )


def test_days_without_end_have_no_gap(years: dict[str, list[Schedule]]) -> None:
    days = years["24x7"]
    assert len(days) == 4018
    assert all(day.close == following.open for day, following in pairwise(days))
    assert all(day.close - day.open == 86400 * NS for day in days)


@pytest.mark.parametrize("day", ["2024-07-03", "2024-11-29", "2024-12-24"])
def test_nyse_half_days_end_at_thirteen(years: dict[str, list[Schedule]], day: str) -> None:
    half = next(event for event in years["NYSE"] if event.date == day)
    assert local(half.close, NEW_YORK).time() == time(13)


@pytest.mark.parametrize("day", ["2025-01-09", "2024-07-04", "2025-12-25"])
def test_nyse_is_closed_on_holidays_and_days_of_mourning(years: dict[str, list[Schedule]], day: str) -> None:
    assert day not in {event.date for event in years["NYSE"]}


def test_a_session_has_two_events_and_the_closing_one_comes_a_nanosecond_late() -> None:
    opening, closing = sessions("NYSE", ns(2024, 7, 3), ns(2024, 7, 4))
    assert (opening.is_open, opening.ts) == (True, ns(2024, 7, 3, 13, 30))
    assert (closing.is_open, closing.ts) == (False, ns(2024, 7, 3, 17) + 1)
    assert (opening.open, opening.close, opening.date) == (closing.open, closing.close, closing.date)


def test_events_are_ordered_by_ts_where_sessions_touch() -> None:
    events = sessions("24x7", ns(2024, 1, 1), ns(2024, 1, 4))
    assert [event.ts for event in events] == sorted(event.ts for event in events)
    assert len(events) == 6


def test_only_sessions_that_touch_the_range_are_given() -> None:
    assert sessions("NYSE", ns(2024, 7, 3, 17), ns(2024, 7, 5, 13, 30)) == []
    assert len(sessions("NYSE", ns(2024, 7, 3, 16, 59), ns(2024, 7, 5, 13, 31))) == 4
    assert sessions("fx", ns(2024, 7, 6), ns(2024, 7, 7)) == []
    assert sessions("fx", ns(2024, 7, 8), ns(2024, 7, 8)) == []


def test_the_evening_before_belongs_to_the_next_session_date() -> None:
    (opening, _) = sessions("CMES", ns(2024, 7, 7, 23), ns(2024, 7, 7, 23, 1))
    assert opening.date == "2024-07-08"


def test_overrides_close_shorten_delay_and_add() -> None:
    config = Config.model_validate(
        {
            "closed": ["2024-07-05"],
            "early_closes": {"2024-07-02": "12:00"},
            "special_opens": {"2024-07-03": "10:30"},
            "extra": [{"date": "2024-07-06", "open": "10:00", "close": "11:00"}],
        }
    )
    found = [event for event in sessions("NYSE", ns(2024, 7, 2), ns(2024, 7, 8), config) if event.is_open]
    assert [event.date for event in found] == ["2024-07-02", "2024-07-03", "2024-07-06"]
    assert local(found[0].close, NEW_YORK).time() == time(12)
    assert local(found[1].open, NEW_YORK).time() == time(10, 30)
    assert local(found[2].open, NEW_YORK).time() == time(10)


def test_fx_overrides_apply_to_the_local_day_of_the_bound() -> None:
    config = Config(early_closes={date(2024, 12, 24): time(13)}, special_opens={date(2024, 12, 26): time(18)})
    found = [event for event in sessions("fx", ns(2024, 12, 24), ns(2024, 12, 27), config) if event.is_open]
    by_date = {event.date: event for event in found}
    assert local(by_date["2024-12-24"].close, NEW_YORK) == datetime(2024, 12, 24, 13, tzinfo=NEW_YORK)
    assert local(by_date["2024-12-26"].open, NEW_YORK) == datetime(2024, 12, 25, 18, tzinfo=NEW_YORK)


def test_an_early_close_of_a_day_that_never_closes_is_on_that_day() -> None:
    config = Config(early_closes={date(2024, 1, 2): time(20)})
    found = [event for event in sessions("24x7", ns(2024, 1, 2), ns(2024, 1, 3), config) if event.is_open]
    assert found[0].close == ns(2024, 1, 2, 20)


def test_an_extra_session_may_open_the_evening_before() -> None:
    config = Config.model_validate({"extra": [{"date": "2024-07-06", "open": "20:00", "close": "04:00"}]})
    found = [event for event in sessions("NYSE", ns(2024, 7, 6), ns(2024, 7, 7), config) if event.is_open]
    assert local(found[0].open, NEW_YORK).date() == date(2024, 7, 5)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"early_closes": {"2024-07-04": "12:00"}}, "2024-07-04 has no session"),
        ({"special_opens": {"2024-07-04": "12:00"}}, "2024-07-04 has no session"),
        ({"early_closes": {"2024-07-03": "09:00"}}, "would not open before it closes"),
        ({"extra": [{"date": "2024-07-03", "open": "10:00", "close": "11:00"}]}, "already has a session"),
        ({"extra": [{"date": "2024-07-04", "open": "12:00", "close": "11:00"}]}, "would overlap"),
    ],
)
def test_impossible_overrides_are_refused(config: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        sessions("NYSE", ns(2024, 7, 2), ns(2024, 7, 6), Config.model_validate(config))


def test_overrides_outside_the_range_have_no_effect() -> None:
    config = Config(
        closed=(date(2020, 1, 2),),
        early_closes={date(2020, 1, 4): time(12)},
        special_opens={date(2020, 1, 4): time(12)},
        extra=(ExtraSession(date=date(2020, 1, 4), open=time(10), close=time(11)),),
    )
    assert sessions("NYSE", ns(2024, 7, 2), ns(2024, 7, 6), config) == sessions("NYSE", ns(2024, 7, 2), ns(2024, 7, 6))


def test_an_unknown_calendar_is_refused_with_near_names() -> None:
    with pytest.raises(ValueError, match="did you mean XNYS"):
        sessions("XNYQ", ns(2024, 7, 2), ns(2024, 7, 6))


def test_a_range_beyond_the_packages_data_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match="install a newer exchange_calendars"):
        sessions("KRX", ns(2050, 12, 1), ns(2051, 2, 1))
    with pytest.raises(ValueError, match="knows it from 1956-01-01"):
        sessions("KRX", ns(1955, 12, 1), ns(1956, 2, 1))
    assert sessions("KRX", ns(2050, 12, 1), ns(2051, 1, 1))


def test_zones_are_those_of_the_market(tmp_path: Path) -> None:
    assert zone("NYSE", ns(2024, 1, 1), tmp_path / "cache.json").key == "America/New_York"
    assert zone("KRX", ns(2024, 1, 1)).key == "Asia/Seoul"
    assert zone("fx", ns(2024, 1, 1)).key == "America/New_York"
    assert zone("24x7", ns(2024, 1, 1)).key == "UTC"
