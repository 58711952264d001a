"""Executions, updates, flows and adjustments in the book: each once, each openly, to the last digit."""

from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import EXTERNAL, KEPT_ORDERS, Book
from openbell.core.order import Order
from openbell.core.spec import OutsideSpec, RunSpec
from openbell.core.types import NS, ZERO, Side, Status
from tests.core import build as b
from tests.core.build import at, d, fill, update


def sent(book: Book, side: str = "buy", qty: object = 10, **changes: object) -> Order:
    index = book.truth.counter + 1
    made = b.submit(side, qty, index=index, **changes)
    apply_effect(book, made, at(index))
    return book.truth.orders[made.oid]


def filled(book: Book, side: str, qty: object, px: object, **changes: object) -> Order:
    made = sent(book, side, qty)
    apply_event(book, fill(made, px, **changes))
    return made


def external(qty: object = 5, side: str = "buy", px: object = 100, **changes: object) -> ev.Fill:
    fields = {"oid": "", "venue_order": "B7", "exec_id": "e1"} | changes
    return fill(b.submit(side, qty), px, **fields)


def identity(book: Book, name: str = "main") -> None:
    """Cash of each currency follows from what came in, was earned, was paid and is bound in positions."""
    account = book.truth.accounts[name]
    mine = [p for p in book.all_positions() if p.account == name]
    for currency in set(account.cash) | set(account.values):
        own = [p for p in mine if book.instrument(p.instrument).currency == currency]
        get = lambda money: money.get(currency, ZERO)  # noqa: B023, E731 - used at once
        income = get(account.opening) + get(account.flows) + get(account.income) - get(account.fees)
        assert get(account.cash) == income + sum((p.realised - p.cost for p in own), ZERO)
        assert get(account.values) == sum((p.value for p in own), ZERO)
    assert account.equity == account.equity_start + account.net_flows + account.fx_result + account.trading_result


def test_a_round_trip() -> None:
    book = b.book()
    filled(book, "buy", 100, 10, fee=d("1.5"))
    position, account = book.position("alpha", "AAPL"), book.truth.accounts["main"]
    assert (position.qty, position.cost, position.fees, account.cash["USD"]) == (100, 1000, d("1.5"), d("98998.5"))
    filled(book, "sell", 40, 12, fee=d("1.5"))
    assert (position.qty, position.realised, account.equity) == (60, 80, d("100197"))
    filled(book, "sell", 60, 9)
    assert (position.qty, position.realised, account.values["USD"], account.equity) == (0, 20, 0, 100_017)
    counts = book.truth.counts
    assert (counts.orders, counts.fills, counts.trades) == (3, 3, 1)
    identity(book)


def test_a_trade_that_earned_in_all_is_won() -> None:
    # Bought 100 at 10; 40 sold at 12 earn 80, 60 sold at 9 lose 60: twenty won, though the last piece lost.
    book = b.book()
    for side, qty, px in (("buy", 100, 10), ("sell", 40, 12), ("sell", 60, 9)):
        filled(book, side, qty, px)
    assert (book.truth.counts.trades, book.truth.counts.wins) == (1, 1)


def test_crossing_zero_is_a_trade() -> None:
    book = b.book()
    filled(book, "buy", 10, 100)
    filled(book, "sell", 25, 110)
    counts = book.truth.counts
    assert (book.position("alpha", "AAPL").qty, counts.trades, counts.wins) == (-15, 1, 1)


def test_a_fill_counts_once_on_whichever_channel_it_comes() -> None:
    book = b.book()
    made = filled(book, "buy", 10, 100)
    before = book.truth.accounts["main"].cash["USD"]
    apply_event(book, fill(made, 100, ts=at(9)))
    counts = book.truth.counts
    assert (book.position("alpha", "AAPL").qty, book.truth.accounts["main"].cash["USD"]) == (10, before)
    assert (counts.fills, counts.duplicates) == (1, 1)


