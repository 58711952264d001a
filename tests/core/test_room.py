"""Venues that keep what rests: an exit takes it back, waits for the word, goes then; nothing is lost on the way."""

from typing import Any

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.order import Order
from openbell.core.record import decode_record
from openbell.core.spec import SizeSpec
from openbell.core.types import Caps, OrderType, Side, Status
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import d, exits, only

RESERVING = Caps(oco=False, reserves=True)


def scarce(caps: Caps = RESERVING, **changes: Any) -> Afar:
    """Return an engine at such a venue, whose deployment has a stop of 5 % and a target of 10 %."""
    spec = {"exits": exits(stop_loss="0.05", take_profit="0.1"), "can_short": True, **changes}
    return Afar(b.deployment_spec(**spec), account={"caps": caps})


def protected(afar: Afar) -> Order:
    """Enter, be filled, and have the stop confirmed."""
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    return stop


def kinds(effects: list[fx.Effect]) -> list[str]:
    """Return what was sent, in words."""
    found = []
    for effect in effects:
        if isinstance(effect, fx.Submit):
            found.append(f"{effect.type} {effect.side} {effect.qty:f}")
        elif isinstance(effect, fx.Cancel):
            found.append(f"cancel {effect.oid[7:]}")
        elif isinstance(effect, fx.Amend):
            found.append(f"amend {effect.oid[7:]} {effect.qty:f}")
    return found


def test_one_order_rests_for_a_holding_the_stop_before_the_target() -> None:
    afar = scarce()
    afar.hold()
    assert kinds(afar.effects) == ["market buy 10", "stop sell 10"]


def test_elsewhere_both_rest() -> None:
    afar = scarce(Caps(oco=False))
    afar.hold()
    assert kinds(afar.effects) == ["market buy 10", "stop sell 10", "limit sell 10"]


def test_a_target_without_a_stop_rests_itself() -> None:
    afar = scarce(exits=exits(take_profit="0.1"))
    afar.hold()
    assert kinds(afar.effects) == ["market buy 10", "limit sell 10"]


def test_an_exit_takes_back_what_rests_waits_for_the_word_and_goes_then() -> None:
    afar = scarce()
    stop = protected(afar)
    assert kinds(afar.bar(101.0, 0.0)) == ["cancel 2"]
    assert afar.engine.book.position("alpha", "AAPL").leaving == (0, Code.SIGNAL_FLAT)
    assert kinds(afar.bar(101.0, 0.0)) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    leaving = afar.order()
    assert leaving.reason == Code.SIGNAL_FLAT
    assert kinds(afar.fill(leaving, 101)) == []
    assert (afar.qty(), afar.engine.book.position("alpha", "AAPL").leaving) == (0, None)
    assert "exposed/alpha/AAPL" not in afar.alerts()
    afar.check()


def test_a_stop_that_executes_instead_ends_the_wait() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(96.0, 0.0)
    assert kinds(afar.fill(stop, 95)) == []
    assert kinds(afar.say(stop, "cancel_refused", code=Code.TOO_LATE)) == []
    assert (afar.qty(), afar.engine.book.position("alpha", "AAPL").leaving) == (0, None)
    afar.check()


def test_a_target_that_the_venue_refuses_instead_of_taking_it_back_ends_the_wait() -> None:
    afar = scarce(exits=exits(take_profit="0.1"))
    afar.hold()
    target = afar.order()
    assert kinds(afar.bar(101.0, 0.0)) == ["cancel 2"]
    assert kinds(afar.say(target, "rejected")) == ["market sell 10"]
    afar.fill(afar.order(), 101)
    assert (afar.qty(), afar.engine.book.position("alpha", "AAPL").leaving) == (0, None)
    afar.check()


def test_what_the_stop_has_not_executed_leaves_once_it_is_gone() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(96.0, 0.0)
    assert kinds(afar.fill(stop, 95, 4)) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 6"]
    afar.check()


def test_a_wait_is_part_of_the_truth_and_outlives_a_restart() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(101.0, 0.0)
    before = len(afar.records)
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    again = b.engine(afar.spec)
    for payload in afar.records[:before]:
        again.recall(*decode_record(payload))
    order = again.book.truth.orders[stop.oid]
    assert kinds(again.step(b.update(order, "cancelled", ts=afar.ts, time=afar.ts))) == ["market sell 10"]


