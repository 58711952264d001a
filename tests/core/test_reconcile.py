"""The book against the venue: what differs is asked again, then said aloud; never repaired in silence."""

import pytest

from openbell.core import effects as fx
from openbell.core.book import EXTERNAL
from openbell.core.codes import Code
from openbell.core.enable import account_digits
from openbell.core.events import CashFlow, Command
from openbell.core.reconcile import MOST_CANCELS
from openbell.core.risk import Denied, review
from openbell.core.types import NS, Side, Status
from tests.core import build as b
from tests.core.afar import START, Afar, limit_deployment
from tests.core.build import d
from tests.core.test_contact import listed


def mismatched(afar: Afar) -> dict[str, str]:
    return afar.engine.book.truth.mismatched


# --- readiness -----------------------------------------------------------------------------------------------------


def test_an_account_is_ready_once_its_state_has_been_compared() -> None:
    afar = Afar(is_up=False)
    assert afar.refused() == Code.NOT_READY
    afar.link()
    assert afar.contact.is_ready
    assert "ready/main" in afar.alerts()


def test_a_state_asked_for_before_the_line_came_up_does_not_count() -> None:
    afar = Afar(is_up=False)
    afar.is_mute = True
    afar.link()
    afar.wait(1)
    afar.state(as_of=afar.contact.since - 1)
    assert not afar.contact.is_ready
    afar.state()
    assert afar.contact.is_ready


def test_a_state_that_was_a_moment_too_old_is_asked_for_again_at_once_and_not_when_the_timer_comes_by() -> None:
    # The venue's clock is known to half a round trip: under load a good answer may seem older than the line.
    afar = Afar(is_up=False)
    afar.is_mute = True
    afar.link()
    afar.wait(1)
    afar.state(as_of=afar.contact.since - 1)
    afar.is_mute = False
    afar.wait(5)
    assert afar.contact.is_ready


def test_F44_the_account_is_compared_on_a_timer_however_healthy_the_line_looks() -> None:
    afar = Afar()
    before = len(afar.sent(fx.Query))
    afar.wait(300)
    assert len(afar.sent(fx.Query)) - before == 10


@pytest.mark.parametrize("fault", ["F45", "F46"])
def test_F45_F46_a_line_that_is_up_and_mute_is_not_relied_on(fault: str) -> None:
    afar = Afar()
    afar.is_mute = True
    afar.wait(80)
    assert afar.contact.is_ready
    afar.wait(20)
    assert not afar.contact.is_ready
    assert afar.alerts().count("mute/main") == 1
    afar.is_mute = False
    afar.wait(31)
    assert afar.contact.is_ready


def test_F47_a_line_that_flaps_asks_once_for_each_time_it_is_up() -> None:
    afar = Afar()
    afar.is_mute = True
    before = len(afar.sent(fx.Query))
    for _ in range(20):
        afar.link(is_up=False)
        afar.link()
    assert len(afar.sent(fx.Query)) - before == 20


# --- positions -----------------------------------------------------------------------------------------------------


def test_F44_a_fill_the_stream_dropped_is_asked_for_and_booked() -> None:
    afar = Afar()
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.list_order(order, filled=d(10))
    afar.positions, afar.cash = {"AAPL": d(10)}, {"USD": d(99_000)}
    afar.wait(31)
    assert order.oid in {query.oid for query in afar.sent(fx.Query)}
    afar.positions, afar.cash, afar.listed = {}, {"USD": d(100_000)}, []
    afar.fill(order, 100, venue_order="V1")
    afar.wait(60)
    assert (afar.qty(), mismatched(afar), afar.contact.suspects) == (10, {}, {})
    afar.check()


def test_F64_a_difference_that_stays_is_a_mismatch_and_nothing_is_traded_to_fix_it() -> None:
    afar = Afar()
    afar.hold()
    afar.positions["AAPL"] = d(25)
    sent = len(afar.sent())
    afar.wait(40)
    assert list(mismatched(afar)) == ["main/AAPL"]
    assert afar.alerts().count("mismatch/main/AAPL") == 1
    assert len(afar.sent()) == sent
    assert review(afar.engine.book, (), b.draft(), afar.ts).codes[0] == Code.MISMATCH
    assert afar.sent(fx.Adjust) == []
    afar.check()