@pytest.mark.parametrize("word", ["cancelled", "expired", "rejected"])
def test_a_fill_after_the_end_changes_the_position_and_is_counted(word: str) -> None:
    book = b.book()
    made = sent(book)
    apply_event(book, update(made, word))
    assert made.oid not in book.open_orders["AAPL"]
    apply_event(book, fill(made, 100, qty=d(4)))
    assert (book.position("alpha", "AAPL").qty, book.truth.counts.late) == (4, 1)
    identity(book)


def test_an_overfill_is_the_truth() -> None:
    book = b.book()
    apply_event(book, fill(sent(book), 100, qty=d(13)))
    assert (book.position("alpha", "AAPL").qty, book.truth.counts.late) == (13, 1)


def test_a_correction_replaces_price_quantity_and_fee() -> None:
    book = b.book()
    made = filled(book, "buy", 10, 100, fee=d(1), exec_id="a")
    apply_event(book, fill(made, 99, qty=d(8), fee=d("0.8"), exec_id="a2", supersedes="a"))
    (dealt,) = book.dealt
    assert dealt.old is not None
    assert (dealt.fill.exec_id, dealt.is_new, dealt.old.qty, dealt.old.px) == ("a2", True, 10, 100)
    position = book.position("alpha", "AAPL")
    assert (position.qty, position.cost, position.fees) == (8, 792, d("0.8"))
    assert book.truth.accounts["main"].cash["USD"] == d("99207.2")
    identity(book)
    apply_event(book, fill(made, 99, qty=d(8), fee=d("0.8"), exec_id="a2", supersedes="a"))
    assert (position.qty, book.truth.counts.fills, book.dealt) == (8, 1, [])
    identity(book)


def test_what_is_taken_back_counts_no_more() -> None:
    book = b.book()
    made = filled(book, "buy", 10, 100, exec_id="a")
    assert (book.truth.counts.fills, [(one.is_new, one.old) for one in book.dealt]) == (1, [(True, None)])
    bust = fill(made, 100, qty=d(10), exec_id="a2", supersedes="a", is_bust=True)
    apply_event(book, bust)
    assert (book.truth.counts.fills, [one.is_new for one in book.dealt]) == (0, [False])
    apply_event(book, bust)
    assert (book.truth.counts.fills, book.dealt) == (0, [])


def test_a_bust_takes_an_execution_back_for_good() -> None:
    book = b.book()
    made = filled(book, "buy", 10, 100, exec_id="a")
    bust = fill(made, 100, exec_id="b", supersedes="a", is_bust=True)
    for _ in range(2):
        apply_event(book, bust)
    apply_event(book, fill(made, 100, exec_id="a"))
    assert (book.position("alpha", "AAPL").qty, book.truth.accounts["main"].cash["USD"]) == (0, 100_000)
    identity(book)


def test_a_correction_marks_nothing_at_its_old_price() -> None:
    # The market has moved on: a price of long ago must not value what is held, nor trip a loss limit.
    book = b.book()
    made = sent(book)
    apply_event(book, fill(made, 100, qty=d(5), exec_id="a"))
    apply_event(book, fill(made, 100, qty=d(5), exec_id="b"))
    apply_event(book, b.bar(5, 150.0))
    apply_event(book, fill(made, 100, ts=at(6), exec_id="a2", supersedes="a", is_bust=True))
    assert (book.position("alpha", "AAPL").qty, book.position("alpha", "AAPL").value) == (5, 750)


def test_a_correction_marks_nothing_at_its_new_price_either() -> None:
    # It is of a price from before, however new it is itself: a split may have come in between.
    book = b.book()
    made = filled(book, "buy", 10, 100, exec_id="a")
    apply_event(book, b.split(2, 1, n=5))
    apply_event(book, fill(made, 99, ts=at(6), exec_id="a2", supersedes="a"))
    assert book.mark_px("AAPL") == 50
    identity(book)


