"""What an outside line changes in the truth: links, states told, doubts."""

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.contact import Contact
from openbell.core.order import Order
from openbell.core.risk import Denied, review
from openbell.core.spec import OutsideSpec
from openbell.core.types import Status
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_contact import listed


def outside(**changes: object) -> Book:
    return b.book(b.run_spec(accounts=[b.account_spec(outside=OutsideSpec(**changes))]))


def link(n: int, *, is_up: bool = True, channel: str = "orders") -> ev.Link:
    return ev.Link(ts=at(n), account="main", channel=channel, is_up=is_up)


def told(
    n: int, *orders: ev.VenueOrder, positions: dict[str, object] | None = None, **changes: object
) -> ev.BrokerState:
    fields = {"account": "main", "orders": orders, "cash": {"USD": d(100_000)}, "as_of": at(n)}
    held = {symbol: d(qty) for symbol, qty in (positions or {}).items()}
    return ev.BrokerState(ts=at(n), positions=held, **{**fields, **changes})


def contact(book: Book) -> Contact:
    return book.truth.contacts["main"]


def sent(book: Book, n: int = 1, **changes: object) -> Order:
    made = b.submit(index=book.truth.counter + 1, **changes)
    apply_effect(book, made, at(n))
    return book.truth.orders[made.oid]


def verdict(book: Book) -> tuple[int, ...]:
    apply_event(book, b.bar(1, 100.0))
    found = review(book, (), b.draft(), at(1))
    return found.codes if isinstance(found, Denied) else ()


def test_an_account_in_the_process_is_always_ready() -> None:
    assert b.book().truth.contacts == {}
    assert verdict(b.book()) == ()


def test_entries_wait_until_the_venue_has_told_what_it_holds() -> None:
    book = outside()
    assert verdict(book) == (Code.NOT_READY,)
    apply_effect(book, fx.Compared(account="main", is_ready=True, as_of=at(1)), at(1))
    assert verdict(book) == ()
    assert contact(book).is_known


def test_exits_do_not_wait_for_readiness() -> None:
    book = outside()
    order = sent(book)
    apply_event(book, b.fill(order, 100))
    assert not isinstance(review(book, (), b.draft("sell", reduce_only=True), at(1)), Denied)


@pytest.mark.parametrize("is_up", [True, False])
def test_any_change_of_the_line_takes_readiness_away(is_up: bool) -> None:
    book = outside()
    apply_effect(book, fx.Compared(account="main", is_ready=True, as_of=at(1)), at(1))
    apply_event(book, link(2, channel="data", is_up=is_up))
    assert contact(book).is_ready
    apply_event(book, link(3, is_up=is_up))
    assert (contact(book).is_up, contact(book).is_ready, contact(book).since) == (is_up, False, at(3) if is_up else 0)


def test_D35_F57_B22_clocks_that_disagree_stop_entries_alone_until_they_agree() -> None:
    book = outside()
    order = sent(book)
    apply_event(book, b.fill(order, 100))
    apply_event(book, link(1))
    apply_effect(book, fx.Compared(account="main", is_ready=True, as_of=at(1)), at(1))
    apart = msgspec.structs.replace(link(2, channel="clock", is_up=False), text="the venue's clock is 704 ms off ours")
    apply_event(book, apart)
    assert (contact(book).is_up, contact(book).is_ready, contact(book).apart) == (True, True, apart.text)
    assert verdict(book) == (Code.NOT_READY,)
    assert not isinstance(review(book, (), b.draft("sell", reduce_only=True), at(3)), Denied)
    # A line that comes back says nothing of the clocks.
    apply_event(book, link(4))
    apply_effect(book, fx.Compared(account="main", is_ready=True, as_of=at(5)), at(5))
    assert verdict(book) == (Code.NOT_READY,)
    apply_event(book, link(6, channel="clock"))
    assert (contact(book).apart, verdict(book)) == ("", ())


