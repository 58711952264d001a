"""The book: opening, indices that can be rebuilt, look-ups."""

import pytest

from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import EXTERNAL, Book, count, fresh_truth
from openbell.core.effects import Latch
from openbell.core.record import digest
from openbell.core.types import InvariantError
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_ledger import abroad, filled, sent


def test_a_fresh_book_is_flat_and_closed() -> None:
    truth = fresh_truth(abroad())
    assert list(truth.positions) == ["alpha", EXTERNAL]
    assert list(truth.positions["alpha"]) == ["AAPL", "SAP"]
    assert all(p.qty == 0 for held in truth.positions.values() for p in held.values())
    assert (truth.sessions["24x7"].is_open, truth.accounts["main"].equity) == (False, 100_000)


def test_an_account_needs_cash_in_its_own_currency() -> None:
    with pytest.raises(InvariantError, match="no cash in its base currency"):
        fresh_truth(b.run_spec(accounts=[b.account_spec(cash={"EUR": d(1)})]))


def test_the_indices_are_those_of_the_truth() -> None:
    book = b.book(abroad())
    filled(book, "buy", 10, 100)
    waiting = sent(book, "sell", 5, limit=120)
    apply_event(book, b.bar(9, 101.0))
    again = Book(book.spec, book.truth)
    assert again.open_orders["AAPL"] == {waiting.oid: waiting}
    assert again.holders == book.holders
    assert again.accounts_by_calendar == book.accounts_by_calendar
    assert again.pair_orders("alpha", "AAPL") == [waiting]
    assert again.pair_orders("beta", "AAPL") == []
    assert digest(again.truth) == digest(book.truth)


def test_a_lane_sees_what_the_truth_sees() -> None:
    book = b.book()
    lane = book.lanes["AAPL"]
    filled(book, "buy", 10, 100)
    assert lane.holders == [book.position("alpha", "AAPL")]
    assert lane.mark is book.truth.marks["AAPL"]
    assert lane.session is book.session("AAPL")
    assert lane.close_px(100.00016) == d("100.0002")


def test_a_deployments_equity_is_its_capital_and_result_at_the_rate() -> None:
    book = b.book(abroad())
    apply_event(book, b.fx_mark("1.1"))
    apply_effect(book, b.submit(instrument="SAP", index=1), at(1))
    apply_event(book, b.fill(book.truth.orders["ABCDEF-1"], 100, fee=d(2), fee_currency="EUR"))
    apply_event(book, b.bar(2, 103.0, symbol="SAP"))
    assert book.deployment_equity("alpha") == 100_000 + d("1.1") * 28


def test_what_a_deployment_uses_counts_entries_on_their_way() -> None:
    book = b.book(abroad())
    assert book.deployment_used("alpha") == 0
    apply_event(book, b.bar(1, 100.0))
    filled(book, "buy", 10, 100)
    sent(book, "buy", 5)
    sent(book, "sell", 10, reduce_only=True, stop=90)
    apply_event(book, b.bar(2, 100.0))
    assert book.deployment_used("alpha") == 1500
    sent(book, "buy", 5, instrument="SAP")
    assert book.deployment_used("alpha") == 1500  # no price of it yet


def test_rates_that_are_not_known_are_nothing() -> None:
    book = b.book(abroad())
    account = book.truth.accounts["main"]
    assert (book.rate(account, "AAPL"), book.rate(account, "SAP")) == (1, 0)


@pytest.mark.parametrize(
    ("scope", "is_covered"),
    [
        ("all", True),
        ("account:main", True),
        ("account:other", False),
        ("deployment:alpha", True),
        ("deployment:beta", False),
        ("instrument:AAPL", True),
        ("instrument:SAP", False),
    ],
)
def test_a_latch_covers_its_scope(scope: str, is_covered: bool) -> None:
    book = b.book()
    assert book.latches_over("main", "alpha", "AAPL") == []
    apply_effect(book, Latch(kind="kill", scope=scope, is_on=True), at(1))
    assert book.latches_over("main", "alpha", "AAPL") == (["kill"] if is_covered else [])


def test_ids_count_once() -> None:
    book = b.book()
    assert (book.first_time("a"), book.first_time("a"), book.first_time("b")) == (True, False, True)
    assert book.truth.counts.duplicates == 1
    counter: dict[int, int] = {}
    for code in (3, 3, 4):
        count(counter, code)
    assert counter == {3: 2, 4: 1}


def test_a_price_is_known_from_the_first_bar_on() -> None:
    book = b.book()
    assert book.mark_px("AAPL") is None
    apply_event(book, b.bar(1, 100.00005))
    assert book.mark_px("AAPL") in (d("100.0000"), d("100.0001"))


def test_B29_asking_for_a_price_changes_no_truth() -> None:
    # What only `decide` asks for is not asked again in recovery: the truth would have another hash there.
    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    before = digest(book.truth)
    book.mark_px("AAPL")
    assert digest(book.truth) == before
