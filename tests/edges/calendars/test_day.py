"""Local times and instants, also where the clocks move."""

from datetime import date, time
from zoneinfo import ZoneInfo

from openbell.core.types import NS
from openbell.edges.calendars.day import instant, local, utc_date

NEW_YORK = ZoneInfo("America/New_York")


def test_instants_follow_daylight_saving_time() -> None:
    winter, summer = (instant(date(2024, 3, day), time(9, 30), NEW_YORK) for day in (8, 11))
    assert summer - winter == (3 * 24 - 1) * 3600 * NS
    assert local(summer, NEW_YORK).time() == time(9, 30)
    assert utc_date(summer) == date(2024, 3, 11)


def test_a_repeated_time_is_the_first_and_a_skipped_one_counts_on() -> None:
    assert local(instant(date(2024, 11, 3), time(1, 30), NEW_YORK), NEW_YORK).fold == 0
    assert local(instant(date(2024, 3, 10), time(2, 30), NEW_YORK), NEW_YORK).time() == time(3, 30)
