"""The kill ladder: gate, cancels, closing orders, confirmation, late fills, and what is left and why."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.kill import summary, tier_of
from openbell.core.ladder import FLATTEN, SEVER, KillState, Stage, Terms
from openbell.core.record import Checkpoint, decode_checkpoint, digest, encode_checkpoint
from openbell.core.spec import OutsideSpec
from openbell.core.types import NS, Caps, OrderType, Status
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import at, bar, d, exits, held, one, only


def engine(terms: Terms | None = None, **spec: Any) -> Engine:
    run = b.run_spec(b.deployment_spec(**spec))
    return b.engine(msgspec.structs.replace(run, kill=terms or Terms()))


def holding(terms: Terms | None = None, **spec: Any) -> Engine:
    made = engine(terms, **spec)
    b.buy(made, 1, 100.0)
    return made


def state(made: Engine, scope: str = "all") -> KillState:
    return made.book.truth.kills[scope]


def due(made: Engine, scope: str = "all") -> list[fx.Effect]:
    """Let the kill's own timer come."""
    at_ts = made.book.truth.timers[f"/kill/{scope}"]
    return made.step(ev.Timer(ts=at_ts, deployment="", name=f"kill/{scope}"))


def why(made: Engine, scope: str = "all") -> list[str]:
    return [one_left.why for one_left in state(made, scope).left]


# --- tiers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "tier"), [({}, 2), ({"close": True}, 3), ({"tier": 0}, 0), ({"tier": 4}, 4), ({"tier": 9}, 4)]
)
def test_the_tier_of_a_command(fields: dict[str, Any], tier: int) -> None:
    assert tier_of(b.command("kill", **fields)) == tier


def test_tier_0_is_a_pause_and_no_kill() -> None:
    made = holding()
    made.step(b.command("kill", "deployment:alpha", n=2, tier=0))
    assert list(made.book.truth.latches) == ["pause/deployment:alpha"]
    assert not made.book.truth.kills


@pytest.mark.parametrize(
    ("tier", "words"), [(1, "no entry is open"), (2, "nothing is open"), (4, "what is open or held stays")]
)
def test_a_kill_says_no_more_than_it_has_done(tier: int, words: str) -> None:
    told = only(fx.Alert, holding().step(b.command("kill", n=2, tier=tier)))[-1].text
    assert told.endswith(f"is done; {words}")


def test_B20_an_exit_under_a_severing_kill_takes_back_what_stands_beside_it() -> None:
    spec = b.run_spec(b.deployment_spec(exits=exits(stop_loss="0.02")), accounts=[b.account_spec(caps=Caps(oco=False))])
    made = b.engine(spec)
    b.buy(made, 1, 100.0)
    (stop,) = b.working(made)
    assert not only(fx.Cancel, made.step(b.command("kill", n=2, tier=4)))
    leaving = one(fx.Submit, made.step(bar(3, 100.0, 0.0)))
    found = made.step(b.fill(leaving, 100, ts=at(3)))
    assert [cancel.oid for cancel in only(fx.Cancel, found)] == [stop.oid]
    assert not only(fx.Submit, found)


def test_B16_tier_2_takes_back_every_order_protection_too_and_puts_none_back() -> None:
    made = holding(exits=exits(stop_loss="0.02", take_profit="0.05"))
    entry = one(fx.Submit, made.step(bar(2, 100.0, 2.0)))
    wanted = {order.oid for order in b.working(made)}
    found = made.step(b.command("kill", n=3))
    assert {cancel.oid for cancel in only(fx.Cancel, found)} == wanted
    assert len(wanted) == 3
    assert "EXPOSED" in " ".join(alert.text for alert in only(fx.Alert, found))
    for oid in sorted(wanted):
        assert not only(fx.Submit, made.step(b.update(made.book.truth.orders[oid], "cancelled", ts=at(3))))
    assert state(made).stage is Stage.DONE
    assert not only(fx.Submit, made.step(b.fill(entry, 100.0, qty=d(4), ts=at(4))))


