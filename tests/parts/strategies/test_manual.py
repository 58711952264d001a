"""Orders by hand: what each means to a holding, that it counts once, and what protects it."""

import json
from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.risk import Rule
from openbell.core.types import OrderType, Side, Status
from openbell.parts.rules import max_positions, trade_risk
from openbell.parts.strategies import manual
from openbell.run.parts import bind_rule, bind_strategy
from tests.core import build as b
from tests.core.build import at, d


@pytest.mark.parametrize(
    ("side", "qty", "held", "wanted"),
    [
        ("buy", 10, 0, (1.0, 10)),
        ("sell", 10, 0, (-1.0, 10)),
        ("buy", 10, 5, (1.0, 10)),
        ("sell", 4, 10, (1.0, -4)),
        ("sell", 10, 10, (0.0, 10)),
        ("sell", 15, 10, (-1.0, 5)),
        ("buy", 4, -10, (-1.0, -4)),
        ("buy", 10, -10, (0.0, 10)),
        ("buy", 15, -10, (1.0, 5)),
        ("buy", 0, 10, (1.0, 0)),
        ("buy", 0, -10, (-1.0, 0)),
        ("buy", 0, 0, (0.0, 0)),
    ],
)
def test_an_order_means_a_target_and_so_many_units(side: str, qty: int, held: int, wanted: tuple[float, int]) -> None:
    found = manual.intent_of(manual.Wish(symbol="AAPL", side=Side(side), qty=d(qty)), d(held))
    assert (found.target, found.qty) == (wanted[0], d(wanted[1]))


@pytest.mark.parametrize(
    "qty", ["0.02000000000000000041", "0.000000001", "1E+30", "1E-30", "NaN", "Infinity", "9" * 21]
)
def test_a_quantity_that_no_book_could_hold_is_no_order(qty: str) -> None:
    with pytest.raises(ValueError, match="finer than 0.00000001, or has too many digits"):
        manual.Wish(symbol="AAPL", side=Side.BUY, qty=Decimal(qty))
    made = engine()
    assert [one for one in order(made, "a", "buy", qty) if isinstance(one, fx.Submit | fx.Intent)] == []
    # The engine goes on, also where such an order stands in an older journal.
    assert b.one(fx.Submit, order(made, "b", "buy", 10)).qty == d(10)


@pytest.mark.parametrize("qty", ["0.00000001", "0.02", "0.0200000000", "123456789.5", "0", "1E+2"])
def test_every_other_quantity_is(qty: str) -> None:
    assert manual.Wish(symbol="AAPL", side=Side.BUY, qty=Decimal(qty)).qty == Decimal(qty)


def engine(rules: tuple[Rule, ...] = (), **changes: object) -> Engine:
    size = b.SizeSpec(kind="weight", value=d(1))
    spec = b.run_spec(b.deployment_spec(size=size, can_short=True, **changes))
    made = b.engine(spec, rules=rules, strategies={"alpha": bind_strategy("manual", manual, manual.Config())})
    made.step(b.bar(1, 100.0))
    return made


def order(made: Engine, key: str, side: str, qty: object, *, symbol: str = "AAPL", **more: object) -> list[fx.Effect]:
    value = json.dumps({"symbol": symbol, "side": side, "qty": str(qty), **more})
    return made.step(ev.Answer(ts=at(1), ask=f"order/{key}", deployment="alpha", is_ok=True, value=value))


def bought(made: Engine, key: str, qty: object, **more: object) -> list[fx.Effect]:
    sent = b.one(fx.Submit, order(made, key, "buy", qty, **more))
    return made.step(b.fill(sent, 100, ts=at(1)))


def test_it_sends_exactly_what_it_is_given_and_each_order_once() -> None:
    made = engine()
    sent = b.one(fx.Submit, order(made, "a", "buy", 7, type="limit", limit=99.0))
    assert (sent.side, sent.qty, sent.type, sent.limit, sent.reason) == (
        Side.BUY, d(7), OrderType.LIMIT, d(99), Code.MANUAL,
    )  # fmt: skip
    assert order(made, "a", "buy", 7, type="limit", limit=99.0) == []
    assert made.step(b.bar(2, 100.0))[0].code == Code.NO_SIGNAL  # type: ignore[attr-defined]  # a decision


def test_it_adds_gives_back_and_turns() -> None:
    made = engine()
    bought(made, "a", 10)
    bought(made, "b", 5)
    assert b.held(made).qty == 15
    some = b.one(fx.Submit, order(made, "c", "sell", 4))
    assert (some.side, some.qty, some.reduce_only) == (Side.SELL, d(4), True)
    made.step(b.fill(some, 100, ts=at(1)))
    whole, short = b.only(fx.Submit, order(made, "d", "sell", 20))
    assert [(one.qty, one.reduce_only) for one in (whole, short)] == [(d(11), True), (d(9), False)]


def test_a_full_position_bounds_all_orders_together() -> None:
    made = engine(capital=d(1_000))
    assert b.one(fx.Submit, order(made, "a", "buy", 25)).qty == 10