def test_a_correction_that_overtakes_its_forerunner_counts_alone() -> None:
    book = b.book()
    made = sent(book)
    apply_event(book, fill(made, 99, qty=d(8), exec_id="a2", supersedes="a"))
    apply_event(book, fill(made, 100, qty=d(10), exec_id="a"))
    assert book.position("alpha", "AAPL").qty == 8


# --- what is not ours -------------------------------------------------------------------------------------------


def test_the_operators_own_trade_is_external_and_counts_once() -> None:
    book = b.book()
    for _ in range(2):
        apply_event(book, external())
    assert book.position(EXTERNAL, "AAPL").qty == 5
    assert book.position("alpha", "AAPL").qty == 0
    identity(book)


def test_a_duplicate_of_an_external_trade_is_one_duplicate() -> None:
    book = b.book()
    for _ in range(2):
        apply_event(book, external())
    assert book.truth.counts.duplicates == 1


def test_external_trades_with_the_same_number_on_other_orders_are_others() -> None:
    book = b.book()
    apply_event(book, external())
    apply_event(book, external(venue_order="B8"))
    apply_event(book, external(oid="OTHER1-3", venue_order="B9"))
    assert book.position(EXTERNAL, "AAPL").qty == 15


def test_a_correction_of_an_external_trade_replaces_it() -> None:
    book = b.book()
    apply_event(book, external(5))
    apply_event(book, external(3, exec_id="e2", supersedes="e1"))
    assert book.position(EXTERNAL, "AAPL").qty == 3
    identity(book)


def test_an_operators_trade_in_something_not_configured_stops_nothing() -> None:
    book = b.book()
    apply_event(book, external(instrument="TSLA"))
    assert book.truth.accounts["main"].cash["USD"] == 99_500
    apply_event(book, external(instrument="TSLA"))
    assert (book.truth.accounts["main"].cash["USD"], book.truth.counts.duplicates) == (99_500, 1)


def test_a_fill_of_an_order_long_ended_is_still_a_duplicate() -> None:
    # The book forgets ended orders, but an execution changes a position once in the life of the account.
    book = b.book()
    first = filled(book, "buy", 1, 100)
    for _ in range(KEPT_ORDERS):
        filled(book, "sell", 1, 100)
        filled(book, "buy", 1, 100)
    assert first.oid not in book.truth.orders
    apply_event(book, fill(first, 100))
    assert sum((p.qty for p in book.all_positions()), ZERO) == 1


def test_the_book_keeps_the_latest_ended_orders_and_all_open_ones() -> None:
    book = b.book()
    waiting = sent(book, limit=50)
    for _ in range(KEPT_ORDERS):
        filled(book, "buy", 1, 100)
        last = filled(book, "sell", 1, 100)
    assert len(book.truth.orders) <= 2 * KEPT_ORDERS
    assert {waiting.oid, last.oid} <= set(book.truth.orders)


def test_a_trade_values_the_holdings_of_other_accounts_too() -> None:
    spec = b.run_spec(
        b.deployment_spec(),
        b.deployment_spec("beta", account="other"),
        accounts=[b.account_spec(), b.account_spec("other")],
    )
    book = b.book(spec)
    filled(book, "buy", 10, 100)
    apply_event(book, fill(sent(book, "buy", 5, deployment="beta", account="other"), 110))
    assert {name: account.equity for name, account in book.truth.accounts.items()} == {
        "main": 100_100,
        "other": 100_000,
    }
    identity(book)
    identity(book, "other")


# --- updates ----------------------------------------------------------------------------------------------------


def test_a_rejection_is_counted_under_its_code() -> None:
    book = b.book()
    made = sent(book)
    apply_event(book, update(made, "rejected", code=302))
    assert (made.status, book.truth.counts.rejected) == (Status.REJECTED, {302: 1})


def test_words_about_unknown_orders_and_unknown_words_are_counted() -> None:
    book = b.book()
    made = sent(book)
    apply_event(book, update(b.submit(index=77), "accepted"))
    apply_event(book, update(made, "nonsense"))
    assert (book.truth.counts.illegal, made.status) == (2, Status.SENT)


