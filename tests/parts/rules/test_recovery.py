"""recovery: behind enable no entry until every feed has told something new and a trial order was taken back."""

from typing import Any

import pytest
from pydantic import ValidationError

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.order import Order
from openbell.core.spec import OutsideSpec
from openbell.core.types import MINUTE_NS, NS, OrderType, Side, Status
from openbell.parts.rules import order_notional, recovery
from tests.core import build as b
from tests.core.build import at, bar, d, levels, only
from tests.parts.rules.scene import again, bound, gates

FEEDS, TRIAL = ["verify_data_feeds"], ["test_order_placement"]
CLOSED = ["recovery/all"]


def enabled(*symbols: str, n: int = 2, spec: Any = None, **options: Any) -> Engine:
    """Kill at minute 1, open again at minute `n`."""
    listed = symbols or ("AAPL",)
    own = b.deployment_spec(instruments=listed, size=b.SizeSpec(kind="quantity", value=d(100)))
    run = spec or b.run_spec(own, instruments=[b.instrument(one) for one in listed])
    made = b.engine(run, rules=(bound(recovery, **options),))
    for symbol in listed:
        made.step(bar(1, 100.0, symbol=symbol))
    made.step(b.command("kill", n=1, tier=1))
    made.step(b.enable(made, n=n))
    return made


def ring(made: Engine, ts: int) -> list[fx.Effect]:
    """Take the look that is due at an instant, as the loop would."""
    due = made.book.truth.timers.get("/recovery/all")
    return made.step(ev.Timer(ts=ts, deployment="", name="recovery/all")) if due is not None and due <= ts else []


def entered(made: Engine, n: int, symbol: str = "AAPL") -> bool:
    """Return whether a wish at a bar becomes an order."""
    told = made.step(bar(n, 100.0, 1.0 if n % 2 else -1.0, symbol=symbol))
    return any(one.reason != Code.TRIAL_ORDER for one in only(fx.Submit, told))


def trial(made: Engine) -> Order:
    (found,) = (one for one in made.book.truth.orders.values() if one.reason == Code.TRIAL_ORDER)
    return found


# --- feeds ------------------------------------------------------------------------------------------------------


def test_enable_opens_nothing_while_a_step_is_to_be_done_and_a_word_does_not_either() -> None:
    made = enabled(steps=FEEDS)
    assert gates(made) == CLOSED
    made.step(b.command("resume", n=2))
    made.step(b.enable(made, n=2, key="again"))
    assert gates(made) == CLOSED
    assert b.decision(made.step(bar(3, 100.0, 1.0))) == Code.LATCHED


@pytest.mark.parametrize(("close", "is_open"), [(at(2) - 1, False), (at(2), False), (at(2) + 1, True)])
def test_S4_227_a_bar_counts_that_closed_after_the_word(close: int, is_open: bool) -> None:
    made = enabled(steps=FEEDS)
    made.step(ev.Bar(ts=close, instrument="AAPL", interval=MINUTE_NS, open=100, high=100, low=100, close=100, volume=0))
    ring(made, at(2) + 10 * NS)
    assert gates(made) == ([] if is_open else CLOSED)


def test_S4_227_each_feed_has_to_tell_something_new_and_the_silent_one_is_named() -> None:
    made = enabled("AAPL", "MSFT", steps=FEEDS, within="60s")
    for n in (3, 4):
        made.step(bar(n, 100.0))
        told = ring(made, at(n))
        assert gates(made) == CLOSED
        assert [(one.level, "no new bar of 1m of MSFT" in one.text) for one in only(fx.Alert, told)] == (
            [("error", True)] if n == 3 else []
        )
    made.step(bar(5, 100.0, symbol="MSFT"))
    told = ring(made, at(5))
    assert gates(made) == []
    # Smaller sizes for ten minutes, from now on.
    assert made.book.truth.ramps == {"all": at(5) + made.book.spec.kill.ramp}
    assert entered(made, 7)


