"""portfolio_volatility: how much it moves."""

import pytest

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.parts.rules import portfolio_volatility
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.PORTFOLIO_VOLATILITY,)


def moving(share: float) -> Book:
    book = priced(b.deployment_spec(instruments=("AAPL", "MSFT")))
    for symbol in ("AAPL", "MSFT"):
        book.truth.marks[symbol].closes = [100.0 if n % 2 else 100.0 * (1.0 + share) for n in range(21)]
    return book


@pytest.mark.parametrize(("qty", "found"), [(200, ()), (300, NO)])
def test_D24_counts_what_is_held_and_in_flight(qty: int, found: tuple[int, ...]) -> None:
    # Half the account in what moves 1.8 percent a session moves 14 a year, six tenths 17.
    book = moving(0.018)
    hold(book, 200, instrument="MSFT")
    in_doubt(book, "buy", 100, instrument="MSFT")
    assert codes(book, b.draft("buy", qty), bound(portfolio_volatility)) == found


@pytest.mark.parametrize(("millionths", "found"), [(149_999, 0), (150_000, 0), (150_001, *NO), (-1, *NO)])
def test_D24_binds_just_above_the_limit_and_where_nothing_is_known(millionths: int, found: int) -> None:
    rule = bound(portfolio_volatility)
    assert rule.check(rule.params, portfolio_volatility.Facts(millionths)) == found


def test_D24_unknown_refuses_and_exits_pass() -> None:
    book = priced()
    hold(book, 100)
    assert codes(book, b.draft("buy", 1), bound(portfolio_volatility)) == NO
    assert passes_exit(book, bound(portfolio_volatility))


def test_D24_a_short_takes_away_what_a_long_adds() -> None:
    book = moving(0.05)
    hold(book, 200, instrument="MSFT")
    assert codes(book, b.draft("buy", 1), bound(portfolio_volatility, limit="10%")) == NO
    assert codes(book, b.draft("sell", 190), bound(portfolio_volatility, limit="10%")) == ()