def test_B16_tier_1_leaves_protection_and_keeps_it_up_to_date() -> None:
    made = engine(exits=exits(stop_loss="0.02"))
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    found = made.step(b.command("kill", n=2, tier=1))
    assert [cancel.oid for cancel in only(fx.Cancel, found)] == [entry.oid]
    found = made.step(b.fill(entry, 100.0, ts=at(3)))
    assert [(order.type, order.reduce_only) for order in only(fx.Submit, found)] == [(OrderType.STOP, True)]


@pytest.mark.parametrize(
    ("scope", "cancelled"),
    [
        ("all", {"alpha/AAPL", "alpha/MSFT", "beta/AAPL"}),
        ("account:main", {"alpha/AAPL", "alpha/MSFT"}),
        ("deployment:beta", {"beta/AAPL"}),
        ("instrument:AAPL", {"alpha/AAPL", "beta/AAPL"}),
    ],
)
def test_it_reaches_what_its_scope_covers_and_nothing_else(scope: str, cancelled: set[str]) -> None:
    spec = b.run_spec(
        b.deployment_spec(instruments=("AAPL", "MSFT")),
        b.deployment_spec("beta", account="other"),
        accounts=(b.account_spec(), b.account_spec("other")),
    )
    made = b.engine(spec)
    made.step(bar(1, 100.0, 1.0))
    made.step(bar(1, 50.0, 1.0, symbol="MSFT"))
    found = only(fx.Cancel, made.step(b.command("kill", scope, n=2)))
    orders = made.book.truth.orders
    assert {f"{orders[c.oid].deployment}/{orders[c.oid].instrument}" for c in found} == cancelled
    codes = [order.deployment for order in only(fx.Submit, made.step(bar(3, 100.0, 2.0)))]
    assert all(name not in codes for name in {key.partition("/")[0] for key in cancelled if key.endswith("AAPL")})


def test_a_kill_is_raised_and_never_lowered() -> None:
    made = holding()
    made.step(b.command("kill", n=2, tier=1))
    assert one(fx.Submit, made.step(b.command("kill", n=3, tier=3))).reduce_only
    made.step(b.command("kill", n=4, tier=1))
    assert state(made).tier == 3


def test_tier_4_only_closes_the_gate_and_leaves_the_rest_to_whoever_severs() -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    found = made.step(b.command("kill", n=2, tier=4))
    assert not [effect for effect in found if isinstance(effect, fx.OUTGOING)]
    assert state(made).stage is Stage.DONE
    assert "kill/all" in made.book.truth.latches


# --- taking orders back -----------------------------------------------------------------------------------------


def test_S4_213_cancels_are_repeated_a_bounded_number_of_times_and_what_stays_is_named() -> None:
    made = engine()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    sent = len(only(fx.Cancel, made.step(b.command("kill", n=2))))
    for _ in range(12):
        sent += len(only(fx.Cancel, due(made)))
    assert sent == 3
    assert why(made) == [f"the venue has not confirmed the cancel of {entry.oid}"]
    assert state(made).stage is Stage.DONE
    made.step(b.update(entry, "cancelled", ts=at(60)))
    assert state(made).left == ()


def test_F23_a_cancel_refused_for_ever_makes_no_storm() -> None:
    made = engine()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(b.command("kill", n=2))
    sent = 0
    for _ in range(10):
        sent += len(only(fx.Cancel, made.step(b.update(entry, "cancel_refused", ts=made.book.truth.ts + 1))))
    assert sent == 0
    looks = 0
    while made.book.truth.ts < at(12):
        looks += len(only(fx.Cancel, due(made)))
        made.step(b.update(entry, "cancel_refused", ts=made.book.truth.ts + 1))
    assert looks < 16


def test_B21_an_exit_wanted_after_a_kill_of_tier_2_is_let_through_and_one_from_before_is_not() -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    made.step(b.command("kill", n=2))
    stop = b.working(made)[0]
    made.step(b.update(stop, "cancelled", ts=at(2)))
    assert state(made).stage is Stage.DONE
    exit_order = one(fx.Submit, made.step(bar(3, 100.0, 0.0)))
    assert exit_order.reduce_only
    found = made.step(b.update(exit_order, "accepted", ts=at(4)))
    assert only(fx.Cancel, found) == []
    found = made.step(b.command("kill", n=5))
    assert [cancel.oid for cancel in only(fx.Cancel, found)] == [exit_order.oid]