# --- fees and flows ---------------------------------------------------------------------------------------------


def abroad() -> RunSpec:
    euro = b.instrument("SAP", currency="EUR")
    return b.run_spec(b.deployment_spec(instruments=("AAPL", "SAP")), instruments=[euro])


def test_a_fee_in_another_currency_is_paid_from_its_balance() -> None:
    book = b.book(abroad())
    apply_event(book, b.fx_mark("1.1"))
    for n, side in enumerate(("buy", "sell")):
        filled(book, side, 10, 100, fee=d("0.5"), fee_currency="EUR", exec_id=f"x{n}")
    account, position = book.truth.accounts["main"], book.position("alpha", "AAPL")
    assert (account.cash["EUR"], account.fees["EUR"], position.other_fees) == (-1, 1, {"EUR": 1})
    assert (position.fees, account.equity) == (0, d("99998.9"))
    identity(book)


def test_a_fee_in_another_currency_lowers_the_deployments_equity() -> None:
    book = b.book(abroad())
    apply_event(book, b.fx_mark("1.1"))
    filled(book, "buy", 10, 100, fee=d(10), fee_currency="EUR")
    assert book.deployment_equity("alpha") == d("99989")


COIN = b.instrument("AAPL", base="COIN", lot=d("0.001"), quantum=d("0.01"), min_qty=d("0.001"))
"""A coin whose venue takes its fee of a purchase in the coin itself."""


def coin_book() -> Book:
    return b.book(b.run_spec(instruments=[COIN]))


def test_a_fee_in_the_bought_coin_makes_the_holding_smaller_and_leaves_its_cost() -> None:
    book = coin_book()
    filled(book, "buy", d("0.123"), d("50000.01"), fee=d("0.000123"), fee_currency="COIN")
    position, account = book.position("alpha", "AAPL"), book.truth.accounts["main"]
    assert (position.qty, position.cost, position.fees, position.other_fees) == (d("0.122877"), d("6150.00123"), 0, {})
    assert (account.cash, account.fees) == ({"USD": d("93849.99877")}, {})
    # What is held is worth what so many units are worth, to 1e-8 of the currency.
    assert account.values["USD"] == position.value == d("6143.85122877")
    assert account.equity == d("99993.84999877")
    identity(book)


def test_what_is_left_below_a_lot_when_the_rest_is_sold_becomes_the_accounts_own_at_its_cost() -> None:
    book = coin_book()
    filled(book, "buy", d("0.123"), 50_000, fee=d("0.000123"), fee_currency="COIN")
    filled(book, "sell", d("0.122"), 50_100)
    position, own = book.position("alpha", "AAPL"), book.truth.positions[EXTERNAL]["AAPL"]
    assert (position.qty, position.cost, position.value, position.opened_ts) == (0, 0, 0, 0)
    assert (own.qty, own.cost, own.value) == (d("0.000877"), d("43.89389389"), d("43.9377"))
    assert position.realised == d("6112.2") - d("6106.10610611")
    counts, account = book.truth.counts, book.truth.accounts["main"]
    assert (counts.trades, counts.wins, [p.deployment for p in book.holders["AAPL"]]) == (1, 1, [EXTERNAL])
    assert account.equity == d("100000") - 6150 + d("6112.2") + d("43.9377")
    identity(book)


def test_a_part_of_a_lot_that_is_bought_stays_the_deployments() -> None:
    book = coin_book()
    filled(book, "buy", d("0.001"), 50_000, fee=d("0.000001"), fee_currency="COIN")
    assert [(p.deployment, p.qty) for p in book.all_positions() if p.qty] == [("alpha", d("0.000999"))]