def test_a_quote_of_a_feed_proves_nothing_of_its_bars() -> None:
    made = enabled(steps=FEEDS)
    made.step(ev.Quote(ts=at(3), instrument="AAPL", bid=99.0, ask=101.0, bid_size=1, ask_size=1))
    ring(made, at(3))
    assert gates(made) == CLOSED


def test_only_feeds_below_the_gate_are_asked() -> None:
    made = enabled("AAPL", "MSFT", steps=FEEDS)
    made.step(bar(3, 100.0))
    made.step(bar(3, 100.0, symbol="MSFT"))
    ring(made, at(3))
    made.step(b.command("kill", "instrument:MSFT", n=3, tier=1))
    made.step(b.enable(made, "instrument:MSFT", n=4))
    assert gates(made) == ["recovery/instrument:MSFT"]
    made.step(bar(5, 100.0, symbol="MSFT"))
    made.step(ev.Timer(ts=at(5), deployment="", name="recovery/instrument:MSFT"))
    assert gates(made) == []


def test_over_a_restart_the_gate_stays_closed_and_is_looked_at_again() -> None:
    made = enabled(steps=FEEDS)
    ring(made, at(2))
    made = again(made, bound(recovery, steps=FEEDS))
    assert (gates(made), made.book.truth.timers["/recovery/all"]) == (CLOSED, at(2) + 10 * NS)
    made.step(bar(3, 100.0))
    ring(made, at(3))
    assert gates(made) == []


# --- the trial order --------------------------------------------------------------------------------------------


def test_S4_228_a_small_order_far_below_the_market_is_placed_and_taken_back_before_entries_pass() -> None:
    made = enabled(steps=TRIAL)
    (sent,) = only(fx.Submit, ring(made, at(2)))
    assert (sent.side, sent.type, sent.qty, sent.limit) == (Side.BUY, OrderType.LIMIT, 1, d("75.00"))
    assert gates(made) == CLOSED
    taken = made.step(b.update(sent, "accepted", ts=at(2)))
    (cancel,) = only(fx.Cancel, taken)
    assert (cancel.oid, cancel.reason) == (sent.oid, Code.TRIAL_ORDER)
    assert ring(made, at(2) + 20 * NS)
    assert gates(made) == CLOSED
    back = made.step(b.update(sent, "cancelled", ts=at(2) + 21 * NS))
    assert gates(made) == CLOSED
    assert levels(taken) == levels(back) == [], "nobody is alarmed by what went as it should"
    told = ring(made, at(2) + 21 * NS)
    assert levels(told) == [("warning", "recovery/all")]
    assert gates(made) == []
    assert entered(made, 3)


def test_the_feeds_come_first() -> None:
    made = enabled()
    assert not only(fx.Submit, ring(made, at(2)))
    made.step(bar(3, 80.0))
    assert only(fx.Submit, ring(made, at(3)))[0].limit == 60


@pytest.mark.parametrize(("away", "limit"), [("10%", "90"), ("90%", "10"), ("33.333%", "66.66")])
def test_it_stands_as_far_away_as_the_file_says_on_the_tick_below(away: str, limit: str) -> None:
    made = enabled(steps=TRIAL, away=away)
    assert only(fx.Submit, ring(made, at(2)))[0].limit == d(limit)


# 10 dollars at 75.00 are 0.1333, in whole lots 0.14; where a unit is worth twice its price half of that will do.
@pytest.mark.parametrize(("multiplier", "qty"), [(1, "0.14"), (2, "0.07")])
def test_it_is_worth_as_much_as_the_venue_takes_and_no_more(multiplier: int, qty: str) -> None:
    instrument = b.instrument(lot=d("0.01"), min_qty=d("0.05"), min_notional=d(10), multiplier=d(multiplier))
    made = enabled(steps=TRIAL, spec=b.run_spec(b.deployment_spec(), instruments=[instrument]))
    assert only(fx.Submit, ring(made, at(2)))[0].qty == d(qty)