def test_F64_a_difference_seen_once_is_asked_again_before_it_is_believed() -> None:
    afar = Afar()
    afar.hold()
    afar.wait(20)
    afar.positions["AAPL"] = d(25)
    afar.is_mute = True
    afar.state()
    afar.ts += 1
    afar.state()
    assert (mismatched(afar), afar.contact.is_ready) == ({}, True)
    afar.positions["AAPL"] = d(10)
    afar.wait(6)
    afar.state()
    assert (mismatched(afar), afar.contact.suspects) == ({}, {})


def test_B12_a_mismatch_goes_when_the_venue_agrees_again() -> None:
    afar = Afar()
    afar.hold()
    afar.positions["AAPL"] = d(25)
    afar.wait(40)
    afar.positions["AAPL"] = d(10)
    afar.wait(40)
    assert mismatched(afar) == {}
    assert "match/main/AAPL" in afar.alerts()


def test_S4_226_what_differs_stops_the_way_back_until_the_venue_agrees() -> None:
    afar = Afar()
    afar.hold()
    afar.step(Command(ts=afar.ts, id="stop", kind="kill", actor="op", reason="test", tier=1))
    digits = account_digits(afar.engine.book, "main")

    def enable(word: str) -> list[str]:
        afar.ts += 1
        told = afar.step(Command(ts=afar.ts, id=word, kind="enable", actor="op", reason="test", digits=digits))
        return [alert.text for alert in b.only(fx.Alert, told) if alert.level == "error"]

    afar.positions["AAPL"] = d(25)
    afar.wait(40)
    (text,) = enable("too early")
    assert ("main/AAPL disagrees" in text, "kill/all" in afar.engine.book.truth.latches) == (True, True)
    afar.positions["AAPL"] = d(10)
    afar.wait(40)
    assert enable("in time") == []
    assert (mismatched(afar), afar.engine.book.truth.latches) == ({}, {})


def test_F59_a_state_older_than_what_we_have_is_no_state() -> None:
    afar = Afar()
    old = afar.ts
    afar.wait(40)
    afar.hold()
    kept = afar.contact.as_of
    afar.positions = {}
    afar.state(as_of=old)
    assert (afar.contact.as_of, afar.contact.suspects, afar.qty()) == (kept, {}, 10)


def test_F59_what_changed_within_the_venues_visibility_is_not_judged() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100, venue_order="V1")
    afar.positions = {}
    for _ in range(4):
        afar.ts += 1
        afar.state()
    assert (mismatched(afar), afar.contact.suspects) == ({}, {})


def test_F60_a_failed_question_is_not_flat() -> None:
    afar = Afar()
    afar.hold()
    afar.wait(20)
    for _ in range(4):
        afar.positions = {}
        afar.state(failed="positions: 500")
        afar.positions = {"AAPL": d(10)}
        afar.wait(10)
    assert (afar.qty(), mismatched(afar)) == (10, {})
    assert "state/main" in afar.alerts()


def test_F65_deployments_sum_to_the_account() -> None:
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta"))
    afar.bar(100.0, 1.0)
    for submit in afar.sent():
        afar.fill(submit, 100, venue_order=f"V{submit.index}")
    afar.trade("buy", 7, 100)
    afar.wait(60)
    assert (afar.qty(), afar.qty("beta"), afar.qty(EXTERNAL), mismatched(afar)) == (10, 10, 7, {})


# --- the first start -----------------------------------------------------------------------------------------------


def test_F68_what_a_new_account_already_holds_is_adopted_openly_and_is_no_profit() -> None:
    afar = Afar(is_up=False)
    afar.bar(100.0)
    afar.positions, afar.cash = {"AAPL": d(5), "TSLA": d(1)}, {"USD": d(90_000), "EUR": d(3)}
    afar.link()
    account = afar.engine.book.truth.accounts["main"]
    assert (afar.qty(EXTERNAL), account.cash) == (5, {"USD": 90_000, "EUR": 3})
    assert (account.equity, account.peak, account.session_result) == (90_500, 90_500, 0)
    assert [(e.instrument or e.currency, e.before, e.after) for e in afar.sent(fx.Adjust)] == [
        ("AAPL", "0", "5"),
        ("USD", "100000 USD", "90000 USD"),
        ("EUR", "0 EUR", "3 EUR"),
    ]
    assert len([key for key in afar.alerts() if key.startswith("adjustment/")]) == 3
    assert "other/TSLA" in afar.alerts()
    assert (afar.contact.is_ready, mismatched(afar)) == (True, {})
    afar.check()


