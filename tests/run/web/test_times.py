"""Zones and openings of exchanges."""

from openbell.core.types import MINUTE_NS, NS
from openbell.run.web.times import Timetable

FRIDAY_NIGHT = 1_704_495_600 * NS
"""2024-01-05 23:00 UTC, after the close of New York."""
MONDAY_OPEN = 1_704_724_200 * NS


def test_a_closed_exchange_tells_when_it_opens_again_and_in_which_zone() -> None:
    table = Timetable({}, None)
    assert table.zone("NYSE", FRIDAY_NIGHT) == "America/New_York"
    assert table.next_open("NYSE", FRIDAY_NIGHT) == MONDAY_OPEN
    assert table.next_open("NYSE", FRIDAY_NIGHT + 60 * MINUTE_NS) == MONDAY_OPEN
    after = table.next_open("NYSE", MONDAY_OPEN)
    assert after is not None and after > MONDAY_OPEN


def test_the_runs_own_holiday_counts_and_an_unknown_calendar_has_nothing() -> None:
    closed = Timetable({"NYSE": {"closed": ["2024-01-08"]}}, None)
    found = closed.next_open("NYSE", FRIDAY_NIGHT)
    assert found == MONDAY_OPEN + 24 * 60 * MINUTE_NS
    assert (closed.zone("NOWHERE", FRIDAY_NIGHT), closed.next_open("NOWHERE", FRIDAY_NIGHT)) == ("", None)
