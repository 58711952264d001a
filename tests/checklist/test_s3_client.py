"""S3: the samples of orders and positions, and limits that are named, overnight, in currencies, by the record."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from openbell import (
    OrderManager,
    OrderRequest,
    OrderSide,
    OrderStatus,
    OrderType,
    Position,
    PositionSide,
    connect,
)
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import Status
from openbell.run.orders import UnknownOrder
from openbell.run.web.follow import Follower
from tests.checklist.market import FLAT, HALF, LONG, SHORT, Market, clock, config, deployment, row, rows, stamp
from tests.cli.process import Said, begin, records, until
from tests.core import build as b
from tests.core.build import d

Caller = Callable[..., Said]


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    """A run that goes on, at 150, with a deployment that takes orders."""
    entry = deployment(symbols="AAPL", strategy="manual", budget="capital: 100000 USD, per_position: 100%")
    free = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}", "{kind: order_notional, limit: 20%}")
    made = Market(tmp_path, config(deployments=[entry], rules=free), rows([150.0] * 4_000, "AAPL"))
    process = begin(tmp_path, "run", made.file, "--state", made.state, "--speed", "600x")
    until(lambda: records(made.state) > 3, "the first bars")
    yield made
    process.terminate()
    process.communicate(timeout=180)


def test_the_sample_of_an_order_makes_a_bracket_at_the_venue(market: Market) -> None:
    order_manager = OrderManager(market.state)
    # As printed in the document.
    order = OrderRequest(
        symbol="AAPL",
        side=OrderSide.BUY,
        quantity=100,
        order_type=OrderType.MARKET,
        stop_loss=145.0,
        take_profit=155.0,
    )
    success, msg = order_manager.submit_order(order)
    assert (success, msg) == (True, "SUBMITTED")
    order_id = order.order_id
    until(lambda: order_manager.get_order_status(order_id) is OrderStatus.FILLED, "the fill")
    until(lambda: sum(o.status is Status.WORKING for o in market.told.book.truth.orders.values()) == 2, "the bracket")
    guards = [order for order in market.told.orders if order.reduce_only]
    assert [(str(one.type), one.stop or one.limit, one.qty) for one in guards] == [
        ("stop", Decimal(145), 100), ("limit", Decimal(155), 100),
    ]  # fmt: skip
    # One of a group takes the other back.
    assert len({one.oco for one in guards}) == 1
    with pytest.raises(UnknownOrder):
        order_manager.get_order_status("nothing")
    sold = OrderRequest(symbol="AAPL", side=OrderSide.SELL, quantity=100)
    assert order_manager.submit_order(sold) == (True, "SUBMITTED")
    until(lambda: order_manager.get_order_status(sold.order_id) is OrderStatus.FILLED, "the sale")
    history = Follower(market.state)
    until(lambda: history.look() or history.streams["trades"], "the closed trade")
    history.close()
    assert [row["reason"] for row in history.streams["trades"]] == ["S043 manual"]


def test_a_refused_order_says_why(market: Market) -> None:
    order_manager = OrderManager(market.state)
    success, msg = order_manager.submit_order(OrderRequest(symbol="AAPL", side=OrderSide.BUY, quantity=500))
    assert (success, msg) == (False, "R217 order_notional")


def test_the_sample_of_a_position_runs_unchanged() -> None:
    position = Position(
        symbol="AAPL",
        quantity=100,
        side=PositionSide.LONG,
        entry_price=150.0,
        stop_loss=145.0,
        take_profit=155.0,
    )
    position.update_price(152.0)
    assert position.unrealized_pnl == Decimal("200.00")
    should_close, reason = position.check_exit_conditions()
    assert (should_close, reason) == (False, "")
    position.update_price(145.0)
    assert position.check_exit_conditions() == (True, "stop_loss")


# --- limits and the record --------------------------------------------------------------------------------------


def test_a_refusal_names_position_portfolio_and_drawdown(tmp_path: Path) -> None:
    entry = deployment(
        symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 40%", more="exits: {stop_loss: 20%}"
    )
    rules = (
        "{daily_loss: off}", "{max_positions: off}", "{kind: max_position, limit: 39%}",
        "{kind: portfolio_risk, limit: 8%}", "{kind: drawdown, limit: 1%, reduce: off, flatten: off}",
    )  # fmt: skip
    # A first position within the limits loses; the next one passes all three.
    bars = [*rows([(100, HALF), 100, 93, 93, 93], "AAA"), *rows([100, 100, 100, (100, LONG), 100], "BBB")]
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    (note,) = [effect.text for effect in market.told.effects(b.fx.Note) if effect.kind == "denied"]
    assert all(word in note for word in ("max_position", "portfolio_risk", "drawdown"))
    assert [order.instrument for order in market.told.entered] == ["AAA"]


def test_what_must_not_stay_overnight_is_sold_before_the_close(tmp_path: Path) -> None:
    bars = [row(stamp(n, "2024-01-02 15:20"), 100, LONG if n == 2 else 1) for n in range(40)]
    bars += [row("2024-01-03 09:30", 100)]
    for overnight, sold in (("false", ["2024-01-02 15:50"]), ("true", [])):
        folder = tmp_path / overnight
        folder.mkdir()
        entry = deployment(more=f"overnight: {overnight}")
        text = config(tz="America/New_York", instrument="kind: stock, calendar: NYSE", deployments=[entry],
                      rules=("{max_position: off}", "{kind: near_close, entries: 30m, flatten: 10m}"))  # fmt: skip
        market = Market(folder, text, bars)
        assert market.run() == 0
        sales = [fill for fill in market.told.fills if fill.side.value == "sell"]
        assert [clock(fill.time) for fill in sales] == sold


@pytest.mark.parametrize(("limit", "taken"), [("5%", 2), ("10%", 4), ("4.2%", 2), ("4.19%", 1)])
def test_the_sum_of_all_stops_never_passes_its_limit(tmp_path: Path, limit: str, taken: int) -> None:
    symbols = [f"S{chr(65 + n)}" for n in range(8)]
    entry = deployment(
        symbols=", ".join(symbols), budget="capital: 100000 USD, per_position: 10%", more="exits: {stop_loss: 20%}"
    )
    rules = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}",
             f"{{kind: portfolio_risk, limit: {limit}, gap: 1%}}")  # fmt: skip
    bars = [
        bar
        for n, symbol in enumerate(symbols)
        for bar in rows([(100, LONG if i == n else 1) for i in range(10)], symbol)
    ]
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    # Each position of 10 % loses a fifth at its stop, and a hundredth more for a gap: 2.1 % of the account.
    assert len(market.told.entered) == taken
    assert "PORTFOLIO_RISK" in market.told.codes(symbols[-1])


def test_net_exposure_is_long_less_short(call: Caller, tmp_path: Path) -> None:
    both = deployment(symbols="AAA, BBB", more="short: true\n    size: {quantity: 50}")
    longer = deployment("beta", symbols="AAA", more="size: {quantity: 50}")
    bars = [*rows([(10, LONG), 10, 10], "AAA"), *rows([(10, SHORT), 10, 10], "BBB")]
    market = Market(tmp_path, config(deployments=[both, longer]), bars)
    assert market.run() == 0
    book = market.told.book
    assert {(p.instrument, p.qty) for p in book.all_positions() if p.qty} == {("AAA", 50), ("BBB", -50)}
    account = next(iter(book.truth.accounts))
    assert connect(market.state).metrics()[account]["net_exposure"] == 500


def test_commission_stands_with_each_fill_each_position_and_in_base_currency() -> None:
    spec = b.run_spec(
        b.deployment_spec(instruments=("SAP",)),
        instruments=(b.instrument("SAP", currency="EUR"),),
        accounts=(b.account_spec(leverage=d(2)),),
    )
    made = b.engine(spec)
    made.step(b.fx_mark("1.10"))
    order = b.one(b.fx.Submit, made.step(b.bar(1, 50.0, 1.0, symbol="SAP")))
    for n, (qty, fee) in enumerate(((4, "1.5"), (6, "2.5"))):
        made.step(b.fill(order, 50, qty=d(qty), exec_id=f"X{n}", fee=d(fee), fee_currency="EUR"))
    position = b.held(made, symbol="SAP")
    assert [execution.fee for execution in made.book.truth.orders[order.oid].executions.values()] == [
        d("1.5"),
        d("2.5"),
    ]
    assert position.fees == 4
    account = made.book.truth.accounts["main"]
    assert account.equity == 100_000 - 4 * d("1.10")


def test_the_history_of_an_order_is_kept_with_its_times(tmp_path: Path) -> None:
    entry = deployment(more="exits: {stop_loss: 2%, take_profit: 5%}")
    market = Market(tmp_path, config(deployments=[entry]), rows([(100, LONG), 100, (101, 106, 101, 106), 106, 106]))
    assert market.run() == 0
    told: dict[str, list[tuple[str, int]]] = {}
    for one in market.told.entries:
        for effect in one.effects:
            if isinstance(effect, fx.Submit):
                told[effect.oid] = [("sent", one.event.ts)]
        if isinstance(one.event, ev.OrderUpdate | ev.Fill):
            word = one.event.happening if isinstance(one.event, ev.OrderUpdate) else "filled"
            told[one.event.oid].append((word, one.event.ts))
    # The entry, its stop, and its target, which takes the stop back.
    assert [[(word, clock(ts, "UTC")[11:]) for word, ts in history] for history in told.values()] == [
        [("sent", "00:01"), ("accepted", "00:01"), ("filled", "00:02")],
        [("sent", "00:02"), ("accepted", "00:02"), ("cancelled", "00:03")],
        [("sent", "00:02"), ("accepted", "00:02"), ("filled", "00:03")],
    ]
    kept = market.told.book.truth.orders
    for oid, history in told.items():
        ended = (str(kept[oid].status), kept[oid].sent_ts, kept[oid].changed_ts)
        assert ended == (history[-1][0], history[0][1], history[-1][1])


def test_the_kill_switch_comes_before_every_other_reason(tmp_path: Path, call: Caller) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 90%")
    rules = ("{daily_loss: off}", "{kind: max_position, limit: 1%}", "{kind: order_notional, limit: 1%}")
    market = Market(
        tmp_path, config(deployments=[entry], rules=rules), rows([100, (100, LONG), 100, (100, FLAT), (100, LONG), 100])
    )
    assert market.run("--until", "2024-01-02T00:01") == 0
    call("kill", market.state, "--reason", "by hand")
    assert market.run() == 0
    codes = [
        code for _, code in market.told.decided() if code not in ("NO_SIGNAL", "ALREADY_AT_TARGET", "WAITING_FOR_ORDER")
    ]
    assert (set(codes), market.told.orders) == ({Code.KILLED.name}, [])


def test_the_venues_id_is_stored_before_the_next_cycle(tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([(100, LONG), 100, (100, FLAT), 100, (100, LONG), 100, 100]))
    assert market.run() == 0
    entries, orders = market.told.entries, market.told.orders
    assert len(orders) == 3
    for order in orders:
        sent = next(n for n, entry in enumerate(entries) if order in entry.effects)
        named = next(
            n for n, e in enumerate(entries) if getattr(e.event, "oid", "") == order.oid and e.event.venue_order
        )
        later = next((n for n, e in enumerate(entries) if n > sent and isinstance(e.event, ev.Bar)), len(entries))
        assert sent < named < later
