"""The desk: targets become orders, exits and cancels; the gate's refusals are told; limits on equity are watched."""

import math

import pytest

from openbell.core import effects as fx
from openbell.core.apply import apply_effect
from openbell.core.codes import Code
from openbell.core.desk import MOST_EXITS, covers
from openbell.core.effects import Intent
from openbell.core.engine import Engine
from openbell.core.ladder import KillState
from openbell.core.risk import Rule
from openbell.core.spec import SizeSpec
from openbell.core.types import Caps, OrderType, Status, Tif
from openbell.core.view import Pair
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import at, d, decision, exits, fill, held, levels, one, only, working


def size(kind: str, value: object) -> SizeSpec:
    return SizeSpec(kind=kind, value=d(value))


def ready(px: float = 100.0, *, rules: tuple[Rule, ...] = (), **spec: object) -> Engine:
    made = b.engine(b.run_spec(b.deployment_spec(**spec)), rules=rules)
    made.step(b.bar(1, px))
    return made


def pair(made: Engine) -> Pair:
    found = made.traders.pair("alpha", "AAPL")
    assert found is not None
    return found


def act(made: Engine, target: float, **intent: object) -> tuple[int, list[fx.Effect]]:
    made.desk.begin(at(2))
    code = made.desk.act(pair(made), Intent(instrument="AAPL", target=target, **intent))
    return code, made.desk.out


def orders(effects: list[fx.Effect]) -> list[tuple]:
    return [(str(e.side), f"{e.qty:f}", e.reduce_only) for e in only(fx.Submit, effects)]


# --- sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "px", "target", "wanted"),
    [
        (size("quantity", 10), 100.0, 1.0, "10"),
        (size("quantity", 10), 100.0, 0.5, "5"),
        (size("notional", 5000), 33.0, 1.0, "151"),
        (size("weight", "0.2"), 33.0, 1.0, "606"),
        (size("weight", "0.2"), 33.0, 0.5, "303"),
        (size("weight", 1), 100.0, 1.0, "1000"),
        (size("risk", "0.01"), 100.0, 1.0, "500"),  # 1000 at risk, 2 each
    ],
)
def test_a_target_becomes_units(how: SizeSpec, px: float, target: float, wanted: str) -> None:
    made = ready(px, size=how, exits=exits(stop_loss="0.02"))
    assert orders(act(made, target)[1]) == [("buy", wanted, False)]


@pytest.mark.parametrize(("px", "is_said"), [("0.01", True), ("0.05", False)])
def test_a_holding_below_which_no_price_is_left_for_its_stop_is_said_to_be_exposed(px: str, is_said: bool) -> None:
    made = ready(float(px), size=size("quantity", 10), exits=exits(stop_loss="0.02"))
    entry = one(fx.Submit, act(made, 1.0)[1])
    told = made.step(fill(entry, px, ts=at(3)))
    assert [alert.key for alert in only(fx.Alert, told)] == ["exposed/alpha/AAPL"] * is_said
    assert [e.type for e in only(fx.Submit, told) if e.stop] == [OrderType.STOP] * (not is_said)


def test_risk_without_a_stop_buys_nothing() -> None:
    assert act(ready(size=size("risk", "0.01")), 1.0) == (Code.BELOW_MINIMUM, [])


def test_a_position_too_small_for_one_lot_is_below_the_minimum() -> None:
    assert act(ready(size=size("notional", 50)), 1.0) == (Code.BELOW_MINIMUM, [])


def test_off_grid_prices_are_rounded_against_us_before_sizing() -> None:
    made = ready(33.333349, size=size("notional", 100_000))
    assert orders(act(made, 1.0)[1]) == [("buy", "2999", False)]  # 100000 / 33.3334


def test_without_a_price_nothing_is_sized() -> None:
    made = b.engine()
    assert act(made, 1.0) == (Code.NO_MARK, [])


def test_foreign_instruments_are_sized_at_the_rate() -> None:
    euro = b.instrument("AAPL", currency="EUR")
    made = b.engine(b.run_spec(b.deployment_spec(size=size("weight", "0.11")), instruments=[euro]))
    made.step(b.bar(1, 100.0))
    assert act(made, 1.0)[0] == Code.BELOW_MINIMUM
    made.step(b.fx_mark("1.1"))
    assert orders(act(made, 1.0)[1]) == [("buy", "99", False)]  # 90909.0909 floored, a tenth and one of it