def test_why_a_line_is_down_is_known_until_it_is_up() -> None:
    book = outside()
    apply_event(book, msgspec.structs.replace(link(3, is_up=False), text="418 banned"))
    assert contact(book).why == "418 banned"
    apply_event(book, msgspec.structs.replace(link(4), text="at the venue"))
    assert contact(book).why == ""


def test_a_link_and_a_state_of_an_account_in_the_process_change_nothing() -> None:
    book = b.book()
    apply_event(book, link(1))
    apply_event(book, told(1))
    assert book.truth.contacts == {}


def test_a_state_is_kept_and_what_is_not_open_here_is_a_stray() -> None:
    book = outside()
    order = sent(book)
    apply_effect(book, fx.Query(account="main"), at(1))
    assert contact(book).asked == at(1)
    apply_event(book, told(2, listed(order.oid), listed(venue_order="V9"), positions={"AAPL": 5}))
    known = contact(book)
    assert (known.asked, known.as_of, known.positions, list(known.strays)) == (0, at(2), {"AAPL": 5}, ["venue/AAPL/V9"])


@pytest.mark.parametrize("changes", [{"failed": "503"}, {"as_of": at(1)}])
def test_half_an_answer_and_an_old_one_change_nothing(changes: dict[str, object]) -> None:
    book = outside()
    apply_event(book, told(2, positions={"AAPL": 5}))
    apply_effect(book, fx.Query(account="main"), at(3))
    apply_event(book, told(4, listed(), **changes))
    known = contact(book)
    assert (known.asked, known.as_of, known.positions, known.strays) == (at(3), at(2), {"AAPL": 5}, {})


def test_a_lost_order_counts_in_full_and_one_sent_again_waits_anew() -> None:
    book = outside()
    order = sent(book)
    apply_effect(book, fx.Lose(oid=order.oid, account="main", why="no answer"), at(2))
    assert (order.status, order.leaves) == (Status.UNKNOWN, 10)
    apply_effect(book, fx.Query(account="main", oid=order.oid), at(2))
    assert book.truth.pending[order.oid].asks == 1
    apply_effect(book, fx.Resend(oid=order.oid, account="main"), at(3))
    pending = book.truth.pending[order.oid]
    assert (order.status, pending.sent, pending.asks) == (Status.SENT, at(3), 0)


def test_only_an_unknown_order_can_be_sent_again() -> None:
    book = outside()
    order = sent(book)
    apply_effect(book, fx.Resend(oid=order.oid, account="main"), at(2))
    assert (order.status, book.truth.counts.illegal) == (Status.SENT, 1)


def test_cancels_are_counted_and_put_off_no_proof_that_there_is_no_order() -> None:
    book = outside()
    order = sent(book)
    before = book.truth.pending[order.oid].sent
    for n in (2, 3):
        apply_effect(book, fx.Cancel(oid=order.oid, account="main"), at(n))
    pending = book.truth.pending[order.oid]
    assert (pending.cancels, pending.is_unwanted, pending.sent) == (2, True, before)


def test_nothing_is_pending_at_a_venue_in_the_process() -> None:
    book = b.book()
    order = sent(book, limit=99)
    apply_effect(book, fx.Cancel(oid=order.oid, account="main"), at(2))
    assert book.truth.pending == {}


def test_a_mismatch_refuses_entries_of_its_account_until_it_is_gone() -> None:
    book = b.book()
    apply_effect(book, fx.Mismatch(account="main", instrument="AAPL", is_on=True, why="venue holds 5"), at(1))
    assert book.truth.mismatched == {"main/AAPL": "venue holds 5"}
    assert verdict(book) == (Code.MISMATCH,)
    apply_effect(book, fx.Mismatch(account="main", instrument="AAPL", is_on=False), at(1))
    assert verdict(book) == ()