@pytest.mark.parametrize("word", ["expired", "cancelled"])
def test_an_exit_wanted_after_a_kill_of_tier_2_is_sent_again_where_the_venue_takes_it_back(word: str) -> None:
    made = holding()
    made.step(b.command("kill", n=2))
    first = one(fx.Submit, made.step(bar(3, 100.0, 0.0)))
    made.step(b.fill(first, 100, qty=d(4), ts=at(4)))
    found = made.step(b.update(first, word, ts=at(5)))
    rest = one(fx.Submit, found)
    assert (rest.reduce_only, rest.qty, only(fx.Cancel, found)) == (True, 6, [])
    # A kill that comes now takes it back, and that is not answered.
    assert [cancel.oid for cancel in only(fx.Cancel, made.step(b.command("kill", n=6)))] == [rest.oid]
    assert only(fx.Submit, made.step(b.update(rest, "cancelled", ts=at(7)))) == []


@pytest.mark.parametrize("tier", [FLATTEN, SEVER])
def test_a_higher_kill_sends_closing_orders_itself_or_none(tier: int) -> None:
    made = holding()
    made.step(b.command("kill", n=2))
    first = one(fx.Submit, made.step(bar(3, 100.0, 0.0)))
    made.step(b.command("kill", n=4, tier=tier))
    found = made.step(b.update(first, "expired", ts=at(5)))
    assert [order.reason for order in only(fx.Submit, found)] == [Code.EMERGENCY_STOP] * (tier == FLATTEN)


def test_a_closing_order_that_the_venue_takes_back_is_sent_again_for_ever() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    for _ in range(2 * Terms().close_tries):
        assert only(fx.Submit, made.step(b.update(sent, "expired", ts=made.book.truth.ts + 1))) == []
        sent = one(fx.Submit, due(made))
    assert (sent.qty, state(made).stage) == (10, Stage.FLATTENING)


# --- closing ----------------------------------------------------------------------------------------------------


def test_L5_closing_orders_are_collared_reduce_only_and_end_flat() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    assert (sent.type, sent.limit, sent.reduce_only, sent.reason) == (
        OrderType.LIMIT, d("95.00"), True, Code.EMERGENCY_STOP,
    )  # fmt: skip
    found = made.step(b.fill(sent, 99.5, ts=at(3)))
    assert held(made).qty == 0
    assert state(made).stage is Stage.DONE
    assert state(made).left == ()
    assert "1 of 1 holdings closed; flat" in only(fx.Alert, found)[-1].text


def test_a_short_is_bought_back_at_no_more_than_the_collar() -> None:
    made = engine(can_short=True)
    b.buy(made, 1, 100.0, -1.0)
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    assert (str(sent.side), sent.limit) == ("buy", d("105.00"))


def test_L5_it_goes_in_slices_one_at_a_time() -> None:
    made = holding(Terms(slice_qty=d(4)))
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    sizes = []
    while sent is not None:
        sizes.append(sent.qty)
        half = made.step(b.fill(sent, 100, qty=d(1), exec_id=f"{sent.oid}-a", ts=at(3)))
        assert not only(fx.Submit, half)
        rest = {"qty": sent.qty - 1, "exec_id": f"{sent.oid}-b", "ts": at(3)}
        left = only(fx.Submit, made.step(b.fill(sent, 100, **rest)))
        sent = left[0] if left else None
    assert sizes == [4, 4, 2]
    assert state(made).stage is Stage.DONE


@pytest.mark.parametrize(("notional", "qty"), [("450", 4), ("50", 1), ("0", 10)])
def test_a_slice_is_bounded_by_its_value_and_never_below_a_lot(notional: str, qty: int) -> None:
    made = holding(Terms(slice_notional=d(notional)))
    assert one(fx.Submit, made.step(b.command("kill", n=2, close=True))).qty == qty


def test_closing_waits_for_whatever_could_still_sell() -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    stop = b.working(made)[0]
    found = made.step(b.command("kill", n=2, close=True))
    assert not only(fx.Submit, found)
    assert why(made)[1] == f"{stop.oid} could still execute"
    sent = one(fx.Submit, made.step(b.update(stop, "cancelled", ts=at(3))))
    assert sent.qty == 10