def test_a_notional_in_a_foreign_currency_needs_no_rate_to_size_but_one_to_pass() -> None:
    euro = b.instrument("AAPL", currency="EUR")
    made = b.engine(b.run_spec(b.deployment_spec(size=size("notional", 1000)), instruments=[euro]))
    made.step(b.bar(1, 100.0))
    assert act(made, 1.0) == (Code.BUDGET, [])


# --- the deployment's capital -----------------------------------------------------------------------------------


def test_more_than_the_capital_is_capped_aloud() -> None:
    made = ready(size=size("quantity", 80), capital=d(5000))
    code, found = act(made, 1.0)
    assert (code, orders(found)) == (Code.SIGNAL_LONG, [("buy", "50", False)])
    assert levels(found) == [("warning", "capped/alpha/AAPL")]


@pytest.mark.parametrize(("held_before", "target", "wanted"), [(0, 1.0, 10), (0, 0.5, 5), (4, 1.0, 6)])
def test_a_position_is_cut_at_what_it_may_be_worth_counting_what_is_held(
    held_before: int, target: float, wanted: int
) -> None:
    made = ready(max_value=d(1_000), size=size("quantity", 100))
    if held_before:
        made.step(fill(b.buy(made, 2, 100.0, 0.4), 100))
        assert held(made).qty == held_before
    _, out = act(made, target)
    assert one(fx.Submit, out).qty == wanted
    (alert,) = only(fx.Alert, out)
    assert (alert.level, alert.text) == ("warning", "alpha AAPL: 100 would be worth more than 1000; capped to 10")


@pytest.mark.parametrize(("qty", "wanted", "alerts"), [(99, 99, 0), (100, 100, 0), (101, 100, 1)])
def test_a_position_is_cut_from_the_first_unit_beyond_its_worth(qty: int, wanted: int, alerts: int) -> None:
    _, out = act(ready(max_value=d(10_000), size=size("quantity", qty)), 1.0)
    assert (one(fx.Submit, out).qty, len(only(fx.Alert, out))) == (wanted, alerts)


def test_capital_that_is_used_up_buys_nothing() -> None:
    spec = b.deployment_spec(instruments=("AAPL", "MSFT"), size=size("quantity", 50), capital=d(5000))
    made = b.engine(b.run_spec(spec))
    b.buy(made, 1, 100.0)
    found = made.step(b.bar(2, 100.0, 1.0, symbol="MSFT"))
    assert (decision(found), orders(found)) == (Code.BUDGET, [])


def test_losses_shrink_the_capital_and_gains_widen_it() -> None:
    made = ready(size=size("weight", 1), capital=d(10_000))
    b.buy(made, 2, 100.0)
    found = made.step(b.bar(3, 110.0))  # flat again, 1000 earned
    made.step(fill(one(fx.Submit, found), 110, ts=at(3)))
    assert orders(made.step(b.bar(4, 110.0, 1.0))) == [("buy", "100", False)]


# --- ways to a target -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holding", "target", "wanted"),
    [
        (0.0, 1.0, [("buy", "10", False)]),
        (1.0, 0.0, [("sell", "10", True)]),
        (1.0, 0.5, [("sell", "5", True)]),
        (0.5, 1.0, [("buy", "5", False)]),
        (1.0, -1.0, [("sell", "10", True), ("sell", "10", False)]),
        (-1.0, 1.0, [("buy", "10", True), ("buy", "10", False)]),
        (-1.0, -0.5, [("buy", "5", True)]),
        (-0.5, -1.0, [("sell", "5", False)]),
        (-1.0, 0.0, [("buy", "10", True)]),
        (0.0, 0.0, []),
    ],
)
def test_from_a_holding_to_a_target(holding: float, target: float, wanted: list) -> None:
    made = ready(can_short=True)
    if holding:
        b.buy(made, 2, 100.0, holding)
    assert orders(act(made, target)[1]) == wanted


def test_without_leave_to_short_a_negative_target_is_flat() -> None:
    made = ready()
    assert act(made, -1.0) == (Code.ALREADY_AT_TARGET, [])
    b.buy(made, 2, 100.0)
    assert orders(act(made, -1.0)[1]) == [("sell", "10", True)]


def test_a_target_reached_is_left_alone() -> None:
    made = ready()
    b.buy(made, 2, 100.0)
    assert act(made, 1.0) == (Code.ALREADY_AT_TARGET, [])


def test_a_second_exit_waits_for_the_first() -> None:
    made = ready()
    b.buy(made, 2, 100.0)
    assert act(made, 0.0)[0] == Code.SIGNAL_LONG
    assert act(made, 0.0) == (Code.WAITING_FOR_ORDER, [])