@pytest.mark.parametrize("happening", ["rejected", "expired"])
def test_one_that_its_venue_refuses_leaves_the_gate_closed_until_the_next_enable(happening: str) -> None:
    made = enabled(steps=TRIAL)
    (sent,) = only(fx.Submit, ring(made, at(2)))
    (told,) = only(fx.Alert, made.step(b.update(sent, happening, ts=at(2), text="no such account")))
    assert (told.level, "no such account; entries wait for the next enable" in told.text) == ("critical", True)
    for n in (3, 4):
        assert not only(fx.Submit, ring(made, at(n)))
    assert gates(made) == CLOSED
    made.step(b.enable(made, n=5, key="again"))
    assert len(only(fx.Submit, ring(made, at(5)))) == 1


def test_one_that_executes_all_the_same_is_held_protected_and_said_and_opens_nothing() -> None:
    own = b.deployment_spec(exits=b.exits(stop_loss="0.02"))
    made = enabled(steps=TRIAL, spec=b.run_spec(own))
    (sent,) = only(fx.Submit, ring(made, at(2)))
    made.step(b.update(sent, "accepted", ts=at(2)))
    told = made.step(b.fill(sent, "75.00", ts=at(2)))
    assert ("critical", f"recovery/{sent.oid}") in levels(told)
    assert b.held(made).qty == 1
    # Its strategy has decided to hold nothing, so it is left as well.
    exits = [(one.type, one.reduce_only, one.qty) for one in b.working(made) if one.oid != sent.oid]
    assert exits == [(OrderType.STOP, True, 1), (OrderType.MARKET, True, 1)]
    ring(made, at(3))
    assert gates(made) == CLOSED


def test_one_that_executes_after_all_was_said_to_be_well_is_said_and_closes_nothing() -> None:
    made = enabled(steps=TRIAL)
    (sent,) = only(fx.Submit, ring(made, at(2)))
    made.step(b.update(sent, "accepted", ts=at(2)))
    made.step(b.update(sent, "cancelled", ts=at(2)))
    ring(made, at(2))
    told = only(fx.Alert, made.step(b.fill(sent, "75.00", ts=at(3))))
    (said,) = (one for one in told if one.key == f"recovery/{sent.oid}")
    assert (gates(made), said.text.endswith("alpha holds it like anything else it buys")) == ([], True)


def test_one_that_executes_in_part_is_taken_back_for_the_rest() -> None:
    instrument = b.instrument(min_qty=d(10))
    made = enabled(steps=TRIAL, spec=b.run_spec(b.deployment_spec(), instruments=[instrument]))
    (sent,) = only(fx.Submit, ring(made, at(2)))
    told = made.step(b.fill(sent, "75.00", qty=d(4), ts=at(2)))
    assert [one.oid for one in only(fx.Cancel, told)] == [sent.oid]
    made.step(b.update(sent, "cancelled", ts=at(2)))
    ring(made, at(3))
    assert gates(made) == CLOSED


def test_one_of_unknown_fate_is_waited_for_and_taken_back_where_it_turns_up() -> None:
    accounts = [b.account_spec(venue="paper", outside=OutsideSpec())]
    made = b.engine(b.run_spec(b.deployment_spec(), accounts=accounts), rules=(bound(recovery, steps=TRIAL),))
    made.step(ev.Link(ts=at(1), account="main", channel="orders", is_up=True))
    made.step(bar(1, 100.0))
    made.book.truth.contacts["main"].is_ready = True
    made.step(b.command("kill", n=1, tier=1))
    made.step(b.enable(made, n=2))
    (sent,) = only(fx.Submit, ring(made, at(2)))
    made.step(b.update(sent, "lost", ts=at(2)))
    assert trial(made).status is Status.UNKNOWN
    told = ring(made, at(3))
    assert (only(fx.Submit, told), gates(made)) == ([], CLOSED)
    trial(made).status = Status.WORKING
    assert [one.oid for one in only(fx.Cancel, ring(made, at(4)))] == [sent.oid]


