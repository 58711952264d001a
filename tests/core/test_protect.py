"""Protective orders: where they stand, how they are rounded, how they follow the holding."""

import pytest
from msgspec.structs import replace

from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Amend, Cancel
from openbell.core.execution import exit_draft
from openbell.core.exposure import Draft
from openbell.core.order import Order
from openbell.core.protect import plans, protect, stop_distance
from openbell.core.types import Caps, OrderType, Status
from tests.core import build as b
from tests.core.build import at, d, exits
from tests.core.test_ledger import filled, sent

TICK = b.instrument()


@pytest.mark.parametrize(
    ("fields", "px", "atr", "wanted"),
    [
        ({}, 100, 0, 0),
        ({"take_profit": "0.05"}, 100, 3, 0),
        ({"stop_loss": "0.02"}, 100, 0, 2),
        ({"stop_atr": 2}, 100, 3, 6),
        ({"stop_atr": 2}, 100, 0, 0),
        ({"trail_frac": "0.01", "stop_loss": "0.02"}, 100, 0, 1),
        ({"trail_amount": 5, "stop_atr": 1}, 100, 4, 4),
        ({"trail_atr": "0.5", "trail_amount": 5}, 100, 4, 2),
        # The stop stands on a tick, away from the entry: 1.215 below 81 is 79.78.
        ({"stop_loss": "0.015"}, 81, 0, "1.22"),
    ],
)
def test_the_nearest_stop_is_what_risk_is_measured_by(fields: dict, px: int, atr: int, wanted: object) -> None:
    assert stop_distance(exits(**fields), TICK, d(px), d(atr)) == d(wanted)


def shown(fields: dict, average: object, is_long: bool, atr: object = 0, what: object = TICK) -> list[tuple]:
    found = plans(exits(**fields), what, d(average), d(atr), is_long=is_long)
    return [(str(p.type), *(b.plain(px) if px is not None else "" for px in (p.stop, p.limit, p.trail))) for p in found]


@pytest.mark.parametrize(
    ("fields", "average", "is_long", "atr", "wanted"),
    [
        ({"stop_loss": "0.02"}, 100, True, 0, [("stop", "98", "", "")]),
        ({"stop_loss": "0.02"}, 100, False, 0, [("stop", "102", "", "")]),
        ({"stop_loss": "0.02"}, "33.33", True, 0, [("stop", "32.66", "", "")]),  # 32.6634 away from the entry
        ({"stop_loss": "0.02"}, "33.33", False, 0, [("stop", "34", "", "")]),  # 33.9966
        ({"take_profit": "0.05"}, "33.33", True, 0, [("limit", "", "35", "")]),  # 34.9965 to the passive side
        ({"take_profit": "0.05"}, "33.33", False, 0, [("limit", "", "31.66", "")]),  # 31.6635
        ({"stop_atr": 2}, 100, True, "1.5", [("stop", "97", "", "")]),
        ({"stop_atr": 2}, 100, True, 0, []),
        ({"stop_loss": "0.01", "stop_atr": 2}, 100, True, "1.5", [("stop", "99", "", "")]),
        ({"trail_frac": "0.01"}, "33.33", True, 0, [("trailing", "32.99", "", "0.34")]),
        ({"trail_frac": "0.01"}, "33.33", False, 0, [("trailing", "33.67", "", "0.34")]),
        ({"trail_amount": "1.5"}, 100, True, 0, [("trailing", "98.5", "", "1.5")]),
        ({"trail_atr": 2}, 100, False, "1.5", [("trailing", "103", "", "3")]),
        (
            {"stop_loss": "0.1", "trail_frac": "0.05", "take_profit": "0.2"},
            100,
            True,
            0,
            [("stop", "90", "", ""), ("trailing", "95", "", "5"), ("limit", "", "120", "")],
        ),
        ({"stop_loss": 1}, 100, True, 0, []),  # at nothing there is nothing to protect
        ({"take_profit": 1}, 100, False, 0, []),
    ],
)
def test_plans(fields: dict, average: object, is_long: bool, atr: object, wanted: list) -> None:
    assert shown(fields, average, is_long, atr) == wanted