def test_a_new_target_takes_back_entries_on_their_way() -> None:
    made = ready()
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=95.0)[1])
    code, found = act(made, 0.0)
    assert (code, [(e.oid, e.reason) for e in found]) == (Code.ALREADY_AT_TARGET, [(sent.oid, Code.REPLACED_BY_SIGNAL)])
    assert act(made, 0.0)[1] == []  # it is on its way


def test_an_exit_that_is_no_longer_wanted_is_taken_back_but_protection_stays() -> None:
    made = ready(exits=exits(stop_loss="0.02"))
    b.buy(made, 2, 100.0)
    leaving = one(fx.Submit, act(made, 0.0)[1])
    code, found = act(made, 1.0)
    assert (code, [e.oid for e in only(fx.Cancel, found)]) == (Code.ALREADY_AT_TARGET, [leaving.oid])
    assert act(made, 1.0)[1] == []
    assert {str(o.type) for o in working(made)} == {"market", "stop"}


def test_an_exit_for_want_of_a_stop_goes_on_whatever_is_wished() -> None:
    made = ready(exits=exits(stop_loss="0.02"))
    b.buy(made, 2, 100.0)
    made.desk.leave("alpha", "AAPL", None, Code.EMERGENCY_STOP)
    assert only(fx.Cancel, act(made, 1.0)[1]) == []


def test_sum_of_all_that_a_wish_can_fill_is_what_was_wished_B1() -> None:
    # The bid is moved while the first order may still fill: both filling must not double the position.
    made = ready()
    first = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=95.0)[1])
    found = act(made, 1.0, type=OrderType.LIMIT, limit=97.0)[1]
    made.step(fill(first, 95, ts=at(3)))
    for second in only(fx.Submit, found):
        made.step(fill(second, 97, ts=at(3)))
    assert held(made).qty <= 10


def resting(made: Engine, limit: float) -> fx.Submit:
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=limit)[1])
    made.step(b.update(sent, "accepted"))
    return sent


def test_a_resting_entry_moves_with_its_limit() -> None:
    # A thousand units are all that the capital pays for: the order that moves is not counted twice.
    made = ready(size=size("quantity", 1000))
    first = resting(made, 95.0)
    found = act(made, 1.0, type=OrderType.LIMIT, limit=97.0)[1]
    change = one(fx.Amend, found)
    assert (change.oid, change.qty, change.limit, only(fx.Cancel, found)) == (first.oid, 1000, 97, [])


def test_no_entry_moves_past_a_closed_gate() -> None:
    made = ready()
    first = resting(made, 95.0)
    made.step(b.command("kill", n=2))
    made.step(b.update(first, "cancel_refused", ts=at(2)))
    assert made.book.truth.orders[first.oid].status is Status.WORKING
    found = act(made, 1.0, type=OrderType.LIMIT, limit=97.0)[1]
    assert only(fx.Amend, found) == []
    assert [e.oid for e in only(fx.Cancel, found)] == [first.oid]


def test_an_entry_that_fills_on_its_way_to_being_cancelled_is_not_kept() -> None:
    # The strategy wants to be flat; the cancel loses the race against the fill.
    made = ready()
    sent = one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    assert only(fx.Cancel, made.step(b.bar(3, 100.0, 0.0)))
    found = made.step(fill(sent, 100, ts=at(4)))
    assert orders(found) == [("sell", "10", True)]


# --- wishes that wait -------------------------------------------------------------------------------------------


def waiting(made: Engine) -> fx.Submit:
    """Bring about a wish that waits: a resting bid, then the wish to buy at the market."""
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=95.0)[1])
    made.step(b.update(sent, "accepted", ts=at(2)))
    intent = Intent(instrument="AAPL", target=1.0, rebalance=True)
    made.desk.begin(at(2))
    code = made.desk.act(pair(made), intent)
    assert code == Code.WAITING_FOR_ORDER
    made.desk.emit(
        fx.Decision(deployment="alpha", instrument="AAPL", signal=12, code=code, target=1.0, intents=(intent,))
    )
    return sent


def test_a_wish_waits_until_the_old_entry_is_gone() -> None:
    made = ready()
    sent = waiting(made)
    assert made.book.truth.orders[sent.oid].status is Status.CANCELLING
    found = made.step(b.update(sent, "cancelled", ts=at(3)))
    assert orders(found) == [("buy", "10", False)]
    assert (decision(found), held(made).wish) == (Code.SIGNAL_LONG, None)