def test_where_there_is_no_room_for_it_it_waits_and_says_so() -> None:
    made = enabled(steps=TRIAL, within="60s", spec=b.run_spec(b.deployment_spec(capital=d(50))))
    for n in (2, 3):
        told = ring(made, at(n))
        assert not only(fx.Submit, told)
    assert "main: no trial order was let out: alpha AAPL: R208 budget" in only(fx.Alert, told)[0].text
    assert gates(made) == CLOSED


def test_it_passes_the_limits_like_any_entry_and_is_tried_again() -> None:
    made = enabled(steps=TRIAL)
    made = again(made, bound(recovery, steps=TRIAL), bound(order_notional, limit="74.99 USD"))
    for n in (2, 3):
        told = ring(made, at(n))
        assert [one.code for one in only(fx.Decision, told)] == [Code.ORDER_NOTIONAL]
    made = again(made, bound(recovery, steps=TRIAL))
    assert len(only(fx.Submit, ring(made, at(4)))) == 1


def test_another_gate_over_it_stops_it() -> None:
    made = enabled(steps=TRIAL)
    made.step(b.command("kill", n=2, key="another", tier=1))
    assert not only(fx.Submit, ring(made, at(2)))
    assert gates(made) == ["kill/all", *CLOSED]


def test_where_nothing_is_sent_anywhere_there_is_no_trial() -> None:
    made = enabled(steps=TRIAL, spec=b.run_spec(b.deployment_spec(), accounts=[b.account_spec(venue="none")]))
    assert not only(fx.Submit, ring(made, at(2)))
    assert gates(made) == []


def test_a_way_out_is_free_all_the_time() -> None:
    made = b.engine(rules=(bound(recovery),))
    bought = b.buy(made, 1, 100.0)
    made.step(b.command("kill", n=1, tier=1))
    made.step(b.enable(made, n=2))
    (leave,) = only(fx.Submit, made.step(bar(2, 100.0, 0.0)))
    assert (gates(made), leave.reduce_only, leave.qty) == (CLOSED, True, bought.qty)


def test_its_words() -> None:
    every = bound(recovery).text
    assert every.endswith("every feed has told a new bar and an order 25% below the market was placed and taken back")
    assert bound(recovery, steps=FEEDS).text.endswith("until every feed has told a new bar")


@pytest.mark.parametrize("away", ["9.99%", "90.01%"])
def test_a_trial_that_could_execute_or_that_a_venue_would_take_for_a_slip_is_refused(away: str) -> None:
    with pytest.raises(ValidationError, match="is not between 10% and 90% below the market"):
        recovery.Config(away=away)


@pytest.mark.parametrize(("ends", "gate"), [(("cancelled", "cancelled"), []), (("rejected", "cancelled"), CLOSED)])
def test_each_account_has_a_trial_order_of_its_own(ends: tuple[str, str], gate: list[str]) -> None:
    names = {"alpha": "main", "beta": "other"}
    deployments = [b.deployment_spec(name, account=account) for name, account in names.items()]
    spec = b.run_spec(*deployments, accounts=[b.account_spec(account) for account in names.values()])
    made = enabled(steps=TRIAL, spec=spec)
    sent = only(fx.Submit, ring(made, at(2)))
    assert [one.account for one in sent] == ["main", "other"]
    for one, end, found in zip(sent, ends, (CLOSED, gate), strict=True):
        if end == "cancelled":
            made.step(b.update(one, "accepted", ts=at(2)))
        made.step(b.update(one, end, ts=at(2)))
        ring(made, at(2) + 10 * NS)
        assert gates(made) == found, one.account