def test_B33_a_fee_that_opens_or_ends_a_holding_changes_who_holds() -> None:
    book = coin_book()
    filled(book, "sell", d("0.123"), 50_000, exec_id="a")
    filled(book, "buy", d("0.124"), 50_000, exec_id="b", fee=d("0.002"), fee_currency="COIN")
    position, account = book.position("alpha", "AAPL"), book.truth.accounts["main"]
    assert (position.qty, book.holders["AAPL"]) == (d("-0.001"), [position])
    assert account.values["USD"] == position.value == d("-50")
    identity(book)
    # The same units come back, and a fee takes all that is bought beyond them.
    filled(book, "buy", d("0.123"), 50_000, exec_id="c", fee=d("0.122"), fee_currency="COIN")
    assert (position.qty, position.cost, position.value, book.holders["AAPL"]) == (0, 0, 0, [])
    assert (position.opened_ts, account.values["USD"]) == (0, 0)
    assert account.equity == d("100000") - 6200
    identity(book)


def test_a_fee_in_the_sold_coin_leaves_no_short_but_less_of_the_accounts_own() -> None:
    book = coin_book()
    filled(book, "buy", d("0.002"), 50_000, exec_id="a")
    filled(book, "sell", d("0.002"), 50_100, exec_id="b", fee=d("0.000002"), fee_currency="COIN")
    assert [(p.deployment, p.qty) for p in book.all_positions() if p.qty] == [(EXTERNAL, d("-0.000002"))]
    assert (book.truth.counts.trades, book.truth.counts.wins) == (1, 1)
    identity(book)


@pytest.mark.parametrize("ending", ["filled", "cancelled"])
def test_two_exits_under_way_with_a_fee_in_coins_leave_neither_a_short_nor_dust(ending: str) -> None:
    book = coin_book()
    filled(book, "buy", d("0.002"), 50_000, exec_id="a")
    exits = [sent(book, "sell", d("0.001"), reduce_only=True) for _ in range(2)]
    fee = {"fee": d("0.000001"), "fee_currency": "COIN"}
    apply_event(book, fill(exits[0], 50_100, exec_id="b", **fee))
    # The other exit still counts on what is less than a lot by now.
    assert [(p.deployment, p.qty) for p in book.all_positions() if p.qty] == [("alpha", d("0.000999"))]
    if ending == "filled":
        apply_event(book, fill(exits[1], 50_100, exec_id="c", **fee))
    else:
        apply_event(book, b.update(exits[1], "cancelled"))
    left = d("-0.000002") if ending == "filled" else d("0.000999")
    assert [(p.deployment, p.qty) for p in book.all_positions() if p.qty] == [(EXTERNAL, left)]
    assert (book.truth.counts.trades, [p.deployment for p in book.holders["AAPL"]]) == (1, [EXTERNAL])
    identity(book)


def test_B21_a_corrected_entry_leaves_as_it_was_decided_and_a_bust_one_has_nothing_to_leave() -> None:
    book = b.book()
    made = filled(book, "buy", 10, 100, exec_id="a")
    position = book.position("alpha", "AAPL")
    position.leaving = (d(0), 13)
    apply_event(book, fill(made, 99, qty=d(8), exec_id="a2", supersedes="a"))
    assert (position.qty, position.leaving) == (8, (0, 13))
    apply_event(book, fill(made, 99, exec_id="a3", supersedes="a2", is_bust=True))
    assert (position.qty, position.leaving) == (0, None)


def test_a_purchase_that_is_taken_back_brings_the_units_of_its_fee_back_first() -> None:
    book = coin_book()
    order = filled(book, "buy", d("0.123"), 50_000, exec_id="a", fee=d("0.000123"), fee_currency="COIN")
    apply_event(book, fill(order, 50_000, exec_id="b", supersedes="a", is_bust=True))
    position = book.position("alpha", "AAPL")
    assert (position.qty, position.cost, position.realised, book.holders["AAPL"]) == (0, 0, 0, [])
    assert book.truth.accounts["main"].cash == {"USD": 100_000}
    identity(book)


