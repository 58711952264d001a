from openbell.core.events import Schedule
from openbell.core.session import Session, apply_schedule
from openbell.core.types import DAY_NS
from openbell.run.hours import Hours, stamped


def day(n: int) -> list[Schedule]:
    """Sessions from 9 to 17 of a day."""
    begin, end = n * DAY_NS + 9 * DAY_NS // 24, n * DAY_NS + 17 * DAY_NS // 24
    given = {"calendar": "X", "date": f"day-{n}", "open": begin, "close": end}
    return [Schedule(ts=begin, is_open=True, **given), Schedule(ts=end + 1, is_open=False, **given)]


def look_up(calendar: str, start: int, end: int) -> list[Schedule]:
    found = [event for n in range(200) for event in day(n)]
    return [event for event in found if start <= event.open < end]


def at(n: int, hour: int) -> int:
    return n * DAY_NS + hour * DAY_NS // 24


def test_a_new_engine_is_told_only_of_the_session_that_is_open() -> None:
    hours = Hours(look_up, {"X": Session(calendar="X")})
    assert [(e.date, e.is_open) for e in hours.due(at(50, 12))] == [("day-50", True)]
    night = Hours(look_up, {"X": Session(calendar="X")})
    assert list(night.due(at(50, 20))) == []
    assert night.next() == at(51, 9)


def test_each_event_is_told_once_as_the_clock_passes_it() -> None:
    known = Session(calendar="X")
    hours = Hours(look_up, {"X": known})
    told = []
    for hour in range(24 * 12):
        for event in hours.due(at(50, hour)):
            apply_schedule(known, event)
            told.append((event.date, event.is_open))
    assert told == [(f"day-{n}", is_open) for n in range(50, 62) for is_open in (True, False)]


def test_F85_after_a_sleep_everything_missed_is_told_in_order() -> None:
    known = Session(calendar="X")
    hours = Hours(look_up, {"X": known})
    for event in hours.due(at(50, 12)):
        assert apply_schedule(known, event)
    restarted = Hours(look_up, {"X": known})
    found = []
    for event in restarted.due(at(52, 12)):
        apply_schedule(known, event)
        found.append((event.date, event.is_open))
    assert found == [("day-50", False), ("day-51", True), ("day-51", False), ("day-52", True)]


def test_an_event_keeps_its_bounds_when_it_gets_its_instant() -> None:
    event = day(3)[0]
    assert (stamped(event, 99).ts, stamped(event, 99).open) == (99, event.open)
