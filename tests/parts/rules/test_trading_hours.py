"""trading_hours: entries by the clock of a zone and not at weekends; exits always."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from openbell.core.codes import Code
from openbell.core.types import MINUTE_NS
from openbell.parts.rules import trading_hours
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, passes_exit, priced

NO = (Code.SESSION_HOURS,)


def instant(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def said(text: str, zone: str, **options: object) -> tuple[int, ...]:
    """Return what the rule says of an entry at a local time."""
    return codes(priced(), b.draft("buy", 1), bound(trading_hours, **options), instant(text, zone))


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        ("2024-01-02 08:59:59", NO), ("2024-01-02 09:00", ()), ("2024-01-02 15:59:59", ()), ("2024-01-02 16:00", NO),
        # The clocks change on 10 March and on 3 November.
        ("2024-03-08 08:59:59", NO), ("2024-03-11 09:00", ()), ("2024-03-11 16:00", NO),
        ("2024-11-01 15:59:59", ()), ("2024-11-04 08:59:59", NO), ("2024-11-04 09:00", ()),
    ],
)  # fmt: skip
def test_the_hours_are_those_of_the_zone_over_changes_of_its_clocks(at: str, wanted: tuple[int, ...]) -> None:
    assert said(at, "America/New_York", hours="09:00-16:00 America/New_York") == wanted


@pytest.mark.parametrize(("at", "wanted"), [("21:59", NO), ("22:00", ()), ("03:00", ()), ("06:59", ()), ("07:00", NO)])
def test_hours_may_reach_over_midnight(at: str, wanted: tuple[int, ...]) -> None:
    assert said(f"2024-01-03 {at}", "UTC", hours="22:00-07:00") == wanted


@pytest.mark.parametrize("weekends", [True, False])
@pytest.mark.parametrize(("day", "is_weekend"), [(5, False), (6, True), (7, True), (8, False)])
def test_weekends_are_those_of_the_session(weekends: bool, day: int, is_weekend: bool) -> None:
    book = priced()
    session = book.session("AAPL")
    session.open, session.close = instant(f"2024-01-0{day}"), instant(f"2024-01-0{day}") + 1440 * MINUTE_NS
    found = codes(book, b.draft("buy", 1), bound(trading_hours, weekends=weekends), session.open + MINUTE_NS)
    assert found == (NO if is_weekend and not weekends else ())


def test_exits_are_never_held_back() -> None:
    book = priced()
    hold(book, 10, px=100)
    assert passes_exit(book, bound(trading_hours, hours="03:00-03:01"))


@pytest.mark.parametrize("hours", ["9 to 5", "25:00-26:00", "09:00-09:00", "09:00-16:00 Mars/Base", 9])
def test_what_is_no_part_of_a_day_is_refused(hours: object) -> None:
    with pytest.raises(ValidationError):
        trading_hours.Config.model_validate({"hours": hours})


def test_it_says_so_in_words() -> None:
    made = trading_hours.Config(hours="09:00-16:00 Europe/London", weekends=False)
    assert trading_hours.text(made) == "entries 09:00-16:00 Europe/London, none at weekends"
    assert trading_hours.text(trading_hours.Config()) == "entries on every day of the week"
