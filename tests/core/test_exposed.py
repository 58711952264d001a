"""Protection that is confirmed, waited for, or missing aloud: never silently neither."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import EXTERNAL
from openbell.core.codes import Code
from openbell.core.execution import is_dust
from openbell.core.types import NS, Caps, OrderType, Status
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import d, exits

KEY = "alpha/AAPL"


def guarded() -> Afar:
    """Return an account that holds 10, with its stop just sent."""
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")))
    afar.hold()
    return afar


def names(effects: list[fx.Effect]) -> list[str]:
    return [alert.key for alert in b.only(fx.Alert, effects)]


def test_B27_a_stop_on_its_way_is_waited_for_and_a_confirmed_one_protects() -> None:
    afar = guarded()
    assert afar.engine.book.truth.exposed == {}
    afar.say(afar.order(), "accepted", venue_order="V2")
    assert afar.engine.book.truth.exposed == {}


def test_B27_a_stop_whose_answer_is_lost_leaves_the_holding_exposed_until_it_is_confirmed() -> None:
    afar = guarded()
    afar.wait(11)
    assert list(afar.engine.book.truth.exposed) == [KEY]
    assert afar.alerts().count(f"exposed/{KEY}") == 1
    assert f"exposed/{KEY}" in names(afar.wait(61))
    afar.say(afar.order(), "accepted", venue_order="V2", filled=d(0))
    assert afar.engine.book.truth.exposed == {}
    assert f"/exposed/{KEY}" not in afar.engine.book.truth.timers
    afar.check()


def test_B27_a_stop_of_less_than_the_holding_leaves_it_exposed() -> None:
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")))
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.trade("sell", 4, 100)
    afar.fill(entry, 100, venue_order="V1")
    assert afar.sent()[-1].qty == 6
    assert list(afar.engine.book.truth.exposed) == [KEY]
    afar.check()


@pytest.mark.parametrize("reserves", [False, True])
def test_B27_what_comes_behind_an_exit_and_gets_no_stop_is_exposed(*, reserves: bool) -> None:
    """Of what an exit leaves open its units were taken off twice where the venue keeps what rests."""
    spec = b.deployment_spec(exits=exits(stop_loss="0.05"))
    afar = Afar(spec, account={"caps": Caps(oco=False, reserves=reserves)})
    entry = afar.enter()
    afar.fill(entry, 100, 7, venue_order="V1")
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.bar(100.0, 0.0)
    afar.say(stop, "cancelled", filled=d(0))
    afar.say(afar.order(), "accepted", venue_order="V3")
    afar.positions["AAPL"] = d(4)
    afar.wait(40)
    assert list(afar.engine.book.truth.mismatched) == ["main/AAPL"]
    afar.say(afar.order(), "accepted", venue_order="V3", filled=d(0))
    assert (afar.order().leaves, afar.engine.book.truth.exposed) == (7, {})
    afar.fill(entry, 100, 3, venue_order="V1", time=afar.ts - 39 * NS)
    assert (afar.qty(), afar.order().leaves, list(afar.engine.book.truth.exposed)) == (10, 7, [KEY])
    afar.check()


def test_B27_an_exit_of_less_than_the_holding_leaves_it_exposed() -> None:
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")))
    afar.hold()
    afar.say(afar.order(), "accepted", venue_order="V2")
    afar.trade("sell", 4, 100)
    afar.say(afar.order(), "cancelled")
    assert list(afar.engine.book.truth.exposed) == [KEY]
    exit_order = b.only(fx.Submit, afar.bar(100.0, 0.0))[-1]
    assert (exit_order.type, exit_order.qty) == (OrderType.MARKET, 6)
    afar.say(exit_order, "accepted", venue_order="V4")
    assert list(afar.engine.book.truth.exposed) == [KEY]


def test_F34_a_stop_being_replaced_protects_with_what_is_in_force_and_no_more() -> None:
    afar = guarded()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.positions["AAPL"] = d(20)
    afar.step(b.split(2, 1, key="s1"))
    assert (stop.status, afar.engine.book.truth.exposed) == (Status.REPLACING, {})
    afar.wait(11)
    assert (stop.status, list(afar.engine.book.truth.exposed)) == (Status.UNKNOWN, [KEY])


def test_F35_a_stop_that_cannot_be_made_gets_out_once() -> None:
    afar = guarded()
    afar.say(afar.order(), "rejected", text="would trigger immediately")
    exit_order = afar.sent()[-1]
    assert (exit_order.type, exit_order.reason, exit_order.qty) == (OrderType.MARKET, Code.EMERGENCY_STOP, 10)
    sent = len(afar.sent())
    afar.say(exit_order, "accepted", venue_order="V3")
    assert len(afar.sent()) == sent


def aimed() -> Afar:
    """Return an account that holds 10 with its stop at 95 confirmed and its target at 110 refused."""
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05", take_profit="0.1")))
    afar.hold()
    stop, target = afar.sent()[-2:]
    assert (stop.type, target.type) == (OrderType.STOP, OrderType.LIMIT)
    afar.say(stop, "accepted", venue_order="V2")
    afar.say(target, "rejected", text="beyond the band of the day")
    return afar


def test_a_target_that_the_venue_refuses_sells_nothing_and_is_not_asked_again() -> None:
    afar = aimed()
    sent = len(afar.sent())
    assert names(afar.effects)[-1].startswith("target/")
    afar.bar(109.99, 1.0)
    afar.say(afar.sent()[1], "accepted", venue_order="V2")
    assert (len(afar.sent()), afar.qty(), afar.engine.book.truth.exposed) == (sent, 10, {})
    afar.check()


def test_a_refused_target_is_left_at_the_market_once_the_price_is_there() -> None:
    afar = aimed()
    out = b.one(fx.Submit, afar.bar(110.0, 1.0))
    assert (out.type, out.reason, out.qty) == (OrderType.MARKET, Code.TAKE_PROFIT, 10)
    assert b.only(fx.Submit, afar.bar(110.5, 1.0)) == [], "under way counts as done"
    afar.say(out, "accepted", venue_order="V4")
    afar.fill(out, 110, venue_order="V4")
    assert afar.qty() == 0
    afar.check()


def test_an_exit_at_a_refused_target_that_the_venue_never_takes_is_not_sent_for_ever() -> None:
    afar = aimed()
    for _ in range(6):
        for out in b.only(fx.Submit, afar.bar(111.0, 1.0)):
            afar.say(out, "rejected", text="market closed")
    tried = [one for one in afar.sent() if one.type is OrderType.MARKET and one.reduce_only]
    assert (len(tried), afar.qty()) == (3, 10)


def test_the_next_holding_asks_for_its_target_anew() -> None:
    afar = aimed()
    out = b.one(fx.Submit, afar.bar(110.0, 0.0))
    afar.fill(out, 110, venue_order="V4")
    assert not afar.engine.book.position(*KEY.split("/")).is_watched
    afar.say(afar.sent()[1], "cancelled")
    entry = b.one(fx.Submit, afar.bar(100.0, 1.0))
    found = afar.fill(entry, 100, venue_order="V5")
    assert [one.type for one in b.only(fx.Submit, found)] == [OrderType.STOP, OrderType.LIMIT]


@pytest.mark.parametrize("text", ["F18 auction", "F42 pattern day trader"])
def test_F18_F42_a_market_exit_the_venue_refuses_goes_as_a_limit_at_the_collar_then_the_alarm_runs(text: str) -> None:
    afar = guarded()
    afar.say(afar.order(), "rejected", text="would trigger immediately")
    found = afar.say(afar.sent()[-1], "rejected", text=text)
    limit = b.one(fx.Submit, found)
    assert (limit.type, limit.limit, limit.qty, limit.reduce_only) == (OrderType.LIMIT, 97, 10, True)
    afar.say(limit, "rejected", text=text)
    assert list(afar.engine.book.truth.exposed) == [KEY]
    sent = len(afar.sent())
    for minute in range(1, 4):
        assert f"exposed/{KEY}" in names(afar.wait(61))
        # One more try each minute, by a new stop; no storm.
        assert len(afar.sent()) <= sent + 2 * minute


def left_behind() -> tuple[Afar, fx.Submit]:
    """Return an account whose exit rests at 97."""
    afar = guarded()
    afar.say(afar.order(), "rejected", text="would trigger immediately")
    limit = b.one(fx.Submit, afar.say(afar.sent()[-1], "rejected", text="auction"))
    afar.say(limit, "accepted", venue_order="V4")
    return afar, limit


def test_F42_an_exit_whose_limit_the_market_has_left_is_given_a_new_one_once_until_it_is_left_again() -> None:
    afar, limit = left_behind()
    assert b.only(fx.Amend, afar.bar(97.0, 1.0)) == [], "it can still execute"
    moved = b.one(fx.Amend, afar.bar(90.0, 1.0))
    assert (moved.oid, moved.limit, moved.qty) == (limit.oid, d("87.3"), 10)
    assert b.only(fx.Amend, afar.bar(80.0, 1.0)) == [], "its change is not answered yet"
    afar.say(limit, "replaced", venue_order="V5", limit=d("87.3"))
    assert b.one(fx.Amend, afar.bar(80.0, 1.0)).limit == d("77.6")
    afar.say(limit, "replaced", venue_order="V6", limit=d("77.6"))
    afar.fill(limit, 79, venue_order="V6")
    assert afar.qty() == 0
    assert [one for one in afar.sent() if one.reduce_only][-1].oid == limit.oid, "nothing is sold twice"
    afar.check()


def test_F42_an_exit_that_is_being_taken_back_is_not_moved() -> None:
    afar, limit = left_behind()
    afar.command("kill")
    assert limit.oid in [one.oid for one in afar.sent(fx.Cancel)]
    afar.say(limit, "cancel_refused")
    afar.say(limit, "accepted", venue_order="V4", filled=d(0))
    assert afar.order().status is Status.WORKING
    assert b.only(fx.Amend, afar.bar(90.0, 1.0)) == []


def test_B27_behind_a_split_a_refused_exit_goes_at_one_tick_where_its_collar_is_less() -> None:
    afar = guarded()
    afar.positions["AAPL"] = d(200_000)
    afar.step(b.split(20_000, 1, key="s1"))
    afar.say(afar.order(), "rejected", text="would trigger immediately")
    limit = b.one(fx.Submit, afar.say(afar.sent()[-1], "rejected", text="auction"))
    assert (limit.type, limit.limit, limit.qty) == (OrderType.LIMIT, d("0.01"), 200_000)


@pytest.mark.parametrize("word", ["lost", "absent", "cancel_refused"])
def test_F42_what_else_is_told_of_a_refused_exit_sends_no_other_one(word: str) -> None:
    spec = b.deployment_spec(exits=exits(stop_loss="0.05"))
    afar = Afar(spec, account={"caps": Caps(oco=False, reserves=True)})
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.fill(entry, 100, venue_order="V1")
    tried = 0
    while tried < len(afar.sent()) < 10:
        tried = len(afar.sent())
        last = afar.sent()[-1]
        afar.say(last, "rejected", text="market closed")
        afar.say(last, word)
    kinds = [one.type for one in afar.sent()[1:]]
    assert kinds == [OrderType.STOP, OrderType.MARKET, OrderType.LIMIT], "each once, then the alarm runs"
    assert list(afar.engine.book.truth.exposed) == [KEY]


@pytest.mark.parametrize("caps", [Caps(oco=True), Caps(oco=False), Caps(oco=False, reserves=True)])
def test_F42_a_rejection_that_is_told_again_leaves_no_holding_that_a_newer_stop_protects(caps: Caps) -> None:
    """It had closed it at the market, or taken the new stop back for that; of a refused exit it had sent another one."""
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")), account={"caps": caps})
    afar.hold()
    for _ in range(3):
        afar.say(afar.sent()[-1], "rejected", text="market closed")
    refused = afar.sent()[1:]
    assert [one.type for one in refused] == [OrderType.STOP, OrderType.MARKET, OrderType.LIMIT]
    for one in refused:
        assert b.only(fx.Submit, afar.say(one, "rejected")) == [], "nothing follows at once, as at first"
    afar.wait(61)
    stop = afar.sent()[-1]
    afar.say(stop, "accepted", venue_order="V8")
    assert (stop.type, afar.engine.book.truth.exposed) == (OrderType.STOP, {})
    for one in refused:
        assert afar.say(one, "rejected") == []
    afar.check()


def test_B27_the_rest_of_a_stop_entry_protects_nothing_a_refused_exit_goes_as_a_limit_beside_it() -> None:
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05"), entry_type=OrderType.STOP))
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.fill(entry, 100, 4, venue_order="V1")
    afar.say(afar.sent()[-1], "rejected", text="would trigger immediately")
    assert (entry.is_open, entry.type) == (True, OrderType.STOP)
    limit = b.one(fx.Submit, afar.say(afar.sent()[-1], "rejected", text="auction"))
    assert (limit.type, limit.qty, limit.reduce_only) == (OrderType.LIMIT, 4, True)


@pytest.mark.parametrize(("tier", "is_tried"), [(0, True), (1, True), (2, False)])
def test_F42_a_kill_that_only_stops_entries_leaves_the_second_try_of_a_refused_exit(tier: int, is_tried: bool) -> None:
    afar = guarded()
    afar.say(afar.order(), "rejected", text="would trigger immediately")
    exit_order = afar.sent()[-1]
    afar.ts += 1
    kill = ev.Command(ts=afar.ts, id="k", kind="kill", actor="op", reason="looked", scope="all", tier=tier)
    afar.step(kill)
    assert bool(b.only(fx.Submit, afar.say(exit_order, "rejected", text="auction"))) is is_tried


def test_an_exposed_holding_that_is_closed_is_no_longer_exposed() -> None:
    afar = guarded()
    afar.wait(11)
    afar.fill(afar.order(), 95, venue_order="V2")
    assert (afar.qty(), afar.engine.book.truth.exposed) == (0, {})


def test_F36_the_other_leg_is_cancelled_and_counts_until_the_venue_says_so() -> None:
    spec = b.deployment_spec(exits=exits(stop_loss="0.05", take_profit="0.05"))
    afar = Afar(spec, account={"caps": Caps(oco=True)})
    afar.hold()
    stop, target = list(afar.engine.book.truth.orders.values())[-2:]
    for order in (stop, target):
        afar.say(order, "accepted", venue_order=f"V{order.index}")
    afar.fill(target, 105, venue_order=f"V{target.index}")
    assert stop.is_open
    afar.say(stop, "cancelled", code=Code.OCO)
    assert (stop.status, afar.qty()) == (Status.CANCELLED, 0)


def test_F36_where_the_venue_has_no_groups_the_engine_takes_the_other_leg_back_and_counts_it_until_told() -> None:
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05", take_profit="0.05")), account={"caps": Caps(oco=False)})
    afar.hold()
    legs = [order for order in afar.engine.book.truth.orders.values() if order.reduce_only]
    for order in legs:
        afar.say(order, "accepted", venue_order=f"V{order.index}")
    stop, target = legs
    found = afar.fill(target, 105, venue_order=f"V{target.index}")
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)] == [stop.oid]
    assert stop.is_open
    # The confirmation is waited for: asked after when it does not come, and nothing is entered beside it.
    assert any(query.oid == stop.oid for query in b.only(fx.Query, afar.wait(30)))
    afar.say(stop, "cancelled")
    assert (stop.status, afar.qty()) == (Status.CANCELLED, 0)


# --- dust -----------------------------------------------------------------------------------------------------------


def dusty() -> Afar:
    """Return an account that holds 10 at 100, at a venue that takes no order worth less than 500."""
    least = b.instrument(min_notional=d(500))
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")), instruments=(least,))
    afar.hold()
    afar.say(afar.order(), "accepted", venue_order="V2")
    return afar


@pytest.mark.parametrize(("left", "is_dust"), [(4, True), (5, False), (6, False)])
def test_F39_what_is_left_below_the_venues_minimum_is_named_and_left_alone(left: int, is_dust: bool) -> None:
    afar = dusty()
    (out,) = b.only(fx.Submit, afar.bar(100.0, 0.0))
    afar.say(out, "accepted", venue_order="V3")
    afar.fill(out, 100, 10 - left, venue_order="V3")
    sent = len(afar.sent())
    found = afar.say(out, "cancelled", filled=d(10 - left))
    assert afar.qty() == left
    assert ("dust/alpha/AAPL" in names(found)) == is_dust
    assert bool(b.only(fx.Submit, found)) != is_dust
    if is_dust:
        afar.wait(600)
        assert len(afar.sent()) == sent
        assert is_dust_of(afar)
        assert afar.engine.book.truth.exposed == {}
        stop = next(o for o in afar.engine.book.truth.orders.values() if o.stop is not None)
        afar.step(b.command("kill", n=70, close=True))
        afar.say(stop, "cancelled")
        afar.wait(60)
        assert len(afar.sent()) == sent
        assert [one.why for one in afar.engine.book.truth.kills["all"].left] == ["its venue takes no order so small"]


def test_F39_what_no_order_could_sell_is_the_accounts_own_once_the_exit_in_its_way_has_ended() -> None:
    coin = b.instrument(base="AAPL")
    afar = Afar(b.deployment_spec(exits=exits(stop_loss="0.05")), instruments=(coin,))
    afar.fill(afar.enter(), 100, venue_order="V1", fee=d("0.1"), fee_currency="AAPL")
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.fill(b.one(fx.Submit, afar.bar(100.0, 0.0)), 100, venue_order="V3")
    assert (afar.qty(), stop.is_open) == (d("0.9"), True), "the stop may still count on it"
    afar.say(stop, "cancelled")
    assert (afar.qty(), afar.qty(EXTERNAL)) == (0, d("0.9"))
    afar.check()


@pytest.mark.parametrize("caps", [Caps(), Caps(oco=False, reserves=True, in_place=False)])
def test_F39_dust_on_the_other_side_keeps_no_deployment_from_entering(caps: Caps) -> None:
    least = b.instrument(min_notional=d(500))
    afar = Afar(b.deployment_spec(), instruments=(least,), account={"caps": caps})
    entry = afar.enter()
    afar.fill(entry, 100, venue_order="V1", exec_id="X1")
    out = b.one(fx.Submit, afar.bar(100.0, 0.0))
    afar.fill(out, 100, venue_order="V2")
    afar.positions["AAPL"] = d(-3)
    told = afar.fill(entry, 100, 7, venue_order="V1", exec_id="X2", supersedes="X1")
    assert (afar.qty(), names(told)[-1]) == (-3, "dust/alpha/AAPL")
    again = b.one(fx.Submit, afar.bar(100.0, 1.0))
    assert (again.side, again.qty, again.reduce_only) == ("buy", 10, False)
    afar.fill(again, 100, venue_order="V3")
    assert afar.qty() == 7


def is_dust_of(afar: Afar) -> bool:
    return is_dust(afar.engine.book, afar.engine.book.position("alpha", "AAPL"))


def test_F39_dust_that_has_risen_in_worth_is_no_dust() -> None:
    afar = dusty()
    (out,) = b.only(fx.Submit, afar.bar(100.0, 0.0))
    afar.say(out, "accepted", venue_order="V3")
    afar.fill(out, 100, 6, venue_order="V3")
    afar.say(out, "cancelled", filled=d(6))
    assert is_dust_of(afar)
    afar.bar(125.0, 0.0)
    assert not is_dust_of(afar)


# --- corporate actions ----------------------------------------------------------------------------------------------


def test_F66_a_split_adjusts_the_holding_its_stop_and_takes_entries_back() -> None:
    afar = guarded()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    found = afar.step(b.split(3, 2, key="s1"))
    amend = b.one(fx.Amend, found)
    assert (afar.qty(), amend.qty, amend.stop) == (15, 15, d("63.33"))
    afar.say(stop, "replaced", qty=amend.qty, stop=amend.stop)
    afar.positions["AAPL"] = d(15)
    afar.wait(60)
    assert (afar.engine.book.truth.mismatched, afar.engine.book.truth.exposed) == ({}, {})
    afar.check()


def test_F66_a_split_that_leaves_less_than_a_lot_takes_its_stop_back_too() -> None:
    afar = guarded()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    found = afar.step(b.split(1, 20, key="s1"))
    assert (afar.qty(), b.one(fx.Cancel, found).oid) == (0, stop.oid)


def test_F67_a_dead_symbol_takes_its_orders_back_lets_nothing_in_and_says_what_is_left() -> None:
    afar = guarded()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.ts += 1
    found = afar.step(ev.CorporateAction(ts=afar.ts, instrument="AAPL", kind="delisting", id="x1"))
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)] == [stop.oid]
    assert "alpha 10" in next(a.text for a in b.only(fx.Alert, found) if a.key == "delisted/AAPL")
    assert "delisted/instrument:AAPL" in afar.engine.book.truth.latches
    sent = len(afar.sent())
    afar.say(stop, "cancelled")
    afar.wait(600)
    assert len(afar.sent()) == sent
    assert list(afar.engine.book.truth.exposed) == [KEY]
