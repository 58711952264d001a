"""What the gate would say of an order, and how large one may be: the run's own book, rules and limits."""

from decimal import Decimal
from pathlib import Path

import pytest

from openbell import OrderRequest, OrderSide, OrderType, RiskManager
from openbell.run.state import NoState
from tests.checklist.market import LONG, Market, Told, config, deployment, rows


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run that holds 20 units at 150, with 97,000 of its 100,000 left."""
    folder = tmp_path_factory.mktemp("verdict")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBELL_HOME", str(folder / "home"))
        entry = deployment(symbols="AAA", budget="capital: 100000 USD", more="size: {quantity: 20}")
        free = (
            "{max_position: off}",
            "{daily_loss: off}",
            "{max_positions: off}",
            "{kind: order_notional, limit: 20%}",
        )
        market = Market(folder, config(deployments=[entry], rules=free), rows([(150, LONG), 150, 150]))
        assert market.run() == 0
    return market.state


def order(side: OrderSide, quantity: int, **fields: float) -> OrderRequest:
    return OrderRequest(symbol="AAA", side=side, quantity=quantity, **fields)  # type: ignore[arg-type]  # prices


@pytest.mark.parametrize(
    ("stop", "percent", "entry", "units"),
    [(145.0, 1, None, 200), (145.0, 0.5, None, 100), (147.0, 1, None, 333), (155.0, 1, None, 200), (150.0, 1, None, 0),
     (90.0, 2, 100.0, 200)],
)  # fmt: skip
def test_a_position_loses_its_share_of_the_equity_at_its_stop(
    state: Path, stop: float, percent: float, entry: float | None, units: int
) -> None:
    found = RiskManager(state).calculate_position_size("AAA", stop, percent, entry)
    assert found == units
    assert found * abs(Decimal(str(entry or 150)) - Decimal(str(stop))) <= Decimal(1000) * Decimal(str(percent))


def test_an_order_over_the_limit_is_refused_and_one_at_it_is_not(state: Path) -> None:
    # A fifth of 100,000 buys 133 units at 150.
    manager = RiskManager(state)
    assert manager.check_order(order(OrderSide.BUY, 133)) == (True, "")
    assert manager.check_order(order(OrderSide.BUY, 134)) == (False, "R217 order_notional")
    allowed, why = manager.check_order(order(OrderSide.BUY, 100_000))
    assert not allowed and {"R217 order_notional", "R207 buying_power"} <= set(why.split(", "))


def test_what_gives_back_is_let_pass_and_what_would_turn_is_an_entry(state: Path) -> None:
    manager = RiskManager(state)
    assert manager.check_order(order(OrderSide.SELL, 20)) == (True, "")
    allowed, why = manager.check_order(order(OrderSide.SELL, 500))
    assert not allowed and "order_notional" in why


def test_nothing_is_sent_or_written(state: Path) -> None:
    before = [(file, file.stat().st_mtime_ns) for file in sorted((state / "journal").rglob("*"))]
    RiskManager(state).check_order(order(OrderSide.BUY, 1))
    assert [(file, file.stat().st_mtime_ns) for file in sorted((state / "journal").rglob("*"))] == before
    assert len(Told(state / "journal").orders) == 1


def test_what_is_not_there_is_told(state: Path, tmp_path: Path) -> None:
    with pytest.raises(NoState):
        RiskManager(tmp_path)
    with pytest.raises(ValueError, match="has the deployments alpha; name one of them"):
        RiskManager(state, "beta")
    with pytest.raises(ValueError, match="BBB is not traded; alpha trades AAA"):
        RiskManager(state, "alpha").check_order(
            OrderRequest(symbol="BBB", side=OrderSide.BUY, quantity=1, order_type=OrderType.MARKET)
        )
