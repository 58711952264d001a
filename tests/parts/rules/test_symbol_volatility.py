"""symbol_volatility: how much it moves."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.parts.rules import symbol_volatility
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.SYMBOL_VOLATILITY,)


def moving(share: float) -> Book:
    """Return a book whose instrument moved up and down by a share in every session."""
    book = priced()
    book.truth.marks["AAPL"].closes = [100.0 if n % 2 else 100.0 * (1.0 + share) for n in range(21)]
    return book


def test_D23_a_calm_instrument_passes_and_a_wild_one_does_not() -> None:
    # Returns of plus and minus x deviate by about x: 1.8 percent a session is 29 a year, 2 percent 32.
    assert codes(moving(0.018), b.draft("buy", 1), bound(symbol_volatility)) == ()
    assert codes(moving(0.02), b.draft("buy", 1), bound(symbol_volatility)) == NO


@pytest.mark.parametrize(("millionths", "found"), [(299_999, 0), (300_000, 0), (300_001, *NO), (-1, *NO)])
def test_D23_binds_just_above_the_limit_and_where_nothing_is_known(millionths: int, found: int) -> None:
    rule = bound(symbol_volatility)
    assert rule.check(rule.params, symbol_volatility.Facts(millionths)) == found


def test_D23_unknown_refuses_whatever_is_in_flight_and_exits_pass() -> None:
    book = priced()
    in_doubt(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(symbol_volatility)) == NO
    hold(book, 1)
    assert passes_exit(book, bound(symbol_volatility))


def test_D23_the_closes_of_sessions_are_kept() -> None:
    book = priced()
    for day in range(1, 70):
        apply_event(book, b.bar(day, 100.0 + day))
        apply_event(book, b.session(day))
    assert book.truth.marks["AAPL"].closes == [100.0 + day for day in range(9, 70)]
