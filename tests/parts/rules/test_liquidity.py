"""liquidity: an order against a day's volume and the top of the book."""

import pytest

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.parts.rules import liquidity
from tests.core import build as b
from tests.core.build import at, d
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.LIQUIDITY,)


def traded(adv: object = 10_000) -> Book:
    return priced(px=1.0, instruments=[b.instrument(adv=d(adv))])


def quote(book: Book, bid_size: float, ask_size: float) -> None:
    apply_event(book, ev.Quote(ts=at(1), instrument="AAPL", bid=1.0, ask=1.01, bid_size=bid_size, ask_size=ask_size))


@pytest.mark.parametrize(("qty", "found"), [(99, ()), (100, ()), (101, NO)])
def test_D03_binds_at_a_share_of_the_days_volume(qty: int, found: tuple[int, ...]) -> None:
    assert codes(traded(), b.draft("buy", qty), bound(liquidity)) == found


def test_D03_an_unknown_volume_refuses() -> None:
    assert codes(traded(0), b.draft("buy", 1), bound(liquidity)) == NO


@pytest.mark.parametrize(
    ("side", "qty", "found"), [("buy", 50, ()), ("buy", 51, NO), ("sell", 20, ()), ("sell", 21, NO)]
)
def test_D03_binds_at_a_multiple_of_what_is_shown_on_the_side_it_takes(
    side: str, qty: int, found: tuple[int, ...]
) -> None:
    book = traded()
    quote(book, 4.0, 10.0)
    assert codes(book, b.draft(side, qty), bound(liquidity)) == found


def test_D03_a_size_that_is_not_shown_binds_nothing_and_exits_pass() -> None:
    book = traded()
    quote(book, 0.0, 0.0)
    in_doubt(book, "buy", 100)
    assert codes(book, b.draft("buy", 100), bound(liquidity)) == ()
    hold(book, 5000, 1)
    assert passes_exit(book, bound(liquidity))
