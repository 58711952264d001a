"""S4, keys of the file: allocation, partial fills, currency, manual stops, and what an emergency does."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core.ladder import FLATTEN, Stage
from openbell.core.types import Side
from openbell.parts.rules import drawdown
from tests.checklist.market import AGAIN, FLAT, LONG, Market, config, deployment, row, rows, stamp
from tests.checklist.test_s4_risk import bound
from tests.cli.process import Said
from tests.core import build as b
from tests.core.build import at

Caller = Callable[..., Said]


@pytest.mark.parametrize(("first", "second", "is_told"), [(60_000, 40_000, False), (60_000, 40_001, True)])
def test_allocations_together_are_no_more_than_the_account(
    call: Caller, tmp_path: Path, first: int, second: int, is_told: bool
) -> None:
    both = [
        deployment("one", "AAA", budget=f"capital: {first} USD"),
        deployment("two", "BBB", budget=f"capital: {second} USD"),
    ]
    bars = [*rows([100], "AAA"), *rows([100], "BBB")]
    market = Market(tmp_path, config(deployments=both), bars)
    said = call("check", market.file)
    assert ("capital together is 100001 USD, the account has 100000 USD" in said.err) == is_told
    assert ("[L101]" in said.err) == is_told


def filled(folder: Path, kind: str, tif: str, volume: int) -> list[Decimal]:
    """Buy 100 units in a market that trades `volume` a bar, half of it for us; return what was filled."""
    folder.mkdir()
    entry = deployment(more=f"order: {{type: {kind}, tif: {tif}}}\n    size: {{quantity: 100}}")
    bars = [row(stamp(0), 100, LONG), *(row(stamp(n), 100, volume) for n in range(1, 8))]
    market = Market(folder, config(deployments=[entry], account="cash: 100000 USD, participation: 50%"), bars)
    assert market.run() == 0
    return [fill.qty for fill in market.told.fills]


@pytest.mark.parametrize("kind", ["limit", "market"])
def test_without_partial_fills_it_is_all_or_nothing(tmp_path: Path, kind: str) -> None:
    # 60 units a bar are not enough at once: in parts while that is allowed, else not at all.
    assert filled(tmp_path / "some", kind, "gtc", 120) == [60, 40]
    assert filled(tmp_path / "none", kind, "fok", 120) == []
    assert filled(tmp_path / "all", kind, "fok", 200) == [100]


@pytest.mark.parametrize(
    ("order", "filled"),
    [
        ("type: market", [100]), ("type: limit", [100]), ("type: stop, offset: 1%", [102]),
        ("type: stop_limit, offset: 1%, slack: 0.5%", [Decimal("101.5")]),
    ],
)  # fmt: skip
def test_entries_are_market_limit_stop_or_stop_limit_orders(
    call: Caller, tmp_path: Path, order: str, filled: list[Decimal]
) -> None:
    entry = deployment(more=f"order: {{{order}}}\n    size: {{quantity: 10}}")
    # Decided at 100; the market opens above the stop of 101, and comes back to 101.5.
    bars = rows([(100, LONG), (100, 100, 100, 100), (102, 102, 102, 102), (102, 102, 101, 101)])
    market = Market(tmp_path, config(deployments=[entry]), bars)
    assert market.run() == 0
    assert [fill.px for fill in market.told.fills] == filled
    assert call("backtest", market.file, "--json").data["orders_hash"] == market.told.book.truth.orders_hash.hex()


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("type: iceberg", "'iceberg' is not one of market, limit, stop, stop_limit"), ("type: stop", "a stop order needs offset"),
        ("type: stop, offset: 1%, slack: 1%", "a stop order has no slack"), ("offset: 1%", "a market order has no offset"),
        ("type: stop_limit, offset: 1%", "a stop_limit order needs slack"),
    ],
)  # fmt: skip
def test_any_other_entry_order_is_refused_with_the_list(call: Caller, tmp_path: Path, order: str, why: str) -> None:
    market = Market(tmp_path, config(deployments=[deployment(more=f"order: {{{order}}}")]), rows([100, 100]))
    said = call("check", market.file)
    assert said.code == 2
    assert why in said.err


def test_other_currencies_are_converted_into_that_of_the_portfolio() -> None:
    spec = b.run_spec(
        b.deployment_spec(instruments=("SAP",), size=b.SizeSpec(kind="weight", value=b.d("0.1"))),
        instruments=(b.instrument("SAP", currency="EUR"),),
        accounts=(b.account_spec(leverage=b.d(2)),),
    )
    made = b.engine(spec)
    made.step(b.fx_mark("1.10"))
    order = b.one(fx.Submit, made.step(b.bar(1, 50.0, 1.0, symbol="SAP")))
    # A tenth of a hundred thousand dollars, at 55 dollars each.
    assert order.qty == 181
    made.step(b.fill(order, 50))
    account = made.book.truth.accounts["main"]
    assert account.equity == 100_000
    made.step(b.bar(2, 52.0, 1.0, symbol="SAP"))
    assert account.equity == 100_000 + order.qty * 2 * Decimal("1.10")
    made.step(b.fx_mark("1.20", n=3))
    assert account.equity == 100_000 + order.qty * 2 * Decimal("1.20")


# --- emergencies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("px", "fires"), [(85.1, False), (85.0, True), (84.9, True)])
def test_the_emergency_stop_fires_at_fifteen_percent_and_not_before_in_its_order(px: float, fires: bool) -> None:
    spec = b.deployment_spec(size=b.SizeSpec(kind="weight", value=b.d(1)), exits=b.exits(stop_loss="0.5"))
    made = b.engine(b.run_spec(spec), rules=(bound(drawdown, reduce="off", limit="10%", flatten="15%"),))
    b.buy(made, 1, 100.0)
    (resting,) = b.working(made)
    found = made.step(b.bar(2, px, 1.0))
    kill = made.book.truth.kills.get("account:main")
    assert (kill is not None and kill.tier == FLATTEN) == fires
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)] == ([resting.oid] if fires else [])
    assert b.only(fx.Submit, found) == []
    if fires:
        # First everybody is told and the gate closed, then what is open is taken back, then what is held is sold.
        kinds = [type(effect) for effect in found]
        assert kinds.index(fx.Alert) < kinds.index(fx.Latch) < kinds.index(fx.Cancel)
        assert [level for level, _ in b.levels(found)] == ["critical"]
        sold = b.one(fx.Submit, made.step(b.update(resting, "cancelled", ts=at(2))))
        assert (sold.reduce_only, sold.side, sold.qty) == (True, Side.SELL, 1000)
        assert kill is not None
        assert kill.stage != Stage.DONE
        made.step(b.fill(sold, px, ts=at(2)))
        kill = made.book.truth.kills["account:main"]
        assert (b.held(made).qty, kill.stage, kill.left) == (0, Stage.DONE, ())


def test_an_emergency_halts_new_orders_and_exits_go_on(tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 40%")
    rules = (
        "{max_position: off}",
        "{daily_loss: off}",
        "{max_positions: off}",
        "{kind: drawdown, limit: 8%, flatten: off}",
    )
    bars = rows([(100, LONG), 100, 79, 79, (79, FLAT), 79], "AAA") + rows(
        [10, 10, 10, (10, LONG), 10, (10, AGAIN)], "BBB"
    )
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    told = market.told
    assert told.codes("BBB").count("LATCHED") == 2
    assert [(order.instrument, order.reduce_only) for order in told.orders] == [("AAA", False), ("AAA", True)]
