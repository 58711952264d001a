"""Our own conduct: windows that slide, counts of a session, all bounded and all part of the truth."""

from typing import Any

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.core.conduct import (
    DAY_NS,
    MOST_SENT,
    MOST_TRADES,
    Conduct,
    Trade,
    begin_day,
    note_entry,
    note_fill,
    note_result,
    note_sent,
)
from openbell.core.types import MINUTE_NS, NS
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_ledger import filled, sent


def test_messages_of_the_last_minute_are_kept_and_no_more_than_the_bound() -> None:
    conduct = Conduct()
    for n in range(200):
        note_sent(conduct, n * NS)
    assert len(conduct.sent) == 60
    assert conduct.sent_since(198 * NS) == 1
    for _ in range(2 * MOST_SENT):
        note_sent(conduct, 200 * NS)
    assert len(conduct.sent) == MOST_SENT


def test_executions_of_one_order_are_one_trade_and_old_ones_go() -> None:
    conduct = Conduct()
    order = b.order("buy", 10)
    order.arrival = d(100)
    note_fill(conduct, order, d(4), d(404), 1)
    note_fill(conduct, order, d(6), d(606), 2).gain -= 3
    (trade,) = conduct.trades
    assert (trade.ts, trade.qty, trade.paid, trade.slippage, trade.gain) == (2, 10, 1010, 10, -3)
    note_fill(conduct, b.order("buy", 1, index=2), d(1), d(100), DAY_NS + 2)
    assert [trade.order for trade in conduct.trades] == [2]
    for n in range(MOST_TRADES + 50):
        note_fill(conduct, b.order("buy", 1, index=n + 3), d(1), d(100), DAY_NS + 3)
    assert len(conduct.trades) == MOST_TRADES


def test_an_order_that_is_executed_again_is_the_latest_and_goes_a_day_after_that() -> None:
    conduct, order, other = Conduct(), b.order("buy", 10), b.order("buy", 1, index=2)
    note_fill(conduct, order, d(4), d(404), 1)
    note_fill(conduct, other, d(1), d(100), 2)
    note_fill(conduct, order, d(6), d(606), 3)
    assert [(trade.order, trade.qty) for trade in conduct.trades] == [(2, 1), (order.index, 10)]
    note_fill(conduct, b.order("buy", 1, index=3), d(1), d(100), DAY_NS + 2)
    assert [trade.order for trade in conduct.trades] == [order.index, 3]
    note_fill(conduct, b.order("buy", 1, index=4), d(1), d(100), DAY_NS + 3)
    assert [trade.order for trade in conduct.trades] == [3, 4]


@pytest.mark.parametrize(
    ("side", "paid", "arrival", "worse"),
    [("buy", 110, 100, 10), ("sell", 110, 100, -10), ("sell", 90, 100, 10), ("buy", 90, 0, 0)],
)
def test_slippage_is_signed_by_side_and_nothing_without_an_arrival(
    side: str, paid: int, arrival: int, worse: int
) -> None:
    trade = Trade(
        ts=1, order=1, instrument="AAPL", side=side, reason=0, is_exit=False, paid=d(paid), arrival=d(arrival)
    )
    assert trade.slippage == worse


@pytest.mark.parametrize(
    ("side", "prices", "px", "worse"),
    [
        ("sell", {"stop": d(95)}, "94.5", "0.5"),
        ("buy", {"stop": d(105)}, "105.5", "0.5"),
        ("sell", {"stop": d(95), "limit": d(94)}, "94.5", "0.5"),
        ("sell", {"limit": d(110)}, "110", "0"),
        ("sell", {"limit": d(97)}, "98", "2"),
        ("buy", {"limit": d(90)}, "90", "0"),
        ("buy", {"limit": d(103)}, "102", "2"),
        ("buy", {}, "102", "2"),
    ],
)
def test_what_waits_slips_from_its_own_price_and_all_else_from_the_mark(
    side: str, prices: dict[str, Any], px: str, worse: str
) -> None:
    conduct = Conduct()
    order = b.order(side, 1, **prices)
    order.arrival = d(100)
    note_fill(conduct, order, d(1), d(px), 1)
    assert conduct.trades[0].slippage == d(worse)


def test_a_session_counts_anew() -> None:
    conduct = Conduct()
    for n in range(30):
        note_entry(conduct, d(n))
    assert (conduct.orders, conduct.spent) == (30, 435)
    begin_day(conduct, d(-7))
    assert (conduct.orders, conduct.spent, conduct.opened) == (0, 0, -7)


def test_B29_a_result_is_kept_in_one_form_however_its_sum_came_about() -> None:
    kept, again = Conduct(), Conduct()
    for conduct, zero, gain in ((kept, "0E-12", "5.000000000000"), (again, "0", "5")):
        begin_day(conduct, d(zero))
        note_result(conduct, d(gain))
    assert (str(kept.opened), str(kept.best)) == (str(again.opened), str(again.best)) == ("0E-8", "5.00000000")


def test_the_best_result_only_rises() -> None:
    conduct = Conduct()
    for result in (-5, 3, 1):
        note_result(conduct, d(result))
    assert conduct.best == 3


def test_the_book_counts_what_is_sent_filled_and_answered() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    filled(book, "buy", 10, 101)
    conduct = book.truth.conduct["alpha"]
    assert (conduct.orders, conduct.spent, len(conduct.sent), conduct.trades[0].slippage) == (1, 1000, 1, 10)
    for _ in range(2):
        apply_event(book, b.update(sent(book, "buy", 1), "rejected"))
    assert conduct.rejects == 2
    last = sent(book, "buy", 1)
    apply_event(book, b.update(last, "accepted"))
    apply_event(book, b.update(last, "cancelled"))
    assert (conduct.rejects, conduct.cancels, conduct.refused) == (0, 1, 0)
    apply_event(book, b.session(1))
    assert (conduct.orders, conduct.cancels) == (0, 0)
    assert at(0) + MINUTE_NS == at(1)
    assert Code.ORDER_RATE == 223


def test_a_result_is_remembered_in_one_form_whatever_sums_it_came_from() -> None:
    for result in (d("21.301056970"), d("21.30105697")):
        conduct = Conduct()
        note_result(conduct, result)
        begin_day(conduct, result)
        assert [str(conduct.best), str(conduct.opened)] == ["21.30105697", "21.30105697"]