def test_B20_a_stop_that_fills_instead_of_ending_leaves_nothing_to_close() -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    stop = b.working(made)[0]
    made.step(b.command("kill", n=2, close=True))
    assert not only(fx.Submit, made.step(b.fill(stop, 98, ts=at(3))))
    assert state(made).stage is Stage.DONE


def test_a_closing_order_left_behind_by_the_price_is_moved_and_one_that_is_not_stays() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    assert not only(fx.Cancel, due(made))
    made.step(bar(3, 80.0))
    assert [cancel.oid for cancel in only(fx.Cancel, due(made))] == [sent.oid]
    again = one(fx.Submit, made.step(b.update(sent, "cancelled", ts=at(4))))
    assert (again.limit, again.qty) == (d("76.00"), 10)


def test_L5_a_holding_that_finds_no_buyer_is_named_with_its_price_and_tried_on() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    alerts = [alert.text for _ in range(6) for alert in only(fx.Alert, due(made))]
    assert state(made).stage is Stage.DONE
    assert why(made) == ["not filled at 95.00 in 6 looks"]
    assert "alpha AAPL 10 left: not filled at 95.00 in 4 looks" in alerts[0]
    made.step(b.fill(sent, 95, ts=at(30)))
    assert state(made).left == ()


def test_F18_a_closing_order_that_the_venue_rejects_goes_again_at_the_next_look_and_not_at_once() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    assert not only(fx.Submit, made.step(b.update(sent, "rejected", ts=at(3))))
    assert one(fx.Submit, due(made)).qty == 10


def test_F39_dust_is_named_and_left_alone() -> None:
    made = holding()
    held(made).qty = d("0.4")
    made.step(b.command("kill", n=2, close=True))
    assert why(made) == ["it is less than a lot"]
    assert state(made).stage is Stage.DONE
    assert "/kill/all" not in made.book.truth.timers


def test_what_is_not_ours_is_named_and_not_touched() -> None:
    made = engine()
    made.step(ev.Fill(
        ts=at(2), account="main", instrument="AAPL", oid="", venue_order="h", exec_id="h1", side=b.Side.BUY, qty=d(7),
        px=d(100), fee=d(0), fee_currency="USD", time=at(2),
    ))  # fmt: skip
    found = made.step(b.command("kill", n=3, close=True))
    assert not only(fx.Submit, found)
    assert why(made) == ["not ours: from before, by hand or by another system"]


def test_two_kills_over_one_holding_close_it_once() -> None:
    made = holding()
    first = only(fx.Submit, made.step(b.command("kill", "instrument:AAPL", n=2, close=True)))
    second = made.step(b.command("kill", n=3, close=True))
    assert (len(first), only(fx.Submit, second), only(fx.Cancel, second)) == (1, [], [])
    made.step(b.fill(first[0], 99, ts=at(4)))
    assert [one_kill.stage for one_kill in made.book.truth.kills.values()] == [Stage.DONE, Stage.DONE]


# --- late fills -------------------------------------------------------------------------------------------------


def test_F21_a_fill_behind_the_kill_is_closed_again() -> None:
    made = engine()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(b.command("kill", n=2, close=True))
    made.step(b.update(entry, "cancelled", ts=at(3)))
    assert state(made).stage is Stage.DONE
    sent = one(fx.Submit, made.step(b.fill(entry, 100, ts=at(4))))
    assert (str(sent.side), sent.qty, sent.reduce_only) == ("sell", 10, True)
    made.step(b.fill(sent, 100, ts=at(5)))
    assert state(made).stage is Stage.DONE


# --- confirmation by the venue ----------------------------------------------------------------------------------


def outside() -> Engine:
    spec = b.run_spec(b.deployment_spec(), accounts=(b.account_spec(venue="paper", outside=OutsideSpec()),))
    made = b.engine(spec)
    made.step(ev.Link(ts=at(0) + 1, account="main", channel="orders", is_up=True))
    made.book.truth.contacts["main"].is_ready = True
    return made


def told(ts: int, positions: dict[str, Decimal], as_of: int = 0) -> ev.BrokerState:
    return ev.BrokerState(ts=ts, account="main", orders=(), positions=positions, cash={}, as_of=as_of or ts)