def test_a_lost_cancel_is_asked_after_and_the_exit_still_waits() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(101.0, 0.0)
    assert kinds(afar.say(stop, "lost")) == []
    assert stop.status is Status.UNKNOWN
    afar.say(stop, "accepted", qty=d(10), stop=d(95), filled=d(0))
    assert "cancel 2" in kinds(afar.wait(60))
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    afar.check()


@pytest.mark.parametrize(("px", "code"), [(109.99, None), (110.0, Code.TAKE_PROFIT), (112.0, Code.TAKE_PROFIT)])
def test_a_target_beside_a_stop_is_left_at_once_when_the_price_is_there(px: float, code: Code | None) -> None:
    afar = scarce()
    stop = protected(afar)
    effects = afar.bar(px, 1.0)
    assert [cancel.reason for cancel in only(fx.Cancel, effects)] == ([code] if code else [])
    if code:
        afar.say(stop, "cancelled")
        assert (afar.order().type, afar.order().reason, afar.order().qty) == (OrderType.MARKET, code, 10)
        afar.fill(afar.order(), px)
        assert kinds(afar.bar(px, 1.0)) == []


def test_a_short_holding_is_left_below_its_target() -> None:
    afar = scarce()
    afar.say(afar.enter(target=-1.0), "accepted", venue_order="V1")
    afar.fill(afar.order(), 100, venue_order="V1")
    afar.say(afar.order(), "accepted", venue_order="V2")
    assert kinds(afar.bar(90.01, -1.0)) == []
    assert kinds(afar.bar(90.0, -1.0)) == ["cancel 2"]


def cheap() -> tuple[Afar, Order, Order]:
    """Return an engine with an entry at work, of which so little cost is executed that no tick is left for a stop."""
    afar = scarce()
    entry = afar.enter(0.01)
    afar.say(entry, "accepted", venue_order="V1")
    assert kinds(afar.fill(entry, "0.01", 4, venue_order="V1")) == ["limit sell 4"]
    target = afar.order()
    afar.say(target, "accepted", venue_order="V2")
    return afar, entry, target


def test_a_target_that_rested_for_want_of_a_stop_gives_way_to_one() -> None:
    afar, entry, target = cheap()
    assert kinds(afar.fill(entry, "1.15", 2, venue_order="V1")) == ["cancel 2"]
    assert kinds(afar.fill(entry, "1.15", 1, venue_order="V1")) == []
    assert list(afar.engine.book.truth.exposed) == ["alpha/AAPL"]
    assert kinds(afar.say(target, "cancelled")) == ["stop sell 7"]
    afar.say(afar.order(), "accepted", venue_order="V3")
    assert afar.engine.book.truth.exposed == {}
    afar.check()


def test_under_a_kill_a_target_stays_that_would_give_way_to_a_stop() -> None:
    afar, entry, target = cheap()
    afar.step(replace(b.command("kill", tier=2), ts=afar.ts + 1))
    assert kinds(afar.fill(entry, "1.15", 2, venue_order="V1")) == []


def test_a_part_leaves_and_the_rest_is_protected_beside_it() -> None:
    afar = scarce()
    stop = protected(afar)
    assert kinds(afar.bar(100.0, 0.4)) == ["cancel 2"]
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 6", "stop sell 4"]
    afar.check()


def test_all_is_wanted_out_behind_a_part() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(100.0, 0.4)
    assert kinds(afar.bar(100.0, 0.0)) == ["cancel 2"]
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]


def test_the_other_side_is_entered_once_the_holding_is_gone() -> None:
    afar = scarce()
    stop = protected(afar)
    assert kinds(afar.bar(100.0, -1.0)) == ["cancel 2"]
    assert kinds(afar.bar(100.0, -1.0)) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    assert kinds(afar.bar(100.0, -1.0)) == []
    assert kinds(afar.fill(afar.order(), 100)) == ["market sell 10"]
    assert not afar.order().reduce_only
    afar.check()


def test_what_a_venue_does_not_let_out_is_protected_again() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(100.0, 0.0)
    afar.say(stop, "cancelled")
    assert kinds(afar.say(afar.order(), "rejected")) == ["stop sell 10"]
    assert [key for key in afar.alerts() if key.startswith("exit_rejected/")] != []


def test_a_venue_that_takes_neither_stop_nor_exit_is_not_stormed() -> None:
    afar = scarce()
    afar.hold()
    assert kinds(afar.say(afar.order(), "rejected")) == ["market sell 10"]
    assert kinds(afar.say(afar.order(), "rejected")) == ["limit sell 10"]
    assert kinds(afar.say(afar.order(), "rejected")) == []
    assert "exposed/alpha/AAPL" in afar.alerts()
    assert kinds(afar.wait(61)) == ["stop sell 10"]