def test_a_wish_that_waited_counts_what_has_filled_meanwhile() -> None:
    made = ready()
    sent = waiting(made)
    made.step(fill(sent, 95, qty=d(4), ts=at(3)))
    assert orders(made.step(b.update(sent, "cancelled", ts=at(3)))) == [("buy", "6", False)]
    made = ready()
    sent = waiting(made)
    made.step(fill(sent, 95, ts=at(3)))
    assert orders(made.step(b.update(sent, "cancel_refused", ts=at(3)))) == []


def test_a_wish_that_waits_is_not_carried_out_under_a_latch() -> None:
    for kind in ("kill", "pause"):
        made = ready()
        sent = waiting(made)
        made.step(b.command(kind, n=3))
        assert orders(made.step(b.update(sent, "cancelled", ts=at(3)))) == []
        made.step(b.command("resume", n=4))
        assert held(made).wish is None


def test_a_stop_takes_back_a_wish_that_waits() -> None:
    made = ready()
    sent = waiting(made)
    made.step(b.command("stop", n=3))
    assert orders(made.step(b.update(sent, "cancelled", ts=at(3)))) == []


def test_a_wish_that_waits_is_replaced_by_the_next_one() -> None:
    made = ready()
    sent = waiting(made)
    assert orders(made.step(b.bar(3, 100.0, 0.0))) == []
    assert orders(made.step(b.update(sent, "cancelled", ts=at(3)))) == []


@pytest.mark.parametrize(
    ("limit", "moved"), [(97.0, True), (97.004, True), (95.0, True), (-1.0, False), (0.001, False)]
)
def test_a_resting_entry_is_moved_in_place(limit: float, moved: bool) -> None:
    made = ready()
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=95.0)[1])
    made.step(b.update(sent, "accepted", ts=at(2)))
    code, found = act(made, 1.0, type=OrderType.LIMIT, limit=limit)
    assert [type(effect) for effect in found] == ([fx.Amend] if moved else [fx.Cancel])
    assert code == (Code.SIGNAL_LONG if moved else Code.WAITING_FOR_ORDER)


def test_a_moved_entry_never_grows() -> None:
    made = ready(size=size("notional", 1000))
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=100.0)[1])
    made.step(b.update(sent, "accepted", ts=at(2)))
    assert [e.qty for e in act(made, 1.0, type=OrderType.LIMIT, limit=50.0)[1]] == [10]


def test_an_entry_is_not_moved_while_killed() -> None:
    made = ready()
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=95.0)[1])
    made.step(b.update(sent, "accepted", ts=at(2)))
    made.desk.emit(fx.Latch(kind="kill", scope="all", is_on=True))
    assert [type(effect) for effect in act(made, 1.0, type=OrderType.LIMIT, limit=97.0)[1]] == [fx.Cancel]


def test_where_the_venue_cannot_change_an_entry_it_is_cancelled() -> None:
    spec = b.run_spec(b.deployment_spec(), accounts=[b.account_spec(caps=Caps(amend=False))])
    made = b.engine(spec)
    made.step(b.bar(1, 100.0))
    sent = one(fx.Submit, act(made, 1.0, type=OrderType.LIMIT, limit=95.0)[1])
    made.step(b.update(sent, "accepted", ts=at(2)))
    assert [type(effect) for effect in act(made, 1.0, type=OrderType.LIMIT, limit=97.0)[1]] == [fx.Cancel]


# --- orders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "limit", "stop", "wanted"),
    [
        (1.0, 99.996, None, ("limit", "99.99", "")),
        (-1.0, 100.004, None, ("limit", "100.01", "")),
        (1.0, None, 101.001, ("stop", "", "101.01")),
        (-1.0, None, 98.999, ("stop", "", "98.99")),
        (1.0, 102.009, 101.001, ("stop_limit", "102", "101.01")),
        (1.0, 99.99, None, ("limit", "99.99", "")),
    ],
)
def test_entry_limits_are_rounded_to_the_passive_side_and_stops_away(
    target: float, limit: float | None, stop: float | None, wanted: tuple
) -> None:
    kind = OrderType(wanted[0])
    made = ready(can_short=True)
    sent = one(fx.Submit, act(made, target, limit=limit, stop=stop, type=kind, tif=Tif.DAY)[1])
    prices = tuple("" if px is None else b.plain(px) for px in (sent.limit, sent.stop))
    assert (str(sent.type), *prices) == wanted
    assert sent.tif is Tif.DAY