def test_below_zero_there_is_still_a_stop_where_prices_go_there() -> None:
    assert shown({"stop_loss": 2}, 10, True, what=b.instrument(positive=False)) == [("stop", "-10", "", "")]


# --- following a holding ----------------------------------------------------------------------------------------


def book_with(caps: Caps | None = None, **fields: object) -> Book:
    spec = b.run_spec(
        b.deployment_spec(exits=exits(**(fields or {"stop_loss": "0.02"}))),
        accounts=[b.account_spec(caps=caps or Caps())],
    )
    return b.book(spec)


def steps(book: Book, atr: object = 0, by: Order | None = None) -> list:
    return protect(book, "alpha", "AAPL", d(atr), by)


MADE = set(Draft.__struct_fields__) - {"moves", "risk", "is_confirmed", "held", "past"}
"""What an order has of its draft."""


def carry_out(book: Book) -> None:
    """Do what protection asks for, and let the venue say yes."""
    for step in steps(book):
        if isinstance(step, Draft):
            made = {name: getattr(step, name) for name in MADE}
            index = book.truth.counter + 1
            apply_effect(book, b.fx.Submit(oid=f"{b.TAG}-{index}", index=index, **made), at(2))
            apply_event(book, b.update(book.truth.orders[f"{b.TAG}-{index}"], "accepted"))
        else:
            apply_effect(book, step, at(2))
            order = book.truth.orders[step.oid]
            apply_event(book, b.update(order, "replaced", qty=step.qty, limit=step.limit, stop=step.stop))


def test_a_holding_gets_a_stop_of_its_size() -> None:
    book = book_with()
    entry = filled(book, "buy", 10, 100)
    (made,) = steps(book)
    assert (str(made.side), made.qty, made.stop, made.reduce_only) == ("sell", 10, 98, True)
    assert (made.parent, made.oco, made.reason) == (entry.index, "alpha/AAPL/1", Code.STOP_LOSS)
    carry_out(book)
    assert steps(book) == []


def test_the_mirror_of_it_for_a_short() -> None:
    book = book_with()
    filled(book, "sell", 10, 100)
    (made,) = steps(book)
    assert (str(made.side), made.qty, made.stop) == ("buy", 10, 102)


def test_it_grows_and_moves_with_every_partial_fill() -> None:
    book = book_with()
    filled(book, "buy", 4, 100)
    carry_out(book)
    filled(book, "buy", 6, 110)
    (made,) = steps(book)
    assert isinstance(made, Amend)
    assert (made.qty, made.stop, made.reason) == (10, d("103.88"), Code.STOP_LOSS)
    carry_out(book)
    assert steps(book) == []


def test_an_executed_part_stays_counted() -> None:
    book = book_with()
    filled(book, "buy", 10, 100)
    carry_out(book)
    (stop,) = book.open_orders["AAPL"].values()
    apply_event(book, b.fill(stop, 98, qty=d(4), exec_id="p"))
    assert steps(book) == []
    filled(book, "buy", 3, 100)
    (made,) = steps(book)
    assert made.qty == 4 + 9


def test_what_has_become_too_large_is_left_to_the_venue_or_reduced() -> None:
    for oco, wanted in ((True, []), (False, [6])):
        book = book_with(Caps(oco=oco))
        filled(book, "buy", 10, 100)
        carry_out(book)
        filled(book, "sell", 4, 100)
        assert [step.qty for step in steps(book)] == wanted