def test_a_kill_takes_back_what_rests_and_closes_then() -> None:
    afar = scarce()
    stop = protected(afar)
    kill = replace(b.command("kill", tier=3), ts=afar.ts + 1)
    assert kinds(afar.step(kill)) == ["cancel 2"]
    assert [e.side for e in only(fx.Submit, afar.say(stop, "cancelled"))] == [Side.SELL]
    afar.check()


# --- where a change is a second order ---------------------------------------------------------------------------------

PAIRED = Caps(oco=False, reserves=True, in_place=False, client_ids=False)


def entering(**changes: Any) -> tuple[Afar, Order]:
    """Return an engine at a venue where a change is a second order, with an entry of 100 at work."""
    afar = scarce(PAIRED, exits=exits(stop_loss="0.05"), size=SizeSpec(kind="quantity", value=d(100)), **changes)
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    return afar, order


def half_entered(qty: int) -> tuple[Afar, Order, Order]:
    """Return the same with so much of the entry executed, and the stop that stands for it."""
    afar, entry = entering()
    afar.fill(entry, 100, qty, venue_order="V1")
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    return afar, entry, stop


def test_the_executions_of_one_answer_make_one_stop_and_one_change() -> None:
    afar, entry = entering()
    found = [effect for _ in range(20) for effect in afar.fill(entry, 100, 5, venue_order="V1")]
    stop = afar.order()
    assert kinds(found) == ["stop sell 5"]
    assert kinds(afar.say(stop, "accepted", venue_order="V2")) == ["amend 2 100"]
    assert kinds(afar.say(stop, "replaced", qty=d(100), stop=d(95), venue_order="V3")) == []
    assert (stop.leaves, afar.engine.book.truth.exposed) == (100, {})
    assert not [key for key in afar.alerts() if key.startswith("exposed/")]
    afar.check()


def test_a_stop_waits_with_a_tenth_for_the_end_of_its_entry() -> None:
    afar, entry, stop = half_entered(30)
    # Neither its size nor, with the average, its price is worth a second order yet.
    assert kinds(afar.fill(entry, 101, 10, venue_order="V1")) == []
    assert afar.engine.book.truth.exposed == {}
    assert kinds(afar.fill(entry, 101, 1, venue_order="V1")) == ["amend 2 41"]
    afar.say(stop, "replaced", qty=d(41), stop=d("95.25"), venue_order="V3")
    assert kinds(afar.fill(entry, 101, 9, venue_order="V1")) == []
    assert kinds(afar.say(entry, "expired", filled=d(50))) == ["amend 2 50"]
    afar.check()


@pytest.mark.parametrize("pieces", [2, 7, 20, 100])
def test_however_many_executions_an_entry_has_its_stop_is_changed_ten_times_at_most(pieces: int) -> None:
    afar, entry = entering()
    stop, changes = None, 0
    for place in range(pieces):
        qty = 100 * (place + 1) // pieces - 100 * place // pieces
        effects = afar.fill(entry, 100, qty, venue_order="V1")
        for amend in only(fx.Amend, effects):
            changes += 1
            assert stop is not None
            afar.say(stop, "replaced", qty=amend.qty, stop=amend.stop)
        if stop is None:
            stop = afar.order()
            afar.say(stop, "accepted", venue_order="V2")
        # Never more than a tenth of what it comes to is open once the venue has answered.
        assert (afar.qty() - stop.leaves) * 10 <= 100
    assert stop is not None
    assert (stop.leaves, changes <= 10) == (100, True)
    afar.check()


def test_a_stop_gets_smaller_at_once_also_while_its_entry_goes_on() -> None:
    afar, entry, stop = half_entered(40)
    assert kinds(afar.trade("sell", 3, 100)) == ["amend 2 37"]


def test_a_change_that_is_lost_with_its_answer_is_asked_after_and_made_again() -> None:
    afar, entry, stop = half_entered(60)
    assert kinds(afar.fill(entry, 100, 40, venue_order="V1")) == ["amend 2 100"]
    assert stop.leaves == 160  # What is left of both.
    afar.say(stop, "lost", text="409 -2021")
    assert list(afar.engine.book.truth.exposed) == ["alpha/AAPL"]
    # It was taken back and no other one came: the venue says so, and one of the whole holding is made at once.
    assert kinds(afar.say(stop, "cancelled", filled=d(0))) == ["stop sell 100"]
    afar.say(afar.order(), "accepted", venue_order="V3")
    assert afar.engine.book.truth.exposed == {}
    afar.check()


