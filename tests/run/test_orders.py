"""Orders of a program reach a run that lives, and what is wrong with one is said before it is sent."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from openbell import OrderManager, OrderRequest, OrderSide, OrderStatus, OrderType, Position, PositionSide, connect
from openbell.core.types import Status
from openbell.run.orders import STATUS, UnknownOrder
from openbell.run.state import NoState
from tests.checklist.market import Market, config, deployment, rows
from tests.cli.process import begin, perform, records, until

LATER = 4_000
"""Bars behind the first, so that the run is still there when it is spoken to."""


def market(folder: Path, *entries: str, rules: tuple[str, ...] = ()) -> Market:
    made = entries or (
        deployment(strategy="manual", budget="capital: 100000 USD, per_position: 100%", more="short: true"),
    )
    free = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}", "{duplicate: off}", *rules)
    return Market(folder, config(deployments=made, rules=free), rows([150.0] * LATER))


class Living:
    """A run in a process of its own, and the client that speaks to it."""

    def __init__(self, folder: Path, *rules: str) -> None:
        self.market = market(folder, rules=rules)
        self.process = begin(folder, "run", self.market.file, "--state", self.market.state, "--speed", "600x")
        until(lambda: records(self.market.state) > 3, "the first bars")
        self.orders = OrderManager(self.market.state)

    def becomes(self, order: OrderRequest, status: OrderStatus) -> None:
        until(lambda: self.orders.get_order_status(order.order_id) is status, f"{order.symbol} {status}")

    def resting(self) -> list[tuple[str, str, str]]:
        book = self.market.told.book
        return [(str(o.type), f"{o.stop or o.limit:f}", f"{o.qty:f}") for o in book.truth.orders.values() if o.is_open]


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Living]:
    made = Living(tmp_path, "{kind: order_notional, limit: 20%}")
    yield made
    made.process.terminate()
    made.process.communicate(timeout=180)


def test_an_order_is_filled_with_its_bracket_beside_it_and_a_sale_takes_both_away(living: Living) -> None:
    order = OrderRequest(
        symbol="AAA", side=OrderSide.BUY, quantity=100, order_type=OrderType.MARKET, stop_loss=145.0, take_profit=155.0
    )
    assert living.orders.submit_order(order) == (True, "SUBMITTED")
    living.becomes(order, OrderStatus.FILLED)
    until(lambda: len(living.resting()) == 2, "the bracket")
    assert living.resting() == [("stop", "145.00", "100"), ("limit", "155.00", "100")]
    known = living.orders.get_order(order.order_id)
    assert (known.filled, known.is_open, len(known.executions), bool(known.venue_order)) == (100, False, 1, True)
    sale = OrderRequest(symbol="AAA", side=OrderSide.SELL, quantity=100)
    assert living.orders.submit_order(sale)[0]
    living.becomes(sale, OrderStatus.FILLED)
    until(lambda: living.resting() == [], "the bracket's end")
    assert connect(living.market.state).positions().height == 0


def test_a_resting_order_is_taken_back_and_a_limit_refuses_with_its_reason(living: Living) -> None:
    low = OrderRequest(symbol="AAA", side=OrderSide.BUY, quantity=10, order_type=OrderType.LIMIT, limit_price=140.0)
    assert living.orders.submit_order(low)[0]
    living.becomes(low, OrderStatus.SUBMITTED)
    assert living.orders.cancel_orders("AAA") == (True, "asked for")
    living.becomes(low, OrderStatus.CANCELLED)
    large = OrderRequest(symbol="AAA", side=OrderSide.BUY, quantity=500)
    assert living.orders.submit_order(large) == (False, "R217 order_notional")
    assert large.order_id == ""
    with pytest.raises(UnknownOrder, match="has no order 'x'"):
        living.orders.get_order_status("x")


def test_a_run_that_has_ended_takes_no_order_and_none_waits_for_it(tmp_path: Path) -> None:
    made = market(tmp_path)
    assert made.run("--until", "2024-01-02T00:05") == 0
    orders = OrderManager(made.state)
    is_sent, told = orders.submit_order(OrderRequest(symbol="AAA", side=OrderSide.BUY, quantity=1))
    assert (is_sent, "an order does not wait" in told) == (False, True)
    assert list((made.state / "commands").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"symbol": "BBB"}, "BBB is not traded; alpha trades AAA"),
        ({"quantity": 0}, "quantity 0 is not above 0"),
        ({"quantity": Decimal("0.02000000000000000041")}, "quantity 0.02000000000000000041 is finer than 0.00000001"),
        ({"quantity": 1e-9}, "quantity 1E-9 is finer than 0.00000001"),
        ({"quantity": float("nan")}, "nan is not a finite number"),
        ({"order_type": OrderType.LIMIT}, "an order of type limit needs limit_price"),
        ({"order_type": OrderType.STOP_LIMIT, "limit_price": 1.0}, "an order of type stop_limit needs stop_price"),
        ({"limit_price": 1.0}, "an order of type market has no limit_price"),
        ({"stop_loss": 5.0, "take_profit": 5.0}, "stop_loss 5.0 and take_profit 5.0 are the wrong way round"),
        ({"side": OrderSide.SELL, "stop_loss": 4.0, "take_profit": 5.0}, "stop_loss 4.0 and take_profit 5.0 are the"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_sent(tmp_path: Path, changes: dict, told: str) -> None:
    made = market(tmp_path)
    assert made.run("--until", "2024-01-02T00:02") == 0
    given = {"symbol": "AAA", "side": OrderSide.BUY, "quantity": 1, **changes}
    is_sent, said = OrderManager(made.state).submit_order(OrderRequest(**given))
    assert (is_sent, said[: len(told)]) == (False, told)


def test_it_speaks_to_a_deployment_that_takes_orders_and_needs_its_name_where_there_are_two(tmp_path: Path) -> None:
    with pytest.raises(NoState):
        OrderManager(tmp_path / "nowhere")
    (tmp_path / "one").mkdir()
    plain = market(tmp_path / "one", deployment())
    assert plain.run("--until", "2024-01-02T00:02") == 0
    with pytest.raises(ValueError, match="deployments that take orders: none"):
        OrderManager(plain.state)
    (tmp_path / "two").mkdir()
    two = market(tmp_path / "two", deployment(strategy="manual"), deployment("beta", strategy="manual"))
    assert two.run("--until", "2024-01-02T00:02") == 0
    with pytest.raises(ValueError, match="alpha, beta"):
        OrderManager(two.state)
    assert OrderManager(two.state, "beta").deployment == "beta"


def test_every_status_has_a_name() -> None:
    assert set(STATUS) == set(Status)


@pytest.mark.parametrize(
    ("side", "price", "pnl", "wanted"),
    [
        (PositionSide.LONG, 152.0, 200, (False, "")),
        (PositionSide.LONG, 145.0, -500, (True, "stop_loss")),
        (PositionSide.LONG, 155.0, 500, (True, "take_profit")),
        (PositionSide.SHORT, 145.0, 500, (True, "take_profit")),
        (PositionSide.SHORT, 155.0, -500, (True, "stop_loss")),
    ],
)
def test_a_position_is_worth_its_price_and_left_at_its_own(side: str, price: float, pnl: int, wanted: tuple) -> None:
    stop, target = (145.0, 155.0) if side is PositionSide.LONG else (155.0, 145.0)
    held = Position("AAA", 100, PositionSide(side), 150.0, stop, target)
    held.update_price(151.0)
    held.update_price(price)
    assert (held.unrealized_pnl, held.check_exit_conditions()) == (Decimal(pnl), wanted)
    assert (held.highest, held.lowest) == (max(151, Decimal(str(price))), min(150, Decimal(str(price))))


def test_a_position_without_prices_of_its_own_is_never_left() -> None:
    held = Position("AAA", 100, PositionSide.LONG, 150.0)
    held.update_price(1.0)
    assert held.check_exit_conditions() == (False, "")


def test_a_recorded_order_is_the_same_in_replay(living: Living) -> None:
    order = OrderRequest(symbol="AAA", side=OrderSide.BUY, quantity=3, stop_loss=149.0)
    assert living.orders.submit_order(order)[0]
    living.becomes(order, OrderStatus.FILLED)
    assert perform(["stop", str(living.market.state), "--json"]) == 0
    living.process.wait(180)
    assert perform(["replay", str(living.market.state), "--json"]) == 0
    assert living.market.run("--until", "2024-01-02T12:00") == 0