def test_a_fee_in_a_third_coin_is_paid_from_its_balance_and_leaves_the_holding_whole() -> None:
    book = coin_book()
    filled(book, "buy", d("0.123"), 50_000, fee=d("0.009"), fee_currency="BNB")
    position, account = book.position("alpha", "AAPL"), book.truth.accounts["main"]
    assert (position.qty, position.other_fees) == (d("0.123"), {"BNB": d("0.009")})
    assert (account.cash["BNB"], account.fees["BNB"], account.equity) == (d("-0.009"), d("0.009"), 100_000)
    identity(book)


def test_a_fee_without_a_currency_is_no_fee_in_units() -> None:
    book = b.book()
    filled(book, "buy", 10, 100, fee=d(1), fee_currency="")
    assert book.position("alpha", "AAPL").qty == 10


def test_a_dividend_raises_the_deployments_equity() -> None:
    book = b.book()
    filled(book, "buy", 10, 100)
    apply_event(book, b.dividend(2))
    assert book.truth.accounts["main"].equity == 100_020
    assert book.deployment_equity("alpha") == 100_020


def test_a_rebate_is_a_negative_fee() -> None:
    book = b.book()
    filled(book, "buy", 10, 100, fee=d("-0.3"))
    assert (book.position("alpha", "AAPL").fees, book.truth.accounts["main"].equity) == (d("-0.3"), d("100000.3"))


@pytest.mark.parametrize(
    ("kind", "amount", "peak", "flows", "income"),
    [
        ("deposit", 500, 100_500, 500, 0),
        ("withdrawal", -500, 99_500, -500, 0),
        ("interest", 500, 100_500, 0, 500),
        ("funding", -500, 100_000, 0, -500),
        ("fee", -500, 100_000, 0, -500),
    ],
)
def test_money_that_is_not_trading(kind: str, amount: int, peak: int, flows: int, income: int) -> None:
    book = b.book()
    for _ in range(2):
        apply_event(book, b.flow(amount, kind))
    account = book.truth.accounts["main"]
    assert (account.equity, account.peak) == (100_000 + amount, peak)
    assert (account.flows.get("USD", 0), account.income.get("USD", 0)) == (flows, income)
    assert book.truth.counts.duplicates == 1
    identity(book)


# --- adjustments ------------------------------------------------------------------------------------------------


def adjustment(qty: object = 0, cost: object = 0, **changes: object) -> fx.Adjust:
    fields = {"account": "main", "cause": "statement", "id": "a1", "instrument": "AAPL", "qty": d(qty), "cost": d(cost)}
    return fx.Adjust(**{**fields, **changes})


@pytest.mark.parametrize("name", ["alpha", ""])
def test_an_adjustment_changes_holding_and_cost_once(name: str) -> None:
    book = b.book()
    apply_event(book, b.bar(1, 110.0))
    for _ in range(2):
        apply_effect(book, adjustment(10, 1000, deployment=name), at(3))
    position = book.position(name or EXTERNAL, "AAPL")
    assert (position.qty, position.cost, position.value, position.opened_ts) == (10, 1000, 1100, at(3))
    assert book.holders["AAPL"] == [position]
    identity(book)


def test_an_adjustment_before_any_price_is_valued_later() -> None:
    book = b.book()
    apply_effect(book, adjustment(10, 1000), at(3))
    identity(book)
    apply_event(book, b.bar(4, 120.0))
    assert book.position(EXTERNAL, "AAPL").value == 1200
    identity(book)


def test_an_adjustment_can_end_a_holding() -> None:
    book = b.book()
    filled(book, "buy", 10, 100)
    apply_effect(book, adjustment(-10, -1000, deployment="alpha"), at(3))
    position = book.position("alpha", "AAPL")
    assert (position.qty, position.cost, position.opened_ts) == (0, 0, 0)
    assert book.holders["AAPL"] == []
    identity(book)


def test_an_adjustment_of_cash_is_income() -> None:
    book = b.book()
    apply_effect(book, adjustment(instrument="", cash=d(-25), currency="USD"), at(3))
    account = book.truth.accounts["main"]
    assert (account.cash["USD"], account.income["USD"], account.equity) == (99_975, -25, 99_975)
    identity(book)