def test_B15_what_executes_of_a_change_that_is_not_answered_ends_no_order() -> None:
    afar, entry, stop = half_entered(40)
    afar.fill(entry, 100, 60, venue_order="V1")
    # The second order executes before anything is said of it: 30 of its 100 are left.
    afar.fill(stop, 95, 70, venue_order="V3")
    assert stop.is_open
    assert stop.leaves >= 30
    afar.say(stop, "replaced", qty=d(100), stop=d(95), venue_order="V3")
    assert stop.leaves == 30
    afar.fill(stop, 95, 30, venue_order="V3")
    assert (stop.status, afar.qty()) == (Status.FILLED, 0)
    afar.check()


def test_what_an_entry_leaves_open_at_its_end_that_nobody_told_is_found_by_asking() -> None:
    afar, entry, stop = half_entered(90)
    assert kinds(afar.say(entry, "cancelled", filled=d(95))) == []
    assert entry.status is Status.UNKNOWN
    assert kinds(afar.fill(entry, 100, 5, venue_order="V1")) == []
    assert kinds(afar.say(entry, "cancelled", filled=d(95))) == ["amend 2 95"]
    afar.check()


def test_an_exit_takes_back_a_stop_that_is_being_changed_and_waits_for_its_end() -> None:
    afar, entry, stop = half_entered(60)
    afar.fill(entry, 100, 40, venue_order="V1")
    assert stop.status is Status.REPLACING
    assert kinds(afar.bar(101.0, 0.0)) == ["cancel 2"]
    assert kinds(afar.say(stop, "replaced", qty=d(100), stop=d(95))) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 100"]
    afar.check()


def test_a_stop_that_a_wish_has_moved_is_moved_while_the_entry_goes_on() -> None:
    afar, entry = entering()
    position = afar.engine.book.position("alpha", "AAPL")
    position.bracket = (95.0, 0.0)
    afar.fill(entry, 100, 50, venue_order="V1")
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    assert kinds(afar.fill(entry, 100, 5, venue_order="V1")) == []
    position.bracket = (97.0, 0.0)
    assert kinds(afar.fill(entry, 100, 5, venue_order="V1")) == ["amend 2 60"]


def test_elsewhere_a_stop_follows_every_execution() -> None:
    afar = scarce(
        Caps(oco=False, reserves=True), exits=exits(stop_loss="0.05"), size=SizeSpec(kind="quantity", value=d(100))
    )
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    assert kinds(afar.fill(entry, 100, 50, venue_order="V1")) == ["stop sell 50"]
    assert kinds(afar.fill(entry, 100, 1, venue_order="V1")) == ["amend 2 51"]


COIN = b.instrument("AAPL", base="COIN", lot=d("0.001"), quantum=d("0.01"), min_qty=d("0.001"), can_short=False)


def test_a_fee_in_the_coin_leaves_less_than_a_lot_that_no_stop_can_sell() -> None:
    spec = b.deployment_spec(exits=exits(stop_loss="0.05"), size=SizeSpec(kind="quantity", value=d("0.123")))
    afar = Afar(spec, account={"caps": PAIRED}, instruments=(COIN,))
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    found = afar.fill(entry, 100, "0.123", venue_order="V1", fee=d("0.000123"), fee_currency="COIN")
    assert kinds(found) == ["stop sell 0.122"]
    afar.say(afar.order(), "accepted", venue_order="V2")
    assert (afar.engine.book.truth.exposed, afar.qty()) == ({}, d("0.122877"))
    # What the stop leaves is no holding any more.
    assert kinds(afar.fill(afar.order(), 95, "0.122", fee=d(0), venue_order="V2")) == []
    assert (afar.qty(), afar.engine.book.truth.exposed) == (0, {})
    afar.check()


def test_what_is_left_of_a_holding_below_a_lot_keeps_no_stop() -> None:
    spec = b.deployment_spec(exits=exits(stop_loss="0.05"), size=SizeSpec(kind="quantity", value=d("0.123")))
    afar = Afar(spec, account={"caps": PAIRED}, instruments=(COIN,))
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.fill(entry, 100, "0.123", venue_order="V1", fee=d("0.000123"), fee_currency="COIN")
    afar.say(afar.order(), "accepted", venue_order="V2")
    assert kinds(afar.trade("sell", "0.1225", 100)) == ["cancel 2"]