def test_S4_214_flat_is_what_the_venue_says_and_not_what_the_book_says() -> None:
    made = outside()
    b.buy(made, 1, 100.0)
    sent = one(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    found = made.step(b.fill(sent, 99, ts=at(3)))
    assert fx.Query(account="main") in found
    assert state(made).stage is Stage.CONFIRMING
    assert why(made) == ["the venue has not answered"]
    made.step(told(at(3) + 1, {}, as_of=at(2)))  # asked before
    assert state(made).stage is Stage.CONFIRMING
    made.step(told(at(3) + NS, {"AAPL": d(3)}))
    assert why(made) == ["the venue reports 3 more than the book"]
    made.step(told(at(3) + 2 * NS, {}))
    assert (state(made).stage, list(state(made).confirmed)) == (Stage.DONE, ["main"])


def test_a_venue_that_never_answers_is_named() -> None:
    made = outside()
    made.step(b.command("kill", n=2))
    for _ in range(8):
        due(made)
    assert (state(made).stage, why(made)) == (Stage.DONE, ["the venue has not answered"])


def test_an_order_nobody_can_take_back_is_asked_after_at_the_venue() -> None:
    made = outside()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(b.command("kill", n=2))
    asked = [query.oid for _ in range(4) for query in only(fx.Query, due(made))]
    assert entry.oid in asked
    assert made.book.truth.orders[entry.oid].status is Status.CANCELLING


def test_F55_what_a_line_that_is_down_keeps_from_the_venue_is_named_with_the_reason() -> None:
    made = outside()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(ev.Link(ts=at(1) + 1, account="main", channel="orders", is_up=False, text="418, nothing before noon"))
    made.step(b.command("kill", n=2))
    found = [alert.text for _ in range(8) for alert in only(fx.Alert, due(made)) if alert.key == "kill_done/all"]
    assert state(made).stage is Stage.DONE
    assert found[-1] == summary(made.book, state(made))
    assert found[-1].endswith(
        f"the venue has not confirmed the cancel of {entry.oid}; the line of main is down: 418, nothing before noon"
    )
    made.step(ev.Link(ts=at(60), account="main", channel="orders", is_up=True, text="at the venue"))
    assert "is down" not in summary(made.book, state(made))


# --- restarts ---------------------------------------------------------------------------------------------------


def test_B17_a_kill_half_done_goes_on_where_it_was_after_a_restart() -> None:
    made = holding(exits=exits(stop_loss="0.02"))
    stop = b.working(made)[0]
    made.step(b.command("kill", n=2, close=True))
    truth, memory = made.book.truth, made.memory()
    stored = decode_checkpoint(
        encode_checkpoint(Checkpoint(truth=truth, memory=memory, truth_hash=digest(truth), memory_hash=digest(memory)))
    )
    again = Engine(Book(made.book.spec, stored.truth), {"alpha": b.obey()})
    sent = one(fx.Submit, again.step(b.update(stop, "cancelled", ts=at(3))))
    again.step(b.fill(sent, 100, ts=at(4)))
    assert state(again).stage is Stage.DONE


def test_a_new_session_begins_the_tries_again() -> None:
    made = holding()
    made.step(b.command("kill", n=2, close=True))
    for _ in range(5):
        due(made)
    made.step(b.session(1))
    assert (state(made).round, why(made)) == (0, ["a closing order is under way"])


def test_without_any_price_a_market_order_closes() -> None:
    made = holding()
    mark = made.book.truth.marks["AAPL"]
    mark.px, mark.ts = None, 0
    assert one(fx.Submit, made.step(b.command("kill", n=2, close=True))).type is OrderType.MARKET


# --- a stop and a pause that close --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["stop", "pause"])
@pytest.mark.parametrize("word", ["expired", "cancelled", "rejected"])
def test_an_exit_of_a_stop_that_the_venue_takes_back_is_sent_again_until_all_is_flat(kind: str, word: str) -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command(kind, n=2, close=True)))
    for _ in range(6):
        assert only(fx.Submit, made.step(b.update(sent, word, ts=made.book.truth.ts + 1))) == []
        assert f"{kind}/all" in made.book.truth.latches
        sent = one(fx.Submit, due(made))
    assert (sent.qty, sent.reduce_only, sent.reason) == (10, True, Code.STOP_COMMAND)
    found = made.step(b.fill(sent, 99.5, ts=made.book.truth.ts + 1))
    assert only(fx.Alert, found)[-1].text == f"{kind} of all, tier 3, is done; 1 of 1 holdings closed; flat"
    assert not made.book.truth.kills