def test_one_refusal_is_the_answer_and_several_are_written_down() -> None:
    made = ready(size=size("notional", 1_000_000), capital=d(1_000_000))
    code, found = act(made, 1.0)
    assert (code, found) == (Code.BUYING_POWER, [])
    made.step(b.command("kill"))
    code, found = act(made, 1.0)
    assert code == Code.KILLED
    assert one(fx.Note, found).text == "alpha AAPL: R200 killed, R207 buying_power"


def test_a_rule_that_fails_to_answer_is_told_to_a_person() -> None:
    def fall(params: object, facts: object) -> int:
        raise ZeroDivisionError

    made = ready(rules=(Rule(kind="bad", applies="entry", params=(), check=fall),))
    code, found = act(made, 1.0)
    assert (code, levels(found)) == (Code.RULE_ERROR, [("critical", "rule_error")])


# --- what a careless strategy can ask for -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wish",
    [
        {"target": math.nan},
        {"target": math.inf},
        {"target": -math.inf},
        {"target": 1e300},
        {"target": 1.0, "type": OrderType.LIMIT, "limit": math.nan},
        {"target": 1.0, "type": OrderType.LIMIT, "limit": math.inf},
        {"target": 1.0, "type": OrderType.STOP, "stop": math.nan},
    ],
)
def test_a_number_that_is_none_orders_nothing_and_stops_nothing_else(wish: dict) -> None:
    def decide(config: object, state: object, bar: object, view: object) -> list[Intent]:
        return [Intent(instrument="AAPL", **wish)]

    spec = b.run_spec(b.deployment_spec(), b.deployment_spec("beta", can_short=True))
    made = b.engine(spec, strategies={"beta": b.free(decide)})
    found = made.step(b.bar(1, 100.0, 1.0))
    assert [e.deployment for e in only(fx.Submit, found)] == ["alpha"]
    assert len(only(fx.Decision, found)) == 2


@pytest.mark.parametrize("target", [math.inf, 1e300])
def test_a_stock_target_that_is_no_number_orders_nothing(target: float) -> None:
    made = ready()
    found = made.step(b.bar(2, 100.0, b.REBALANCE - 1.0 if target < 0 else target))
    assert orders(found) == []


def test_a_nan_never_sells_what_is_held() -> None:
    def decide(config: object, state: object, bar: object, view: object) -> list[Intent]:
        return [Intent(instrument="AAPL", target=1.0 if bar.ts == at(1) else math.nan)]

    made = b.engine(strategies={"alpha": b.free(decide)})
    made.step(fill(one(fx.Submit, made.step(b.bar(1, 100.0))), 100))
    assert orders(made.step(b.bar(2, 100.0))) == []


@pytest.mark.parametrize("wishes", [["buy!"], [None], [42], 7, None])
def test_what_is_no_wish_freezes_its_deployment_alone(wishes: object) -> None:
    spec = b.run_spec(b.deployment_spec(), b.deployment_spec("beta"))
    made = b.engine(spec, strategies={"beta": b.free(lambda config, state, bar, view: wishes)})
    found = made.step(b.bar(1, 100.0, 1.0))
    assert [e.deployment for e in only(fx.Submit, found)] == ["alpha"]
    assert one(fx.Latch, found).scope == "deployment:beta"


# --- protection and scopes --------------------------------------------------------------------------------------


def test_a_refused_protective_order_exposes_the_holding_once() -> None:
    def refuse(params: object, facts: object) -> int:
        return Code.MAX_POSITION if refusing else 0

    refusing = True
    made = ready(exits=exits(stop_loss="0.02"), rules=(Rule(kind="x", applies="exit", params=(), check=refuse),))
    sent = one(fx.Submit, act(made, 1.0)[1])
    held(made).decided = 1.0
    found = made.step(fill(sent, 100, ts=at(2)))
    assert levels(found) == [("critical", "exposed/alpha/AAPL")]
    assert [note.text for note in only(fx.Note, found)] == ["alpha AAPL: R204 max_position"] * 2
    refusing = False
    assert orders(made.step(fill(sent, 100, ts=at(3), qty=d(1), exec_id="late")))[-1] == ("sell", "11", True)


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        ("all", ["alpha", "beta"]),
        ("account:main", ["alpha", "beta"]),
        ("account:other", []),
        ("deployment:beta", ["beta"]),
        ("instrument:MSFT", ["beta"]),
    ],
)
def test_scopes_choose_what_is_cancelled(scope: str, wanted: list[str]) -> None:
    spec = b.run_spec(
        b.deployment_spec(exits=exits(stop_loss="0.02")), b.deployment_spec("beta", instruments=("MSFT",))
    )
    made = b.engine(spec)
    for name, symbol in (("alpha", "AAPL"), ("beta", "MSFT")):
        b.buy(made, 1, 100.0, symbol=symbol)
        made.step(b.bar(2, 100.0, 1.5, symbol=symbol))  # five more, unfilled
        assert held(made, name, symbol).qty == 10
    made.step(b.fill(b.submit(), 100, oid="", exec_id="operator"))
    made.desk.begin(at(3))
    made.desk.cancel_scope(scope, Code.OPERATOR)
    assert [made.book.truth.orders[e.oid].deployment for e in made.desk.out] == wanted
    made.desk.cancel_scope(scope, Code.OPERATOR)
    assert len(made.desk.out) == len(wanted)