def test_B24_no_half_done_sum_of_an_adjustment_becomes_a_peak() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    apply_effect(book, adjustment(10, 1000, cash=d(-1000), currency="USD"), at(3))
    account = book.truth.accounts["main"]
    assert (account.equity, account.peak) == (100_000, 100_000)


def test_B24_no_half_done_sum_of_a_correction_becomes_a_peak() -> None:
    book = b.book()
    filled(book, "buy", 100, 10)
    made = filled(book, "sell", 100, 12, fee=d(1), exec_id="a")
    apply_event(book, fill(made, 12, fee=d(1), exec_id="a2", supersedes="a"))
    account = book.truth.accounts["main"]
    assert (account.equity, account.peak) == (100_199, 100_199)


def test_the_extremes_of_an_adopted_holding_are_prices_seen() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 110.0))
    apply_effect(book, adjustment(10, 1000), at(3))
    apply_event(book, b.bar(4, 120.0, high=121.0, low=109.0, open=110.0))
    position = book.position(EXTERNAL, "AAPL")
    assert (position.high, position.low) == (121.0, 109.0)


def test_a_holding_that_an_adjustment_ended_has_no_extremes() -> None:
    book = b.book()
    filled(book, "buy", 10, 100)
    apply_effect(book, adjustment(-10, -1000, deployment="alpha"), at(3))
    position = book.position("alpha", "AAPL")
    assert (position.high, position.low) == (0.0, 0.0)


def test_the_entry_that_protection_belongs_to_is_the_last_one_filled() -> None:
    book = b.book()
    first, second = filled(book, "buy", 5, 100), filled(book, "buy", 5, 100)
    assert (first.index, second.index) == (1, 2)
    assert book.position("alpha", "AAPL").parent == 2
    exit_order = sent(book, "sell", 3, reduce_only=True)
    apply_event(book, fill(exit_order, 100))
    assert book.position("alpha", "AAPL").parent == 2


def test_sides_of_an_external_trade() -> None:
    book = b.book()
    apply_event(book, external(5, "sell"))
    assert book.position(EXTERNAL, "AAPL").qty == -5
    assert external(5, "sell").side is Side.SELL
    assert isinstance(book.position(EXTERNAL, "AAPL").cost, Decimal)


def test_effects_without_a_place_in_the_truth_change_nothing() -> None:
    book = b.book()
    before = book.truth.counts.orders
    apply_effect(book, fx.Note(kind="x", text="y"), at(1))
    assert book.truth.counts.orders == before


@pytest.mark.parametrize(("second", "px"), [(59, 101), (61, 90)])
def test_an_execution_told_after_later_bars_have_closed_marks_nothing(second: int, px: int) -> None:
    book = b.book(b.run_spec(accounts=[b.account_spec(outside=OutsideSpec())]))
    made = sent(book)
    apply_event(book, b.bar(1, 101.0))
    begin = at(1) - 60 * NS
    apply_event(book, fill(made, 90, ts=at(2), time=begin + second * NS))
    assert (book.mark_px("AAPL"), book.position("alpha", "AAPL").value) == (px, 10 * px)


def test_B10_a_mark_of_zero_is_a_price_for_what_is_told_late_or_taken_back() -> None:
    book = b.book(b.run_spec(accounts=[b.account_spec(outside=OutsideSpec())]))
    made = sent(book)
    apply_event(book, b.bar(1, 101.0))
    # Splits have brought it below the smallest step of its price.
    book.truth.marks["AAPL"].px = d(0)
    apply_event(book, fill(made, 90, ts=at(2), time=at(0), exec_id="late"))
    assert (book.mark_px("AAPL"), book.position("alpha", "AAPL").value) == (0, 0)
    apply_event(book, fill(made, 90, ts=at(3), time=at(0), exec_id="bust", supersedes="late", is_bust=True))
    assert book.mark_px("AAPL") == 0