def test_F68_what_has_no_price_yet_waits_for_one_and_nothing_is_entered_there() -> None:
    afar = Afar(is_up=False)
    afar.positions = {"AAPL": d(5)}
    afar.link()
    assert list(mismatched(afar)) == ["main/AAPL"]
    afar.wait(31)
    afar.bar(100.0)
    afar.wait(31)
    account = afar.engine.book.truth.accounts["main"]
    assert (mismatched(afar), afar.qty(EXTERNAL)) == ({}, 5)
    assert (account.equity, account.session_result, account.peak) == (100_500, 0, 100_500)
    assert afar.alerts().count("first/main/AAPL") == 1


def test_F63_what_is_missing_after_a_first_holding_was_adopted_by_hand_was_not_held_before_the_start() -> None:
    """It waited for a price; adopted by a person meanwhile, the next difference is a trade by hand like any other."""
    afar = Afar(is_up=False)
    afar.positions = {"AAPL": d(5)}
    afar.link()
    afar.bar(100.0)
    afar.command("adopt", "account:main")
    assert (mismatched(afar), afar.qty(EXTERNAL)) == ({}, 5)
    afar.hold()
    afar.positions["AAPL"] -= 8
    afar.wait(90)
    assert (list(mismatched(afar)), list(afar.engine.book.truth.frozen)) == (["main/AAPL"], ["alpha"])
    assert (afar.qty(), afar.qty(EXTERNAL)) == (10, 5), "nobody called it a holding from before the start"
    afar.check()


def test_F68_cash_that_is_compared_later_is_an_opening_balance_all_the_same() -> None:
    afar = Afar(is_up=False)
    afar.positions, afar.cash = {"AAPL": d(5)}, {"USD": d(90_000)}
    afar.link()
    account = afar.engine.book.truth.accounts["main"]
    assert (account.cash["USD"], afar.sent(fx.Adjust)) == (100_000, [])
    afar.wait(31)
    afar.bar(100.0)
    afar.wait(31)
    assert (afar.qty(EXTERNAL), account.cash["USD"]) == (5, 100_000)
    afar.wait(31)
    assert (account.cash["USD"], account.equity, account.session_result, account.peak) == (90_000, 90_500, 0, 90_500)
    assert [(e.cause, e.is_flow) for e in afar.sent(fx.Adjust) if e.cash] == [("opening balance at the venue", True)]
    afar.cash = {"USD": d(89_000)}
    afar.wait(31)
    afar.wait(31)
    assert (account.cash["USD"], account.session_result) == (89_000, -1_000)


# --- orders ----------------------------------------------------------------------------------------------------------


def test_F37_an_order_that_is_gone_from_the_venue_is_asked_after() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.wait(31)
    assert order.oid in {query.oid for query in afar.sent(fx.Query)}
    afar.say(order, "cancelled", filled=d(0), text="by the operator")
    assert order.status is Status.CANCELLED


def test_F38_a_leg_the_listing_hides_is_asked_after_and_not_ended() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    for _ in range(4):
        afar.wait(31)
        afar.say(stop, "accepted", venue_order="V2", text="held", filled=d(0))
    assert stop.status is Status.WORKING
    assert stop.oid in {query.oid for query in afar.sent(fx.Query)}


def test_an_order_that_has_ended_here_and_lives_there_is_cancelled_until_it_is_gone_and_counts_as_risk() -> None:
    afar = Afar(limit_deployment(), account={"cash": {"USD": d(1500)}})
    afar.cash = {"USD": d(1500)}
    afar.link()
    order = afar.enter()
    afar.say(order, "cancelled")
    afar.list_order(order)
    afar.wait(300)
    cancels = [cancel.oid for cancel in afar.sent(fx.Cancel)]
    # Soon and then more and more rarely, as often as the account is compared: 5 s, 10 s, 20 s, 30 s ...
    assert cancels == [order.oid] * 11
    levels = [alert.level for alert in b.only(fx.Alert, afar.effects) if alert.key == f"ended/{order.oid}"]
    assert levels == ["error"] * MOST_CANCELS + ["critical"] * (11 - MOST_CANCELS)
    assert review(afar.engine.book, (), b.draft(), afar.ts).codes == (Code.BUYING_POWER,)
    assert order.status is Status.CANCELLED
    afar.listed = []
    afar.wait(40)
    assert not isinstance(review(afar.engine.book, (), b.draft(), afar.ts), Denied)