def test_covers() -> None:
    assert covers("all", "a", "b", "c")
    assert not covers("deployment:a", "a", "b", "c")


def test_the_remainder_of_a_holding_follows_an_exit_that_is_under_way() -> None:
    made = ready()
    b.buy(made, 2, 100.0)
    assert orders(act(made, 0.6)[1]) == [("sell", "4", True)]
    assert orders(act(made, 0.0)[1]) == [("sell", "6", True)]
    assert all(order.status is Status.SENT for order in working(made))


# --- what is held against the deployment's decision ----------------------------------------------------------------


def leaving() -> tuple[Engine, fx.Submit]:
    """Return an engine that holds ten, and the exit that it has just sent."""
    made = b.engine()
    b.buy(made, 1, 100.0)
    return made, one(fx.Submit, made.step(b.bar(2, 100.0, 0.0)))


def test_an_exit_that_its_venue_takes_back_half_filled_is_followed_by_one_for_the_rest() -> None:
    made, exit_order = leaving()
    made.step(b.fill(exit_order, 100, qty=d(4)))
    found = made.step(b.update(exit_order, "cancelled"))
    assert orders(found) == [("sell", "6", True)]


def test_an_exit_that_a_person_or_a_new_wish_took_back_is_not_followed() -> None:
    made, exit_order = leaving()
    assert [e.oid for e in only(fx.Cancel, made.step(b.bar(3, 100.0, 1.0)))] == [exit_order.oid]
    assert only(fx.Submit, made.step(b.update(exit_order, "cancelled"))) == []


def test_what_a_correction_of_an_exit_gives_back_is_left_too() -> None:
    made, exit_order = leaving()
    made.step(b.fill(exit_order, 100, exec_id="a"))
    found = made.step(b.fill(exit_order, 100, qty=d(9), exec_id="b", supersedes="a"))
    assert orders(found) == [("sell", "1", True)]


def test_exits_that_end_without_an_execution_are_repeated_a_few_times_and_then_a_person_is_told() -> None:
    made, exit_order = leaving()
    for _ in range(MOST_EXITS - 1):
        exit_order = one(fx.Submit, made.step(b.update(exit_order, "expired")))
    found = made.step(b.update(exit_order, "expired"))
    assert only(fx.Submit, found) == []
    assert levels(found) == [("critical", "exposed/alpha/AAPL")]


def test_a_kill_that_takes_an_exit_back_is_not_answered_with_another_one() -> None:
    made, exit_order = leaving()
    kill = fx.Kill(scope="all", state=KillState(scope="all", tier=2, actor="op", reason="x", ts=at(3)))
    apply_effect(made.book, kill, at(3))
    assert only(fx.Submit, made.step(b.update(exit_order, "cancelled"))) == []


def test_what_its_account_has_no_more_can_not_be_left_and_that_is_said() -> None:
    afar = Afar()
    afar.hold()
    afar.trade("sell", 10, 100)
    found = afar.bar(100.0, 0.0)
    assert only(fx.Submit, found) == []
    assert levels(found) == [("critical", "exposed/alpha/AAPL")]


def test_B21_an_exit_of_the_other_side_is_not_waited_for() -> None:
    afar = Afar(b.deployment_spec(exits=b.exits(take_profit="0.05")))
    afar.hold()
    afar.trade("buy", 5, 100)
    leaving = one(fx.Submit, afar.bar(100.0, 0.0))
    found = afar.fill(leaving, 100, 11)
    assert (afar.qty(), only(fx.Submit, found)) == (-1, [])
    assert ("critical", "exposed/alpha/AAPL") in levels(found)