@pytest.mark.parametrize(
    ("oco", "group", "count"), [(True, "alpha/AAPL/1", 0), (True, "", 1), (False, "alpha/AAPL/1", 1)]
)
def test_B20_of_a_flat_holding_nothing_stays_where_the_venue_does_not_see_to_it(
    oco: bool, group: str, count: int
) -> None:
    # It takes back the group of an exit that has filled; an entry the other way stands in none.
    book = book_with(Caps(oco=oco))
    filled(book, "buy", 10, 100)
    carry_out(book)
    filled(book, "sell", 10, 100)
    closing = list(book.truth.orders.values())[-1]
    closing.oco = group
    found = steps(book, by=closing)
    assert len(found) == count
    if count:
        assert all(isinstance(step, Cancel) and step.reason == Code.OCO for step in found)
        for step in found:
            apply_effect(book, step, at(3))
        assert steps(book, by=closing) == []


@pytest.mark.parametrize("status", [Status.REPLACING, Status.CANCELLING, Status.UNKNOWN])
def test_an_unanswered_change_is_waited_for(status: Status) -> None:
    book = book_with()
    filled(book, "buy", 4, 100)
    carry_out(book)
    (stop,) = book.open_orders["AAPL"].values()
    stop.status = status
    filled(book, "buy", 6, 110)
    assert steps(book) == []


def test_a_trailing_stop_keeps_the_way_it_has_made() -> None:
    book = book_with(trail_amount=2)
    filled(book, "buy", 10, 100)
    carry_out(book)
    (order,) = book.open_orders["AAPL"].values()
    order.stop = d(105)
    assert steps(book) == []
    filled(book, "buy", 5, 110)
    (made,) = steps(book)
    assert (made.qty, made.stop, made.trail) == (15, 105, 2)


def test_a_target_beside_a_stop() -> None:
    book = book_with(stop_loss="0.02", take_profit="0.04")
    filled(book, "buy", 10, 100)
    carry_out(book)
    found = {str(order.type): (order.stop, order.limit) for order in book.open_orders["AAPL"].values()}
    assert found == {"stop": (98, None), "limit": (None, 104)}
    sent(book, "sell", 10, reduce_only=True, oco="alpha/AAPL/1")  # a market exit is no protection
    assert steps(book) == []


def test_a_stop_by_range_waits_for_the_range() -> None:
    book = book_with(stop_atr=2)
    filled(book, "buy", 10, 100)
    assert steps(book) == []
    (made,) = steps(book, "1.5")
    assert (made.type, made.stop) == (OrderType.STOP, 97)


def test_B20_an_old_holdings_orders_are_not_the_new_ones_and_are_taken_back() -> None:
    book = book_with()
    filled(book, "buy", 10, 100)
    carry_out(book)
    filled(book, "sell", 15, 100)
    turning = list(book.truth.orders.values())[-1]
    cancel, made = steps(book, by=turning)
    assert (cancel.oid, cancel.reason) == ("ABCDEF-2", Code.OCO)
    assert (made.oco, str(made.side), made.qty) == ("alpha/AAPL/2", "buy", 5)
    # After an exit of the old group and an entry of just the new size, its venue is about to take them back.
    turning.executions = {key: replace(done, qty=d(-5)) for key, done in turning.executions.items()}
    assert [type(step) for step in steps(book, by=turning)] == [Draft]
    assert [type(step) for step in steps(book)] == [Draft]


def test_B20_an_exit_at_the_market_that_its_holding_has_turned_before_is_taken_back() -> None:
    """An entry that rests may be executed before an exit that was sent first: latency, or a venue's order."""
    book = book_with()
    filled(book, "buy", 10, 100)
    leaving = exit_draft(book, "alpha", "AAPL", None, Code.SIGNAL_SHORT)
    made = {name: getattr(leaving, name) for name in MADE}
    apply_effect(book, b.fx.Submit(oid=f"{b.TAG}-2", index=2, **made), at(2))
    assert [type(step) for step in steps(book)] == [Draft], "it is on its way while the holding is long"
    filled(book, "sell", 25, 100)
    cancel, stop = steps(book, by=list(book.truth.orders.values())[-1])
    assert (cancel.oid, cancel.reason) == (f"{b.TAG}-2", Code.OCO)
    assert (str(stop.side), stop.qty) == ("buy", 15)