def test_a_frozen_deployment_enters_nothing_until_it_is_thawed() -> None:
    book = b.book()
    apply_effect(book, fx.Freeze(deployment="alpha", is_on=True, why="sold by hand"), at(1))
    assert verdict(book) == (Code.FROZEN,)
    apply_effect(book, fx.Freeze(deployment="alpha", is_on=False), at(1))
    assert verdict(book) == ()


def test_an_adjustment_that_is_a_flow_moves_the_peak_and_is_no_profit() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    apply_effect(book, fx.Adjust(account="main", cause="found", id="a", instrument="AAPL", qty=d(3), cost=d(300),
                                 cash=d(-50), currency="USD", is_flow=True), at(2))  # fmt: skip
    account = book.truth.accounts["main"]
    assert (account.equity, account.peak, account.session_result, account.trading_result) == (100_250, 100_250, 0, 0)
    assert account.flows == {"USD": 250}


def test_nothing_is_waited_for_of_an_order_that_was_withheld() -> None:
    book = outside()
    order = sent(book)
    assert list(book.truth.pending) == [order.oid]
    apply_effect(book, fx.Withhold(oid=order.oid), at(1))
    assert (order.status, book.truth.pending) == (Status.REJECTED, {})


def test_B3_a_change_that_was_withheld_ends_no_order_that_was_cancelled_in_the_same_step() -> None:
    book = outside()
    order = sent(book, limit=99)
    apply_event(book, spoken(order, 2, "accepted", 2))
    apply_effect(book, fx.Amend(oid=order.oid, account="main", qty=d(20), limit=d(98)), at(3))
    apply_effect(book, fx.Cancel(oid=order.oid, account="main", reason=Code.OPERATOR), at(3))
    apply_effect(book, fx.Withhold(oid=order.oid), at(3))
    assert (order.status, order.wanted, order.leaves) == (Status.CANCELLING, None, 10)
    apply_event(book, spoken(order, 4, "cancelled", 4))
    assert order.status is Status.CANCELLED


def spoken(order: Order, n: int, happening: str, time: int, **changes: object) -> ev.OrderUpdate:
    return ev.OrderUpdate(ts=at(n), account="main", oid=order.oid, happening=happening, time=at(time), **changes)


@pytest.mark.parametrize("late", ["replaced", "reduced"])
def test_B15_a_word_that_was_long_under_way_puts_nothing_back_that_was_said_since(late: str) -> None:
    book = outside()
    order = sent(book, limit=99)
    apply_event(book, spoken(order, 2, "accepted", 2))
    apply_event(book, spoken(order, 3, "replaced", 3, qty=d(12)))
    apply_effect(book, fx.Amend(oid=order.oid, account="main", qty=d(20), limit=d(99)), at(4))
    apply_event(book, spoken(order, 5, late, 2, qty=d(4)))
    assert (order.status, order.qty, order.leaves) == (Status.REPLACING, 12, 20)
    apply_event(book, spoken(order, 6, "replaced", 5, qty=d(20)))
    assert (order.status, order.qty, order.leaves) == (Status.WORKING, 20, 20)


def test_L4_an_order_that_ends_in_dispute_leaves_no_timer_behind() -> None:
    book = outside()
    order = sent(book)
    apply_effect(book, fx.SetTimer(deployment="", name=f"query/{order.oid}", at=at(9)), at(1))
    apply_event(book, spoken(order, 2, "cancelled", 2, filled=d(4)))
    assert (order.status, list(book.truth.timers)) == (Status.UNKNOWN, [f"/query/{order.oid}"])
    apply_event(book, b.fill(order, 100, qty=d(10), ts=at(3), time=at(2)))
    assert (order.status, book.truth.timers) == (Status.FILLED, {})


def test_B36_a_cancel_of_an_order_that_the_book_has_let_go_of_is_not_waited_for() -> None:
    book = outside()
    apply_effect(book, fx.Cancel(oid="ABCDEF-1", account="main", reason=Code.ABSENT), at(1))
    assert book.truth.pending == {}
