"""Our own calendars."""

from datetime import date

from openbell.core.types import NS
from openbell.edges.calendars.week import fx_days, utc_days


def test_the_fx_week_has_five_sessions_of_a_day_each() -> None:
    days = fx_days(date(2024, 3, 4), date(2024, 3, 17))
    assert [day.date for day in days[:6]] == [
        "2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08", "2024-03-11",
    ]  # fmt: skip
    assert {day.close - day.open for day in days} == {86400 * NS}


def test_the_clock_change_of_a_weekend_makes_it_an_hour_shorter() -> None:
    friday, monday = fx_days(date(2024, 3, 8), date(2024, 3, 11))
    assert monday.open - friday.close == 47 * 3600 * NS


def test_utc_days_run_from_midnight_to_midnight() -> None:
    first, second = utc_days(date(2024, 2, 28), date(2024, 2, 29))
    assert (first.close, second.date) == (second.open, "2024-02-29")
    assert utc_days(date(2024, 2, 28), date(2024, 2, 27)) == []
