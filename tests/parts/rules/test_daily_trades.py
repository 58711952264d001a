"""daily_trades: entries of a session."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import daily_trades
from tests.core import build as b
from tests.core.build import at
from tests.core.test_ledger import sent
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.DAILY_TRADES,)


@pytest.mark.parametrize(("before", "found"), [(19, ()), (20, NO), (21, NO)])
def test_D11_the_twenty_first_entry_is_refused(before: int, found: tuple[int, ...]) -> None:
    book = priced()
    for _ in range(before):
        sent(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(daily_trades)) == found


def test_D11_orders_in_doubt_count_and_exits_neither_count_nor_are_refused() -> None:
    book = priced()
    hold(book, 5)
    in_doubt(book, "buy", 1)
    sent(book, "sell", 1, reduce_only=True)
    assert codes(book, b.draft("buy", 1), bound(daily_trades, limit=3)) == ()
    assert codes(book, b.draft("buy", 1), bound(daily_trades, limit=2)) == NO
    assert codes(book, b.draft("sell", 4, reduce_only=True), bound(daily_trades, limit=1)) == ()


def test_SD3_the_count_begins_anew_with_the_session_of_the_accounts_calendar() -> None:
    book = priced()
    hold(book, 1)
    assert codes(book, b.draft("buy", 1), bound(daily_trades, limit=1)) == NO
    apply_event(book, b.session(1, calendar="NYSE"))
    assert codes(book, b.draft("buy", 1), bound(daily_trades, limit=1)) == NO
    apply_event(book, b.session(1))
    assert codes(book, b.draft("buy", 1), bound(daily_trades, limit=1), at(1500)) == ()


def test_SD5_the_limit_never_stops_an_exit() -> None:
    book = priced()
    hold(book, 1)
    assert passes_exit(book, bound(daily_trades, limit=1))