def test_a_stop_that_closes_lets_nothing_in_and_opens_again_once_it_is_done() -> None:
    made = holding()
    made.step(b.command("stop", n=2, close=True))
    sent = b.working(made)[0]
    assert b.decision(made.step(bar(3, 100.0, 2.0))) == Code.LATCHED
    made.step(b.fill(sent, 99.5, ts=at(4)))
    assert (made.book.truth.latches, made.book.truth.timers) == ({}, {})
    assert only(fx.Submit, made.step(bar(5, 100.0, 1.0)))


def test_a_pause_that_closes_stays_a_pause_once_it_is_done() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.command("pause", n=2, close=True)))
    found = made.step(b.command("resume", n=3))
    assert [e.level for e in only(fx.Alert, found)] == ["error"]
    assert "refused until that is done: pause of all, tier 3, is flattening" in only(fx.Alert, found)[0].text
    made.step(b.fill(sent, 99.5, ts=at(4)))
    assert list(made.book.truth.latches) == ["pause/all"]
    made.step(b.command("resume", n=5))
    assert not made.book.truth.latches


def test_what_a_pause_could_not_close_is_protected_again_when_it_is_resumed() -> None:
    made = holding(Terms(close_tries=1), exits=exits(stop_loss="0.02"))
    stop = b.working(made)[0]
    made.step(b.command("pause", n=2, close=True))
    sent = one(fx.Submit, made.step(b.update(stop, "cancelled", ts=at(3))))
    while state(made).stage is not Stage.DONE:
        due(made)
    made.step(b.update(sent, "cancelled", ts=made.book.truth.ts + 1))
    found = made.step(b.command("resume", n=20))
    assert [(order.stop, order.qty) for order in only(fx.Submit, found)] == [(d("98.00"), 10)]
    assert not made.book.truth.kills


def test_a_stop_over_a_kill_opens_nothing_that_the_kill_has_closed() -> None:
    made = holding()
    made.step(b.command("kill", n=2))
    found = made.step(b.command("stop", n=3, close=True))
    assert only(fx.Latch, found) == [], "it is closed for what it says, and not for the stop"
    made.step(b.fill(one(fx.Submit, found), 99.5, ts=at(4)))
    assert (list(made.book.truth.latches), state(made).tier) == (["kill/all"], FLATTEN)


def test_a_kill_over_a_stop_is_a_kill() -> None:
    made = holding()
    made.step(b.command("stop", n=2, close=True))
    made.step(b.command("kill", n=3))
    made.step(b.fill(b.working(made)[0], 99.5, ts=at(4)))
    assert "kill/all" in made.book.truth.latches
    assert (state(made).kind, state(made).stage) == ("kill", Stage.DONE)


def test_a_stop_names_what_it_can_not_close_and_is_over() -> None:
    made = holding()
    made.step(b.fill(b.submit(), 100, oid="", exec_id="by hand"))
    sent = one(fx.Submit, made.step(b.command("stop", n=2, close=True)))
    found = made.step(b.fill(sent, 99.5, ts=at(4)))
    told = only(fx.Alert, found)[-1]
    assert told.level == "critical"
    assert "AAPL 10 left: not ours" in told.text
    assert not made.book.truth.kills


def test_a_stop_that_closes_waits_for_the_word_of_a_venue_outside_that_it_is_flat() -> None:
    afar = Afar()
    afar.hold()
    afar.is_mute = True
    sent = one(fx.Submit, afar.step(ev.Command(ts=afar.ts, id="s", kind="stop", actor="op", close=True)))
    afar.fill(sent, 99)
    assert state(afar.engine).stage is Stage.CONFIRMING
    afar.wait(1)
    afar.state()
    assert not afar.engine.book.truth.kills
    afar.check()
