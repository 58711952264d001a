"""Worst-case exposure: everything in flight fills in the worst order, UNKNOWN included, and no risk is invented."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.exposure import measure, reducible
from openbell.core.stakes import Swing
from openbell.core.types import ZERO, Side, Status
from tests.core import build as b
from tests.core.build import d, draft
from tests.core.test_ledger import abroad, filled, sent


def priced(px: float = 100.0, spec: object = None) -> Book:
    book = b.book(spec or b.run_spec(b.deployment_spec(), b.deployment_spec("beta")))
    apply_event(book, b.bar(1, px))
    return book


@pytest.mark.parametrize(
    ("held", "working", "wanted", "gross"),
    [
        (0, [], ("buy", 10), 1000),
        (10, [], ("buy", 10), 2000),
        (10, [("buy", 5)], ("buy", 10), 2500),
        (10, [("sell", 5)], ("buy", 10), 2000),  # the sale need not fill
        (10, [("sell", 30)], ("buy", 5), 2000),  # or it alone fills
        (-10, [], ("sell", 10), 2000),
        (-10, [], ("buy", 15), 1000),  # it may stay as short as it is
        (-10, [], ("buy", 25), 1500),
        (10, [("sell", 10, "reduce")], ("buy", 5), 1500),
        (0, [("sell", 10, "reduce")], ("buy", 5), 500),  # nothing to reduce: no risk invented
        (-10, [("buy", 10, "reduce")], ("buy", 5), 1000),
        (10, [("sell", 10, "reduce")], ("sell", 5), 1000),
    ],
)
def test_the_worst_case_of_an_account(held: int, working: list, wanted: tuple, gross: int) -> None:
    book = priced()
    if held:
        filled(book, "buy" if held > 0 else "sell", abs(held), 100)
    for side, qty, *kind in working:
        sent(book, side, qty, reduce_only=bool(kind))
    found = measure(book, draft(*wanted))
    assert (found.gross, found.instrument, found.order) == (gross, gross, 100 * wanted[1])


def test_an_order_in_doubt_counts_in_full() -> None:
    book = priced()
    for status in (Status.UNKNOWN, Status.CANCELLING, Status.REPLACING, Status.WORKING, Status.SENT):
        sent(book, "buy", 10).status = status
    assert measure(book, draft("buy", 10)).gross == 6000


def test_a_limit_above_the_market_counts_at_its_price() -> None:
    book = priced()
    assert measure(book, draft("buy", 10, limit=120)).order == 1200
    assert measure(book, draft("buy", 10, stop=130)).gross == 1300
    assert measure(book, draft("buy", 10, limit=80)).order == 1000


def test_positions_are_pairs_held_or_being_entered() -> None:
    book = priced()
    filled(book, "buy", 1, 100)
    assert measure(book, draft("buy", 1)).positions == 1
    assert measure(book, draft("buy", 1, deployment="beta")).positions == 2
    sent(book, "buy", 1, deployment="beta")
    assert measure(book, draft("buy", 1)).positions == 2
    assert measure(book, draft("sell", 1, reduce_only=True)).positions == 2


def test_what_a_deployment_uses() -> None:
    book = priced()
    filled(book, "buy", 10, 100)
    sent(book, "buy", 5)
    sent(book, "buy", 7, deployment="beta")
    sent(book, "sell", 10, reduce_only=True)
    assert measure(book, draft("buy", 1)).used == 1600
    assert measure(book, draft("buy", 1, deployment="beta")).used == 800
    assert measure(book, draft("sell", 1, reduce_only=True)).used == 1500


@pytest.mark.parametrize(
    ("held", "working", "side", "is_opposite"),
    [
        ((10, "beta"), None, "sell", True),
        ((10, "beta"), None, "buy", False),
        ((-10, "beta"), None, "buy", True),
        ((10, "alpha"), None, "sell", False),
        (None, ("sell", "beta", False), "buy", True),
        (None, ("sell", "beta", True), "buy", False),
        (None, ("sell", "alpha", False), "buy", False),
        (None, ("buy", "beta", False), "buy", False),
        (None, None, "buy", False),
    ],
)
def test_another_deployment_on_the_other_side(
    held: tuple | None, working: tuple | None, side: str, is_opposite: bool
) -> None:
    book = priced()
    if held:
        made = sent(book, "buy" if held[0] > 0 else "sell", abs(held[0]), deployment=held[1])
        apply_event(book, b.fill(made, 100))
    if working:
        sent(book, working[0], 5, deployment=working[1], reduce_only=working[2])
    assert measure(book, draft(side, 1)).has_opposite == is_opposite


def test_accounts_are_apart() -> None:
    spec = b.run_spec(
        b.deployment_spec(),
        b.deployment_spec("beta", account="other"),
        accounts=[b.account_spec(), b.account_spec("other")],
    )
    book = priced(spec=spec)
    made = sent(book, "sell", 50, deployment="beta", account="other")
    apply_event(book, b.fill(made, 100))
    sent(book, "sell", 50, deployment="beta", account="other")
    found = measure(book, draft("buy", 1))
    assert (found.gross, found.has_opposite) == (100, False)


def test_what_has_no_price_or_rate_is_said_to_have_none() -> None:
    book = b.book(abroad())
    assert not measure(book, draft()).is_priced
    apply_event(book, b.bar(1, 100.0))
    apply_event(book, b.bar(1, 50.0, symbol="SAP"))
    assert measure(book, draft()).is_priced
    assert not measure(book, draft(instrument="SAP")).is_priced
    apply_event(book, b.fx_mark("1.1"))
    found = measure(book, draft(instrument="SAP"))
    assert (found.is_priced, found.gross) == (True, 550)


parts = st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 6), st.booleans()), min_size=1, max_size=4)


def by_hand(net: int, orders: list[tuple[Side, int, bool]]) -> int:
    """Return the largest holding that any subset of the orders in any order leads to, each filling as it can."""
    worst = abs(net)
    for count in range(1, len(orders) + 1):
        for some in itertools.permutations(orders, count):
            held = net
            for side, qty, reduces in some:
                if reduces:
                    qty = min(qty, max(-held * side.sign, 0))
                held += qty * side.sign
                worst = max(worst, abs(held))
    return worst


@given(st.integers(-6, 6), parts)
def test_B15_no_order_of_fills_is_worse_than_the_worst_case(net: int, orders: list[tuple[Side, int, bool]]) -> None:
    swing = Swing()
    swing.net = d(net)
    for side, qty, reduces in orders:
        swing.add(draft(str(side), qty, reduce_only=reduces), d(qty))
    assert swing.worst() >= by_hand(net, orders)
    if all(reduces for _, _, reduces in orders):
        assert swing.worst() == abs(net)


@pytest.mark.parametrize(
    ("held", "working", "wanted", "units"),
    [
        (10, [], draft("sell", 1, oco="g"), 10),
        (-10, [], draft("buy", 1, oco="g"), 10),
        (10, [], draft("buy", 1, oco="g"), 0),
        (0, [], draft("sell", 1, oco="g"), 0),
        (10, [("sell", 4, "g")], draft("sell", 1, oco="g"), 10),  # they shrink together
        (10, [("sell", 4, "h")], draft("sell", 1, oco="g"), 6),
        (10, [("sell", 4, "h"), ("sell", 7, "h")], draft("sell", 1, oco="g"), 3),  # one group: the largest
        (10, [("sell", 4, ""), ("sell", 3, "")], draft("sell", 1), 3),
        (10, [("sell", 40, "h")], draft("sell", 1, oco="g"), 0),
        (10, [("buy", 4, "h")], draft("sell", 1, oco="g"), 10),
    ],
)
def test_what_may_still_be_reduced(held: int, working: list, wanted: object, units: int) -> None:
    book = priced()
    if held:
        filled(book, "buy" if held > 0 else "sell", abs(held), 100)
    for side, qty, group in working:
        sent(book, side, qty, oco=group, reduce_only=True)
    sent(book, "sell", 3, deployment="beta", reduce_only=True)
    sent(book, "sell", 3, limit=200)
    assert reducible(book, wanted) == Decimal(units)
    assert reducible(book, wanted) >= ZERO
