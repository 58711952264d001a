"""When silence becomes a breach, and when nothing is expected at all."""

import pytest

from openbell.core import events as ev
from openbell.core.age import due, is_overdue
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.spec import RunSpec, Subscription
from openbell.core.types import MINUTE_NS, NS
from tests.core import build as b
from tests.core.build import at

SLACK = 15 * NS
MINUTES = Subscription(instrument="AAPL", interval=MINUTE_NS, cadence=MINUTE_NS, max_age=MINUTE_NS + SLACK)
QUOTES = Subscription(instrument="AAPL", interval=0, cadence=NS, max_age=SLACK)
DAYS = Subscription(instrument="AAPL", interval=b.DAY_NS, cadence=b.DAY_NS, max_age=b.DAY_NS + SLACK)


def watching(*subscriptions: Subscription) -> RunSpec:
    made = b.run_spec()
    return RunSpec(
        **{name: getattr(made, name) for name in made.__struct_fields__ if name != "subscriptions"},
        subscriptions=subscriptions,
    )


def opened(*subscriptions: Subscription, close: int = 60) -> Book:
    """Return a book in a session of `close` minutes."""
    book = Book(watching(*subscriptions))
    apply_event(book, b.genesis())
    apply_event(book, b.session(close=close))
    return book


def quote(ts: int, bid: float = 99.9, ask: float = 100.1) -> ev.Quote:
    return ev.Quote(ts=ts, instrument="AAPL", bid=bid, ask=ask)


def test_nothing_is_expected_before_the_first_session() -> None:
    assert due(Book(watching(MINUTES)), MINUTES) is None


def test_the_first_bar_is_expected_from_the_open_on() -> None:
    assert due(opened(MINUTES), MINUTES) == at(1) + SLACK


def test_each_bar_and_each_quote_moves_its_own_deadline() -> None:
    book = opened(MINUTES, QUOTES)
    apply_event(book, b.bar(7, 100.0))
    apply_event(book, quote(at(9)))
    assert (due(book, MINUTES), due(book, QUOTES)) == (at(8) + SLACK, at(9) + SLACK)


def test_F75_data_are_overdue_at_their_age_and_not_before() -> None:
    book = opened(MINUTES)
    apply_event(book, b.bar(7, 100.0))
    assert not is_overdue(book, "AAPL", at(8) + SLACK - 1)
    assert is_overdue(book, "AAPL", at(8) + SLACK)


def test_one_stale_subscription_is_enough() -> None:
    book = opened(MINUTES, QUOTES)
    apply_event(book, b.bar(7, 100.0))
    assert is_overdue(book, "AAPL", at(7) + SLACK)
    apply_event(book, quote(at(7)))
    assert not is_overdue(book, "AAPL", at(7) + SLACK - 1)


def test_what_nobody_subscribes_to_is_never_overdue() -> None:
    assert not is_overdue(opened(), "AAPL", at(59))


@pytest.mark.parametrize("last", [59, 60])
def test_behind_the_last_whole_bar_of_a_session_nothing_is_expected(last: int) -> None:
    book = opened(MINUTES)
    apply_event(book, b.bar(last, 100.0))
    assert due(book, MINUTES) is None


def test_F82_a_half_day_ends_what_is_expected_at_its_own_close() -> None:
    book = opened(MINUTES, close=30)
    apply_event(book, b.bar(29, 100.0))
    assert due(book, MINUTES) is None
    assert not is_overdue(book, "AAPL", at(45))


def test_F84_in_a_halt_nothing_is_expected_and_its_end_begins_anew() -> None:
    book = opened(MINUTES)
    apply_event(book, ev.Halt(ts=at(5), instrument="AAPL", is_halted=True, text="LULD"))
    assert due(book, MINUTES) is None
    assert not is_overdue(book, "AAPL", at(30))
    apply_event(book, ev.Halt(ts=at(31), instrument="AAPL", is_halted=False))
    assert due(book, MINUTES) == at(32) + SLACK


def test_a_bar_as_long_as_its_session_is_expected_at_the_close_also_of_a_half_day() -> None:
    book = opened(DAYS, close=30)
    assert due(book, DAYS) == at(30) + SLACK
    apply_event(book, b.bar(30, 100.0, interval=30 * MINUTE_NS, nominal=b.DAY_NS))
    assert due(book, DAYS) is None