def test_an_order_of_somebody_else_is_told_once_and_counts_as_risk() -> None:
    afar = Afar(account={"cash": {"USD": d(1500)}})
    afar.cash = {"USD": d(1500)}
    afar.bar(100.0)
    for oid in ("", "ZZZZZZ-4"):
        afar.listed.append(listed(oid, venue_order=f"V{oid}"))
    afar.wait(120)
    keys = [key for key in afar.alerts() if key.startswith("foreign/")]
    assert keys == ["foreign/venue/AAPL/V", "foreign/ZZZZZZ-4"]
    assert review(afar.engine.book, (), b.draft(), afar.ts).codes == (Code.BUYING_POWER,)
    assert afar.sent(fx.Cancel) == []


def test_F12_our_tag_with_a_number_never_given_means_a_lost_journal() -> None:
    afar = Afar()
    afar.listed.append(listed(f"{b.TAG}-Z"))
    afar.wait(40)
    assert "lost_journal/all" in afar.engine.book.truth.latches
    assert afar.alerts().count("lost_journal") == 1
    assert afar.refused() == Code.LATCHED


# --- cash ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "flows", "income"), [(100_500, 500, 0), (99_500, 0, -500)])
def test_F69_cash_that_nobody_explains_is_never_a_profit(there: int, flows: int, income: int) -> None:
    afar = Afar()
    afar.cash = {"USD": d(there)}
    afar.wait(31)
    account = afar.engine.book.truth.accounts["main"]
    assert account.cash["USD"] == 100_000
    afar.wait(10)
    assert (account.cash["USD"], account.flows.get("USD", 0), account.income.get("USD", 0)) == (there, flows, income)
    effect = b.one(fx.Adjust, afar.effects)
    assert (effect.cause, effect.before) == ("cash differs from the venue's", "100000 USD")
    assert f"adjustment/{effect.id}" in afar.alerts()
    afar.check()


def test_F69_a_difference_of_cash_that_was_seen_once_outlives_a_trade_and_is_asked_after_soon() -> None:
    afar = Afar(reconcile_every=300 * NS)
    afar.hold()
    afar.cash["USD"] -= 500
    afar.wait(301)
    assert list(afar.contact.suspects) == ["cash/USD"]
    afar.fill(b.one(fx.Submit, afar.bar(100.0, 0.0)), 100, venue_order="V2")
    afar.wait(20)
    assert afar.engine.book.truth.accounts["main"].cash["USD"] == 99_500
    afar.check()


def test_F69_a_deposit_the_venue_tells_is_no_difference() -> None:
    afar = Afar()
    afar.ts += 1
    afar.step(CashFlow(ts=afar.ts, account="main", currency="USD", amount=d(500), kind="deposit", id="d1"))
    afar.cash = {"USD": d(100_500)}
    afar.wait(60)
    assert afar.sent(fx.Adjust) == []
    assert afar.engine.book.truth.accounts["main"].session_result == 0


def test_a_cent_of_cash_is_no_news() -> None:
    afar = Afar()
    afar.cash = {"USD": d("100000.01")}
    afar.wait(60)
    assert afar.sent(fx.Adjust) == []


def test_F71_cash_is_compared_per_currency() -> None:
    afar = Afar(account={"cash": {"USD": d(100_000), "EUR": d(50)}})
    afar.cash = {"USD": d(100_000), "EUR": d(80)}
    afar.link()
    afar.wait(60)
    changed = [(e.currency, e.cash) for e in afar.sent(fx.Adjust)]
    assert sum(cash for currency, cash in changed if currency == "EUR") == 30


def test_a_told_side_is_one_of_two() -> None:
    assert {Side.BUY, Side.SELL} == set(Side)


def test_F44_executions_listed_again_with_every_state_do_not_put_the_comparison_off() -> None:
    afar = Afar()
    order = afar.enter()
    afar.fill(order, 100)
    afar.positions["AAPL"] += d(3)
    for _ in range(4):
        afar.wait(40)
        afar.step(b.fill(order, 100, ts=afar.ts, time=START + 2, exec_id="E1"))
        afar.state()
    assert "main/AAPL" in afar.engine.book.truth.mismatched


def test_F64_the_money_of_a_position_that_is_not_agreed_on_is_no_loss() -> None:
    afar = Afar()
    afar.bar(100.0)
    afar.positions, afar.cash = {"AAPL": d(900)}, {"USD": d(10_000)}
    afar.wait(120)
    account = afar.engine.book.truth.accounts["main"]
    assert "main/AAPL" in afar.engine.book.truth.mismatched
    assert (account.cash["USD"], account.equity) == (100_000, 100_000)


