"""The engine: one event in, all its effects out; fills, updates and actions, told and acted on."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.order import Order
from openbell.core.types import InvariantError, OrderType, Status
from tests.core import build as b
from tests.core.build import at, bar, d, exits, fill, held, levels, one, only, update, working


def guarded(**fields: object) -> Engine:
    made = exits(**(fields or {"stop_loss": "0.02"}))
    return b.engine(b.run_spec(b.deployment_spec(exits=made, can_short=True)))


def stop_of(made: Engine) -> Order:
    return next(order for order in working(made) if order.type is OrderType.STOP)


def with_stop(target: float = 1.0) -> Engine:
    made = guarded()
    b.buy(made, 1, 100.0, target)
    made.step(update(stop_of(made), "accepted"))
    return made


def test_every_deployment_needs_a_strategy() -> None:
    with pytest.raises(InvariantError, match="deployment alpha has no strategy"):
        Engine(b.book(), {})


def test_effects_are_in_the_book_before_they_are_out() -> None:
    made = b.engine()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    assert made.book.truth.orders[sent.oid].status is Status.SENT


# --- fills ------------------------------------------------------------------------------------------------------


def test_a_fill_is_protected_in_the_same_breath() -> None:
    made = guarded()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    stop = one(fx.Submit, made.step(fill(sent, 100)))
    assert (str(stop.type), str(stop.side), stop.qty, stop.stop, stop.parent) == ("stop", "sell", 10, 98, sent.index)


def test_protection_follows_every_partial_fill() -> None:
    made = guarded(stop_loss="0.02", take_profit="0.04")
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    first = only(fx.Submit, made.step(fill(sent, 100, qty=d(4), exec_id="a")))
    assert [(str(e.type), e.qty) for e in first] == [("stop", 4), ("limit", 4)]
    for order in first:
        made.step(update(order, "accepted"))
    second = only(fx.Amend, made.step(fill(sent, 100, qty=d(6), exec_id="b")))
    assert [(e.oid, e.qty) for e in second] == [(order.oid, 10) for order in first]


def test_a_second_partial_fill_waits_for_the_answer_to_the_first_change() -> None:
    made = guarded()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    stop = one(fx.Submit, made.step(fill(sent, 100, qty=d(2), exec_id="a")))
    made.step(update(stop, "accepted"))
    assert one(fx.Amend, made.step(fill(sent, 100, qty=d(3), exec_id="b"))).qty == 5
    assert made.step(fill(sent, 100, qty=d(5), exec_id="c")) == []
    assert one(fx.Amend, made.step(update(stop, "replaced", qty=d(5), stop=d(98)))).qty == 10


@pytest.mark.parametrize("word", ["replaced", "replace_refused"])
def test_an_answered_change_that_fits_is_the_end_of_it(word: str) -> None:
    made = with_stop()
    stop = stop_of(made)
    made.step(fill(made.book.truth.orders[f"{b.TAG}-1"], 100, qty=d(1), exec_id="more"))
    assert stop.status is Status.REPLACING
    found = made.step(update(stop, word, qty=d(11), stop=d(98)))
    assert len(only(fx.Amend, found)) == (word == "replace_refused")


def test_protection_that_can_not_be_changed_any_more_is_taken_back_and_made_anew() -> None:
    # A bust here and not at the venue leaves the two with different sums: every change would come too late, for ever.
    made = with_stop()
    stop = stop_of(made)
    made.step(fill(made.book.truth.orders[f"{b.TAG}-1"], 100, qty=d(1), exec_id="more"))
    found = made.step(update(stop, "replace_refused", code=Code.TOO_LATE))
    assert [(type(e), e.oid) for e in found] == [(fx.Cancel, stop.oid)]
    again = one(fx.Submit, made.step(update(stop, "cancelled", code=Code.TOO_LATE)))
    assert (again.type, again.qty) == (stop.type, 11)


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"qty": d(13)}, "overfill"), ({"exec_id": "x", "supersedes": "X1-1", "qty": d(9)}, "correction")],
)
def test_unusual_fills_are_told(changes: dict, word: str) -> None:
    made = b.engine()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    if word == "correction":
        made.step(fill(sent, 100))
    found = made.step(fill(sent, 100, **changes))
    assert levels(found) == [("error", f"{word}/{sent.oid}")]
    assert held(made).qty == changes["qty"]


def test_a_fill_after_the_cancel_is_told_and_protected() -> None:
    made = guarded()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(update(sent, "cancelled"))
    found = made.step(fill(sent, 100, qty=d(4)))
    assert levels(found) == [("error", f"late fill/{sent.oid}")]
    assert one(fx.Submit, found).qty == 4


def test_a_usual_fill_is_not_told() -> None:
    made = b.engine()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    assert made.step(fill(sent, 100)) == []


def test_a_trade_that_is_not_ours_is_told_and_not_protected() -> None:
    found = guarded().step(fill(b.submit(), 100, oid="", exec_id="e"))
    assert levels(found) == [("warning", "external/AAPL")]
    assert not only(fx.Submit, found)


def test_a_bust_that_leaves_less_shrinks_protection() -> None:
    made = with_stop()
    entry = made.book.truth.orders[f"{b.TAG}-1"]
    made.step(fill(entry, 100, qty=d(2), exec_id="more"))
    made.step(update(stop_of(made), "replaced", qty=d(12), stop=d(98)))
    made.step(fill(entry, 100, exec_id="bust", supersedes="more", is_bust=True))
    assert held(made).qty == 10
    assert stop_of(made).leaves >= 10


def test_a_corrected_entry_keeps_its_holding_and_moves_the_stop_that_stands_for_it() -> None:
    made = with_stop()
    entry, stop = made.book.truth.orders[f"{b.TAG}-1"], stop_of(made)
    held(made).days, opened = 3, held(made).opened_ts
    found = made.step(fill(entry, 102, exec_id="x", supersedes=next(iter(entry.executions)).rpartition("/")[2]))
    assert (held(made).qty, held(made).entries, held(made).days, held(made).opened_ts) == (10, 1, 3, opened)
    assert levels(found) == [("error", f"correction/{entry.oid}")]
    assert [(e.oid, e.qty, e.stop) for e in only(fx.Amend, found)] == [(stop.oid, 10, d("99.96"))]
    assert only(fx.Submit, found) == []


# --- updates of protective orders -------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["cancelled", "expired"])
def test_protection_that_ends_is_made_again(word: str) -> None:
    made = with_stop()
    again = one(fx.Submit, made.step(update(stop_of(made), word)))
    assert (str(again.type), again.qty, again.stop) == ("stop", 10, 98)


def test_protection_that_a_sister_replaced_is_not_made_again() -> None:
    made = with_stop()
    assert made.step(update(stop_of(made), "cancelled", code=int(Code.OCO))) == []


def test_B20_what_is_left_of_the_group_of_a_holding_that_is_gone_is_taken_back() -> None:
    made = guarded(stop_loss="0.02", take_profit="0.04")
    b.buy(made, 1, 100.0)
    stop, target = working(made)
    made.step(fill(b.submit("sell"), 98, oid=stop.oid, exec_id="out"))
    assert held(made).qty == 0
    # The venue had it larger than what was held: a change had crossed an exit, and the group takes only that back.
    target.qty = d(15)
    taken = one(fx.Cancel, made.step(update(target, "reduced", qty=d(5), code=int(Code.OCO))))
    assert (taken.oid, taken.reason) == (target.oid, Code.OCO)


def test_B20_what_is_left_of_the_group_of_a_holding_that_has_turned_is_taken_back() -> None:
    made = guarded(stop_loss="0.02", take_profit="0.04")
    b.buy(made, 1, 100.0)
    _, target = working(made)
    target.qty = d(15)
    assert made.step(update(target, "reduced", qty=d(12), code=int(Code.OCO))) == [], "it is held still"
    held(made).qty = d(-5)
    taken = one(fx.Cancel, made.step(update(target, "reduced", qty=d(3), code=int(Code.OCO))))
    assert (taken.oid, taken.reason) == (target.oid, Code.OCO)


def test_rejected_protection_exposes_and_leaves_once() -> None:
    made = guarded(stop_loss="0.02", take_profit="0.04")
    b.buy(made, 1, 100.0)
    stop, target = working(made)
    found = made.step(update(stop, "rejected", text="would trigger immediately"))
    assert levels(found) == [("critical", "exposed/alpha/AAPL")]
    assert "would trigger immediately" in one(fx.Alert, found).text
    away = one(fx.Submit, found)
    assert (str(away.type), str(away.side), away.qty, away.reason) == ("market", "sell", 10, Code.EMERGENCY_STOP)
    assert not only(fx.Submit, made.step(update(target, "rejected")))


def test_rejected_protection_of_a_short() -> None:
    made = with_stop(-1.0)
    away = one(fx.Submit, made.step(update(stop_of(made), "rejected")))
    assert (str(away.side), away.qty) == ("buy", 10)


def test_protection_that_filled_while_it_was_to_grow_is_made_anew_and_not_asked_for_without_end_L1() -> None:
    made = with_stop()
    entry, stop = made.book.truth.orders[f"{b.TAG}-1"], stop_of(made)
    made.step(fill(entry, 100, qty=d(5), exec_id="more"))  # the stop is to grow to 15
    made.step(fill(stop, 98))  # but its ten have filled already
    again = one(fx.Submit, made.step(update(stop, "replace_refused", code=306)))
    assert (stop.status, str(again.type), again.qty) == (Status.FILLED, "stop", 5)
    assert made.step(update(again, "accepted")) == []


def test_updates_of_protection_of_nothing_do_nothing() -> None:
    made = with_stop()
    stop = stop_of(made)
    made.step(fill(stop, 98))
    assert made.step(update(stop, "cancelled")) == []


def test_updates_of_entries_do_nothing_more() -> None:
    made = guarded()
    sent = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    for word in ("accepted", "rejected"):
        assert made.step(update(sent, word)) == []


def test_words_about_an_order_we_do_not_know_are_told() -> None:
    found = b.engine().step(update(b.submit(index=99), "cancelled"))
    assert levels(found) == [("warning", f"unknown_order/{b.TAG}-99")]
    found = b.engine().step(update(b.submit(oid=""), "cancelled", venue_order="V7"))
    assert "V7" in one(fx.Alert, found).text


def test_an_exit_that_the_venue_rejects_is_told() -> None:
    # The holding stays although the strategy, the operator or a limit wanted out; somebody must know.
    made = b.engine()
    b.buy(made, 1, 100.0)
    leaving = one(fx.Submit, made.step(bar(2, 100.0, 0.0)))
    assert levels(made.step(update(leaving, "rejected", code=302)))


def test_an_emergency_exit_that_the_venue_rejects_is_told() -> None:
    made = with_stop()
    away = one(fx.Submit, made.step(update(stop_of(made), "rejected")))
    assert levels(made.step(update(away, "rejected")))


# --- splits ----------------------------------------------------------------------------------------------------


def test_a_split_reprices_protection_and_takes_back_entries() -> None:
    made = with_stop()
    made.step(bar(2, 100.0, 1.5))
    entry = next(order for order in working(made) if not order.reduce_only)
    found = made.step(b.split(2, 1, n=3))
    assert [(e.oid, e.reason) for e in only(fx.Cancel, found)] == [(entry.oid, Code.REPLACED_BY_SIGNAL)]
    change = one(fx.Amend, found)
    assert (change.oid, change.qty, change.stop) == (stop_of(made).oid, 20, 49)
    assert made.step(b.split(2, 1, n=3)) == []


@pytest.mark.parametrize(("ratio", "stop"), [((2, 1), "52.62"), ((3, 1), "35.08")])
def test_B27_a_split_brings_a_trailing_stop_to_its_prices_from_where_it_has_come_to(
    ratio: tuple[int, int], stop: str
) -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=b.exits(trail_frac="0.02"))))
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    trailing = one(fx.Submit, made.step(fill(entry, 100)))
    made.step(update(trailing, "accepted"))
    made.book.truth.orders[trailing.oid].stop = d("105.25")
    change = one(fx.Amend, made.step(b.split(*ratio, n=3)))
    # Left at 105.25 it would stand above a market that begins at half the price, and sell at once.
    assert (change.oid, change.qty, change.stop) == (trailing.oid, 10 * ratio[0], d(stop))


def test_a_split_rescales_what_was_kept_of_the_days_before() -> None:
    made = with_stop()
    made.book.truth.marks["AAPL"].closes = [90.0, 110.0]
    made.step(b.split(2, 1, n=3))
    assert made.book.truth.marks["AAPL"].closes == [45.0, 55.0]


def test_a_split_of_external_holdings_is_theirs() -> None:
    made = guarded()
    made.step(fill(b.submit(), 100, oid="", exec_id="e"))
    assert made.step(b.split(2, 1)) == []
    assert made.book.position("external", "AAPL").qty == 20


@pytest.mark.parametrize("event", [b.dividend(1), b.split(2, 1, symbol="TSLA")])
def test_other_actions_move_no_order(event: ev.Event) -> None:
    assert with_stop().step(event) == []


# --- other events -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        ev.Link(ts=at(1), account="main", channel="orders", is_up=False),
        ev.BrokerState(ts=at(1), account="main", orders=(), positions={}, cash={}, as_of=0),
        ev.BadData(ts=at(1), instrument="AAPL", code=100, value="nan"),
        ev.Quote(ts=at(1), instrument="AAPL", bid=1.0, ask=2.0),
        b.flow(5),
        b.fx_mark("1.1"),
    ],
)
def test_some_events_decide_nothing(event: ev.Event) -> None:
    assert b.engine().step(event) == []


def test_orders_of_a_deployment_that_is_no_longer_configured_still_count() -> None:
    made = guarded()
    apply_effect(made.book, b.submit("buy", 10, deployment="gone"), at(1))
    order = made.book.truth.orders[f"{b.TAG}-1"]
    assert made.step(update(order, "accepted")) == []
    assert made.step(fill(order, 100)) == []
    assert made.book.truth.positions["gone"]["AAPL"].qty == 10


# --- two deployments --------------------------------------------------------------------------------------------


def test_opposite_deployments_in_one_instrument_are_refused_unless_netting() -> None:
    for netting, count in ((False, 1), (True, 2)):
        spec = b.run_spec(
            b.deployment_spec(),
            b.deployment_spec("beta", can_short=True),
            accounts=[b.account_spec(netting=netting)],
        )
        mirror = b.free(lambda config, state, one_bar, view: [fx.Intent(instrument="AAPL", target=-1.0)])
        made = b.engine(spec, strategies={"beta": mirror})
        assert len(only(fx.Submit, made.step(bar(1, 100.0, 1.0)))) == count


def test_deployments_are_asked_in_the_order_of_the_configuration() -> None:
    spec = b.run_spec(b.deployment_spec("zeta"), b.deployment_spec("alpha"))
    found = b.engine(spec).step(bar(1, 100.0, 1.0))
    assert [e.deployment for e in only(fx.Decision, found)] == ["zeta", "alpha"]
