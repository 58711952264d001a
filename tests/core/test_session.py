"""Sessions: what holds a bar, what begins a day."""

from openbell.core.session import Session, apply_schedule
from tests.core.build import DAY_NS, MINUTE_NS, T0, session


def opened(day: int = 0) -> Session:
    made = Session(calendar="24x7")
    assert apply_schedule(made, session(day))
    return made


def test_a_session_holds_the_bars_that_open_in_it() -> None:
    made = opened()
    cases = [(-1, False), (0, True), (DAY_NS - 1, True), (DAY_NS, False)]
    assert [(shift, made.holds(T0 + shift)) for shift, _ in cases] == cases


def test_the_row_that_opens_at_the_close_is_the_auction() -> None:
    made = opened()
    assert made.is_auction(T0 + DAY_NS)
    assert not made.is_auction(T0 + DAY_NS - MINUTE_NS)
    assert not Session(calendar="x").is_auction(0)


def test_the_same_session_does_not_begin_twice() -> None:
    made = opened()
    assert not apply_schedule(made, session(0))
    assert made.is_open


def test_the_close_keeps_the_bounds() -> None:
    made = opened()
    assert not apply_schedule(made, session(0, is_open=False))
    assert (made.is_open, made.close) == (False, T0 + DAY_NS)


def test_the_end_of_a_session_that_another_has_followed_changes_nothing() -> None:
    made = opened(1)
    assert not apply_schedule(made, session(0, is_open=False))
    assert (made.date, made.is_open) == ("day-1", True)


def test_an_early_close_is_the_close() -> None:
    made = Session(calendar="24x7")
    apply_schedule(made, session(0, close=210))
    assert made.is_auction(T0 + 210 * MINUTE_NS)