def test_F36_an_exit_whose_entry_was_busted_is_taken_back() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    order = afar.enter()
    afar.fill(order, 100)
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    found = afar.fill(order, 100, supersedes="E1", is_bust=True)
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)] == [stop.oid]


def test_B20_a_bust_that_turns_a_holding_takes_its_old_stop_back_at_once() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    order = afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    afar.fill(stop, 95, 4)
    found = afar.fill(order, 100, venue_order="V1", supersedes="E1", is_bust=True)
    assert (afar.qty(), stop.leaves) == (-4, 6)
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)] == [stop.oid]
    assert [(str(s.type), s.side, s.qty) for s in b.only(fx.Submit, found)] == [
        ("stop", Side.BUY, 4), ("market", Side.BUY, 4),
    ]  # fmt: skip
    afar.check()


def test_B20_an_exit_that_is_larger_than_its_holding_is_taken_back_and_made_anew() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    order = afar.enter()
    afar.fill(order, 100, 4)
    afar.fill(order, 100, 6)
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    afar.say(stop, "replaced", venue_order="S1", qty=d(10))
    afar.list_order(stop)
    afar.fill(order, 100, 6, supersedes="E2", is_bust=True)
    afar.positions, afar.cash = {"AAPL": d(4)}, {"USD": d(99_600)}
    found = afar.wait(60)
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)][:1] == [stop.oid]
    again = b.one(fx.Submit, afar.say(stop, "cancelled", code=Code.WOULD_INCREASE, filled=d(0)))
    assert (again.type, again.qty) == (stop.type, 4)
    afar.check()


def test_B20_an_exit_of_a_holding_that_has_turned_is_taken_back() -> None:
    # An entry in the other direction may pass the exit on its way: the old stop would add to the new holding.
    afar = Afar(
        b.deployment_spec(exits=b.exits(stop_loss="0.05"), can_short=True), account={"cash": {"USD": d(10_000)}}
    )
    order = afar.enter()
    afar.fill(order, 100)
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    afar.list_order(stop)
    afar.bar(100.0, -1.0)
    found = afar.fill(afar.order(), 100, 15)
    assert afar.qty() == -5
    assert stop.oid in {cancel.oid for cancel in b.only(fx.Cancel, found)}


def test_a_listed_order_of_another_size_is_asked_after_and_the_answer_counts() -> None:
    afar = Afar(limit_deployment())
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.list_order(order, qty=d(4))
    afar.wait(31)
    assert order.oid in {query.oid for query in afar.sent(fx.Query)}
    afar.say(order, "accepted", venue_order="V1", qty=d(4), filled=d(0))
    assert (order.qty, order.status) == (4, Status.WORKING)
    asked = len([query for query in afar.sent(fx.Query) if query.oid])
    afar.wait(120)
    assert len([query for query in afar.sent(fx.Query) if query.oid]) == asked
    afar.check()


def test_a_listed_order_at_another_price_is_asked_after_but_a_trailing_stop_moves_by_itself() -> None:
    afar = Afar(limit_deployment(exits=b.exits(trail_frac="0.05")))
    order = afar.enter()
    afar.say(order, "accepted", venue_order="V1")
    afar.fill(order, 100, 4, venue_order="V1")
    trailing = afar.order()
    afar.say(trailing, "accepted", venue_order="S1")
    afar.list_order(order, limit=d(99))
    afar.list_order(trailing, stop=d(97))
    afar.wait(31)
    assert {query.oid for query in afar.sent(fx.Query)} - {""} == {order.oid}
    afar.say(order, "accepted", venue_order="V1", qty=d(10), filled=d(4), limit=d(99))
    assert order.limit == 99


def test_an_answer_from_before_a_change_that_is_on_its_way_does_not_undo_it() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(stop_loss="0.05")))
    order = afar.enter()
    afar.fill(order, 100, 4)
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="S1")
    afar.list_order(stop, qty=d(3))
    afar.wait(31)
    afar.fill(order, 100, 6)
    assert stop.status is Status.REPLACING
    afar.say(stop, "accepted", venue_order="S1", qty=d(3), filled=d(0))
    assert (stop.status, stop.qty, stop.total) == (Status.REPLACING, 4, 10)
