"""S5, risk implementation: sizing, peak, stops and targets of longs and shorts, limits, audit."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.effects import Latch
from openbell.core.types import Side
from tests.checklist.market import AGAIN, FLAT, FREE, LONG, SHORT, Market, Told, clock, config, deployment, rows
from tests.cli.process import Said

Caller = Callable[..., Said]
EXITS = "short: true\n    exits: {stop_loss: 2%, take_profit: 5%}"


@pytest.mark.parametrize(("px", "lot"), [(4601.37, "0.0001"), (340.11, "0.01"), (101.3, "1"), (1.07, "1000")])
def test_the_size_is_two_percent_of_the_portfolio_by_the_price_in_whole_lots(
    tmp_path: Path, px: float, lot: str
) -> None:
    entry = deployment(budget="capital: 100000 USD")
    instrument = f"kind: crypto, currency: USD, lot: {lot}, min_qty: {lot}"
    market = Market(tmp_path, config(instrument=instrument, deployments=[entry]), rows([(px, LONG), px]))
    market.run()
    exact = Decimal(100_000) * Decimal("0.02")
    (order,) = market.told.entered
    assert order.qty * Decimal(str(px)) <= exact < (order.qty + Decimal(lot)) * Decimal(str(px))
    assert order.qty % Decimal(lot) == 0


def test_S5_085_the_portfolio_is_what_it_is_worth_now(tmp_path: Path) -> None:
    entry = deployment(budget="capital: 100000 USD")
    instrument = "kind: crypto, currency: USD, lot: 0.1, min_qty: 0.1"
    bars = rows([(100, LONG), 100, (200, FLAT), 200, (200, LONG), 200])
    market = Market(tmp_path, config(instrument=instrument, deployments=[entry]), bars)
    market.run()
    # 20 bought at 100 and sold at 200 have made 2,000: two percent of 102,000 are 2,040.
    assert [order.qty for order in market.told.entered] == [20, Decimal("10.2")]


def test_the_peak_outlives_a_restart(call: Caller, tmp_path: Path) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 100%")
    rules = (*FREE, "{kind: drawdown, limit: 10%}")
    bars = rows([(100, LONG), 100, 120, 115, 110, 108.01, 108, (108, AGAIN)])
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run("--until", "2024-01-02T00:04")
    assert market.told.book.truth.accounts["main"].peak == 120_000
    market.run("--until", "2024-01-02T00:06")
    assert market.told.book.truth.latches == {}
    market.run()
    (latch,) = call("status", market.state, "--json").data["latches"]
    # From the peak of 120 before the restart: at 108 it is 10 percent, and still a gain since the start.
    assert (latch["kind"], "equity 108000.00" in latch["reason"]) == ("drawdown", True)


@pytest.mark.parametrize(("wish", "stop", "target"), [(LONG, "98", "105"), (SHORT, "102", "95")])
def test_stop_and_target_rest_at_the_exchange_mirrored_for_shorts(
    call: Caller, tmp_path: Path, wish: int, stop: str, target: str
) -> None:
    market = Market(tmp_path, config(deployments=[deployment(more=EXITS)]), rows([(100, wish), 100, 100]))
    market.run()
    resting = call("orders", market.state, "--open", "--json").data["open"]
    side = "sell" if wish == LONG else "buy"
    assert sorted((o["reason"], o["side"], o["stop"] or o["limit"], o["status"], o["qty"]) for o in resting) == [
        ("stop_loss", side, stop, "working", "100"), ("take_profit", side, target, "working", "100"),
    ]  # fmt: skip
    accepted = {update.oid for update in market.told.events(ev.OrderUpdate) if update.happening == "accepted"}
    assert {order["oid"] for order in resting} <= accepted


@pytest.mark.parametrize(
    ("wish", "bar", "reason", "px"),
    [
        (LONG, (99, 99, 98.01, 99), "", ""), (LONG, (99, 99, 98, 99), "STOP_LOSS", "98"),
        (LONG, (101, 104.99, 101, 101), "", ""), (LONG, (101, 105, 101, 101), "TAKE_PROFIT", "105"),
        (SHORT, (101, 101.99, 101, 101), "", ""), (SHORT, (101, 102, 101, 101), "STOP_LOSS", "102"),
        (SHORT, (99, 99, 95.01, 99), "", ""), (SHORT, (99, 99, 95, 99), "TAKE_PROFIT", "95"),
    ],
)  # fmt: skip
def test_stop_and_target_bind_exactly_at_their_price(
    tmp_path: Path, wish: int, bar: tuple[float, ...], reason: str, px: str
) -> None:
    told = after(tmp_path, wish, bar)
    closed = told.fills[1:]
    assert [(Code(told.book.truth.orders[f.oid].reason).name, f"{f.px:f}".rstrip("0").rstrip(".")) for f in closed] == (
        [(reason, px)] if reason else []
    )
    assert (told.book.position("alpha", "AAA").qty == 0) == bool(reason)


def after(folder: Path, wish: int, bar: tuple[float, ...]) -> Told:
    """Return what a position and one more bar come to."""
    market = Market(folder, config(deployments=[deployment(more=EXITS)]), rows([(100, wish), 100, bar]))
    market.run()
    return market.told


def test_at_the_limit_entries_are_refused_and_every_exit_works(call: Caller, tmp_path: Path) -> None:
    names = ["AAA", "BBB", "CCC", "DDD"]
    ends = {"AAA": [97, 97], "BBB": [106, 106], "CCC": [100, 100], "DDD": [100, 100]}
    bars = [bar for name in names for bar in rows([(100, LONG), 100, 100, *ends[name]], name)]
    rules = ("{max_position: off}", "{daily_loss: off}", "{kind: max_positions, limit: 3}")
    entry = deployment(symbols=", ".join(names), more="exits: {stop_loss: 2%, take_profit: 5%}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run("--until", "2024-01-02T00:03")
    assert [order.instrument for order in market.told.entered] == names[:3]
    why = call("why", market.state, "DDD", "--at", "2024-01-02T00:01").out
    assert "decided: R205 max_positions" in why
    call("kill", market.state, "--scope", "instrument:CCC", "--close", "--reason", "by hand")
    market.run()
    told = market.told
    left = {f.instrument: Code(told.book.truth.orders[f.oid].reason).name for f in told.fills if f.side is Side.SELL}
    assert left == {"AAA": "STOP_LOSS", "BBB": "TAKE_PROFIT", "CCC": "EMERGENCY_STOP"}


def test_one_deployment_trades_several_symbols(tmp_path: Path) -> None:
    bars = rows([(100, LONG), 100, 100], "AAA") + rows([50, (50, LONG), 50], "BBB")
    market = Market(tmp_path, config(deployments=[deployment(symbols="AAA, BBB")]), bars)
    market.run()
    assert {(fill.instrument, int(fill.qty)) for fill in market.told.fills} == {("AAA", 100), ("BBB", 200)}
    assert {order.deployment for order in market.told.orders} == {"alpha"}


PAUSED = {
    "daily_loss": "{kind: daily_loss, limit: 2%, warn: off, pause: 120s}",
    "drawdown": "{kind: drawdown, limit: 2%, reduce: off, flatten: off, pause: 120s}",
}


@pytest.mark.parametrize("rule", PAUSED)
@pytest.mark.parametrize(
    ("later", "first"), [(100, "2024-01-02 00:05"), (97, "")], ids=["the limit holds again", "it is still broken"]
)
def test_a_pause_of_a_limit_ends_by_itself_and_at_its_very_end_an_entry_passes(
    tmp_path: Path, rule: str, later: float, first: str
) -> None:
    entries = [
        deployment(budget="capital: 100000 USD, per_position: 80%"),
        deployment("beta", "BBB", budget="capital: 100000 USD, per_position: 1%"),
    ]
    # The fall is seen at three minutes past; one pause later, to the nanosecond, the second symbol may be entered.
    bars = rows([(100, LONG), 100, 97, *[later] * 6], "AAA") + rows(
        [10, 10, 10, (10, LONG), (10, AGAIN), 10, 10], "BBB"
    )
    market = Market(tmp_path, config(deployments=entries, rules=(*FREE, PAUSED[rule])), bars)
    market.run("--until", "2024-01-02T00:04")
    market.run()
    told = market.told
    assert [(clock(ts, "UTC"), code) for ts, code in told.decided("BBB", "beta") if code != "NO_SIGNAL"] == [
        ("2024-01-02 00:04", "LATCHED"), ("2024-01-02 00:05", "REBALANCE" if first else "LATCHED")
    ]  # fmt: skip
    opened = [
        entry.event.ts for entry in told.entries for one in entry.effects if isinstance(one, Latch) and not one.is_on
    ]
    assert [clock(ts, "UTC") for ts in opened] == ([first] if first else [])
    assert [latch.release for latch in told.book.truth.latches.values()] == ([] if first else [RELEASE[rule]])


RELEASE = {"daily_loss": "session", "drawdown": "time"}