def test_S5_110_at_the_limit_of_positions_an_entry_by_hand_is_refused_and_an_exit_by_hand_goes_out() -> None:
    rule = bind_rule("max_positions", max_positions, max_positions.Config(limit=1))
    made = engine((rule,), instruments=("AAPL", "MSFT"))
    made.step(b.bar(1, 100.0, symbol="MSFT"))
    bought(made, "a", 10)
    out = order(made, "b", "buy", 5, symbol="MSFT")
    assert (b.only(fx.Submit, out), b.one(fx.Decision, out).code) == ([], Code.MAX_POSITIONS)
    sent = b.one(fx.Submit, order(made, "c", "sell", 10))
    assert (sent.instrument, sent.qty, sent.reduce_only, sent.reason) == ("AAPL", d(10), True, Code.MANUAL)
    made.step(b.fill(sent, 100, ts=at(1)))
    assert b.one(fx.Submit, order(made, "d", "buy", 5, symbol="MSFT")).instrument == "MSFT"


def test_nothing_more_takes_back_what_works() -> None:
    made = engine()
    sent = b.one(fx.Submit, order(made, "a", "buy", 7, type="limit", limit=99.0))
    made.step(b.update(sent, "accepted"))
    assert b.one(fx.Cancel, order(made, "b", "buy", 0)).oid == sent.oid
    out = made.step(b.update(sent, "cancelled"))
    assert b.only(fx.Submit, out) == []
    assert made.book.truth.orders[sent.oid].status is Status.CANCELLED


@pytest.mark.parametrize(
    "value", ["", "{", "[]", '{"symbol": "MSFT", "side": "buy", "qty": "1"}', '{"symbol": "AAPL"}']
)
def test_what_is_no_order_of_this_deployment_is_left_alone(value: str) -> None:
    made = engine()
    out = made.step(ev.Answer(ts=at(1), ask="order/x", deployment="alpha", is_ok=True, value=value))
    assert out == []
    assert "frozen/deployment:alpha" not in made.book.truth.latches


def test_an_answer_that_was_asked_for_is_no_order() -> None:
    made = engine()
    value = json.dumps({"symbol": "AAPL", "side": "buy", "qty": "1"})
    assert made.step(ev.Answer(ts=at(1), ask="confirm/alpha", deployment="alpha", is_ok=True, value=value)) == []


# --- its own stop and target ------------------------------------------------------------------------------------


def protection(out: list[fx.Effect]) -> list[tuple[str, str, str, bool]]:
    found = b.only(fx.Submit, out)
    return [(str(o.type), b.plain(o.stop or o.limit), str(o.qty), o.reduce_only) for o in found]


@pytest.mark.parametrize("own", [{}, {"exits": b.exits(stop_loss="0.5")}])
def test_stop_and_target_of_an_order_rest_at_their_prices_in_place_of_the_deployments_own(own: dict) -> None:
    made = engine(**own)
    out = bought(made, "a", 10, stop_loss=95.0, take_profit=105.004)
    assert protection(out) == [("stop", "95", "10", True), ("limit", "105.01", "10", True)]
    assert len({one.oco for one in b.only(fx.Submit, out)}) == 1
    # An order without prices of its own leaves them as they are; they grow with the holding.
    assert sorted({one.qty for one in b.only(fx.Amend, bought(made, "b", 5))}) == [d(15)]


def test_a_short_holding_is_protected_the_other_way_round() -> None:
    made = engine()
    sent = b.one(fx.Submit, order(made, "a", "sell", 10, stop_loss=105.004, take_profit=95.004))
    out = made.step(b.fill(sent, 100, ts=at(1)))
    assert protection(out) == [("stop", "105.01", "10", True), ("limit", "95", "10", True)]


def test_another_stop_moves_the_one_that_rests() -> None:
    made = engine()
    first = bought(made, "a", 10, stop_loss=95.0)
    made.step(b.update(b.one(fx.Submit, first), "accepted"))
    moved = b.only(fx.Amend, bought(made, "b", 1, stop_loss=97.0))
    assert [(one.stop, one.qty) for one in moved] == [(d(97), d(11))]


def test_the_next_holding_has_nothing_of_the_one_before() -> None:
    made = engine()
    bought(made, "a", 10, stop_loss=95.0)
    left = b.one(fx.Submit, order(made, "b", "sell", 10))
    made.step(b.fill(left, 100, ts=at(1)))
    assert protection(bought(made, "c", 10)) == []


def test_a_split_moves_stop_and_target_with_the_price() -> None:
    made = engine()
    bought(made, "a", 10, stop_loss=95.0, take_profit=105.0)
    made.step(b.split(2, 1))
    assert b.held(made).bracket == (47.5, 52.5)


@pytest.mark.parametrize(
    ("side", "stop", "is_sent"), [("buy", 90.01, True), ("buy", 89.99, False), ("sell", 110.01, False)]
)
def test_what_a_trade_risks_is_measured_to_its_own_stop(side: str, stop: float, is_sent: bool) -> None:
    # A hundred units at 100 with a stop ten away risk 1000, 1 % of the account.
    rule = bind_rule("trade_risk", trade_risk, trade_risk.Config(limit="1%"))
    out = order(engine(rules=(rule,)), "a", side, 100, stop_loss=stop)
    assert bool(b.only(fx.Submit, out)) is is_sent
    assert is_sent or b.decision(out) == Code.TRADE_RISK


def test_a_stop_that_is_no_number_orders_nothing() -> None:
    made = engine()
    wish = fx.Intent(instrument="AAPL", target=1.0, qty=d(1), stop_loss=float("nan"))
    assert made.desk.act(made.traders.pair("alpha", "AAPL"), wish) == Code.BAD_WISH


def test_a_kill_says_that_it_takes_the_protection() -> None:
    made = engine()
    bought(made, "a", 10, stop_loss=95.0)
    out = made.step(b.command("kill", tier=2))
    assert ("critical", "exposed/alpha/AAPL") in b.levels(out)
