"""S3, position tracker: quantities, averages, profit, exits, statistics."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import events as ev
from openbell.core.book import EXTERNAL
from openbell.core.codes import Code
from openbell.core.types import OrderType, Side
from openbell.run.backtest import backtest
from tests.checklist.market import FLAT, HALF, LONG, SHORT, Market, Told, config, deployment, rows
from tests.cli.process import Said
from tests.core import build
from tests.core.build import at, d

Caller = Callable[..., Said]


def outside(n: int, side: Side, qty: object, px: object) -> ev.Fill:
    """Return an execution that the operator made at the broker's own terminal."""
    return ev.Fill(
        ts=at(n), account="main", instrument="AAPL", oid="", venue_order=f"B{n}", exec_id=f"E{n}", side=side,
        qty=d(qty), px=d(px), fee=d(0), fee_currency="USD", time=at(n),
    )  # fmt: skip


def test_one_fill_turns_long_into_short() -> None:
    made = build.engine()
    made.step(build.bar(1, 100.0))
    made.step(outside(1, Side.BUY, 10, 100))
    made.step(outside(2, Side.SELL, 25, 103))
    position = made.book.position(EXTERNAL, "AAPL")
    assert (position.qty, position.cost, position.realised) == (d(-15), d(-1545), d(30))
    assert position.average(made.book.instrument("AAPL")) == d(103)
    assert position.opened_ts == at(2)


def test_the_average_price_of_several_fills_is_their_mean_by_units() -> None:
    made = build.engine()
    order = build.one(build.fx.Submit, made.step(build.bar(1, 100.0, 1.0)))
    for n, (qty, px) in enumerate(((3, 100), (5, 101), (2, 103))):
        made.step(build.fill(order, px, qty=d(qty), exec_id=f"X{n}"))
    assert build.held(made).average(made.book.instrument("AAPL")) == d("101.1")
    assert build.held(made).qty == 10


def test_unrealised_profit_of_longs_and_shorts_in_two_currencies() -> None:
    spec = build.run_spec(
        build.deployment_spec(instruments=("AAPL", "SAP"), can_short=True),
        instruments=(build.instrument("SAP", currency="EUR"),),
        accounts=(build.account_spec(leverage=d(2)),),
    )
    made = build.engine(spec)
    made.step(build.fx_mark("1.10"))
    build.buy(made, 1, 100.0)
    build.buy(made, 1, 50.0, -1.0, symbol="SAP")
    made.step(build.bar(2, 103.5, float("nan")))
    made.step(build.bar(2, 48.0, float("nan"), symbol="SAP"))
    long, short = build.held(made), build.held(made, symbol="SAP")
    assert (long.qty, long.unrealised) == (10, d(10) * (d("103.5") - 100))
    assert (short.qty, short.unrealised) == (-10, d(10) * (50 - d(48)))
    account = made.book.truth.accounts["main"]
    assert account.equity == 100_000 + long.unrealised + short.unrealised * d("1.10")
    made.step(build.bar(3, 97.0, float("nan")))
    made.step(build.bar(3, 52.0, float("nan"), symbol="SAP"))
    assert (long.unrealised, short.unrealised) == (-30, -20)


def test_the_profit_of_all_trades_is_the_change_in_cash_by_average_cost(tmp_path: Path) -> None:
    path = [(100, HALF), 101, (103, LONG), 104, (99, HALF), 98, (101, FLAT), 102, (102, SHORT), 102, (98, LONG), 97,
            (97, FLAT), 96, 95]  # fmt: skip
    account = "cash: 100000 USD, spread: 0.02%, fees: {kind: per_share, rate: 0.005, minimum: 1}"
    market = Market(tmp_path, config(account=account, deployments=[deployment(more="short: true")]), rows(path))
    result = backtest(*market.prepare())
    account_now = result.book.truth.accounts["main"]
    trades = list(result.recorder.trades)
    assert [trade.side for trade in trades] == ["long", "short", "long"]
    assert not any(position.qty for position in result.book.all_positions())
    assert sum(trade.profit for trade in trades) == account_now.cash["USD"] - 100_000


def test_what_is_sold_leaves_at_the_average_cost() -> None:
    made = build.engine()
    made.step(build.bar(1, 100.0))
    for n, (side, px) in enumerate(((Side.BUY, 100), (Side.BUY, 104), (Side.SELL, 110)), 1):
        made.step(outside(n, side, 10, px))
    position = made.book.position(EXTERNAL, "AAPL")
    assert (position.qty, position.realised, position.cost) == (10, 10 * (110 - 102), 1020)


@pytest.mark.parametrize(
    ("bar", "px"), [((99, 99.5, 98, 98.5), "98"), ((99, 99.5, 97, 98.5), "98"), ((95, 96, 94, 95), "95")]
)
def test_a_stop_is_triggered_by_a_touch_and_filled_at_the_open_behind_a_gap(
    tmp_path: Path, bar: tuple[float, ...], px: str
) -> None:
    told = played(tmp_path, [(100, LONG), 100, bar, 99])
    assert [(fill.side, fill.px) for fill in told.fills] == [(Side.BUY, d(100)), (Side.SELL, d(px))]
    assert told.book.position("alpha", "AAA").qty == 0


def test_without_a_touch_no_stop_is_triggered(tmp_path: Path) -> None:
    assert len(played(tmp_path, [(100, LONG), 100, (99, 99.5, 98.01, 98.5), 99]).fills) == 1


def played(folder: Path, path: list[object], exits: str = "stop_loss: 2%, take_profit: 5%", more: str = "") -> Told:
    """Run one long (or short) of AAA with exits."""
    entry = deployment(more=f"exits: {{{exits}}}{more}")
    market = Market(folder, config(deployments=[entry]), rows(path))
    assert market.run() == 0
    return market.told


def test_crossing_the_target_sends_one_close_order_with_its_reason(tmp_path: Path) -> None:
    told = played(tmp_path, [(100, LONG), 100, (101, 106, 101, 106), 107, 108, 109])
    closing = [order for order in told.orders if order.reason == Code.TAKE_PROFIT]
    assert [(order.side, order.limit, order.reduce_only) for order in closing] == [(Side.SELL, d(105), True)]
    assert [(f.oid, f.qty, f.px) for f in told.fills[1:]] == [(closing[0].oid, closing[0].qty, d(105))]


def test_a_price_that_stays_beyond_the_stop_closes_once(tmp_path: Path) -> None:
    told = played(tmp_path, [(100, LONG), 100, (99, 99, 97, 97), 96, 95, 94, 93])
    (closing,) = [order for order in told.orders if order.reason == Code.STOP_LOSS]
    assert [fill.oid for fill in told.fills if fill.side is Side.SELL] == [closing.oid]
    assert told.book.position("alpha", "AAA").qty == 0


def test_a_price_that_stays_beyond_the_target_closes_once(tmp_path: Path) -> None:
    told = played(tmp_path, [(100, LONG), 100, (101, 106, 101, 106), 107, 108, 109, 110])
    (closing,) = [order for order in told.orders if order.reason == Code.TAKE_PROFIT]
    assert [fill.oid for fill in told.fills if fill.side is Side.SELL] == [closing.oid]
    assert told.book.position("alpha", "AAA").qty == 0


@given(st.lists(st.integers(-300, 300), min_size=1, max_size=40), st.booleans())
def test_a_trailing_stop_only_tightens(moves: list[int], is_long: bool) -> None:
    sign = 1 if is_long else -1
    spec = build.run_spec(
        build.deployment_spec(exits=build.exits(trail_frac="0.05"), can_short=True),
    )
    made, venue = build.engine(spec), build.exchange()
    build.turn(made, venue, build.bar(1, 100.0, float(sign)))
    build.turn(made, venue, build.bar(2, 100.0, float("nan")))
    assert build.held(made).qty == 10 * sign
    px = best = 100.0
    before = None
    for n, move in enumerate(moves, 3):
        start, px = px, max(px + move / 100, 1.0)
        build.turn(made, venue, build.bar(n, px, float("nan"), open=start))
        resting = [o for o in venue.floor.by_symbol["AAPL"] if o.type is OrderType.TRAILING]
        if not build.held(made).qty:
            break
        (stop,) = [order.stop for order in resting]
        assert stop is not None
        # A new best moves it, to five percent of the entry below it; nothing moves it back.
        best = (max if is_long else min)(best, px)
        assert stop == d(f"{best - 5 * sign:.2f}")
        assert before is None or (stop - before) * sign >= 0
        before = stop


def test_a_trailing_stop_follows_by_its_distance_and_closes_on_the_reversal(tmp_path: Path) -> None:
    path = [(100, LONG), 100, (100, 104, 100, 104), (104, 110, 104, 110), (110, 110, 108.01, 109), (109, 109, 107, 107)]
    told = played(tmp_path, path, "trailing: 2%")
    (closing,) = [order for order in told.orders if order.reason == Code.TRAILING_STOP]
    assert (closing.stop, closing.trail) == (d(98), d(2))
    assert [(f.oid, f.px, f.ts) for f in told.fills[1:]] == [(closing.oid, d(108), told.events(ev.Bar)[5].ts)]


def test_total_exposure_is_the_sum_of_absolute_market_values(call: Caller, tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", more="short: true")
    bars = rows([(10, LONG), 10, 12], "AAA") + rows([(20, SHORT), 20, 25], "BBB")
    market = Market(tmp_path, config(deployments=[entry]), bars)
    call("run", market.file, "--state", market.state, "--json")
    held = call("positions", market.state, "--json").data["positions"]
    assert [(row["instrument"], Decimal(row["qty"]), row["value"]) for row in held] == [
        ("AAA", 1000, "12000"),
        ("BBB", -500, "-12500"),
    ]
    assert "\nTotal Exposure: $24,500.00\n" in call("positions", market.state).out


def test_a_known_list_of_trades_gives_known_wins_and_losses(call: Caller, tmp_path: Path) -> None:
    path = [(100, LONG), 100, (104, FLAT), 104, (100, LONG), 100, (97, FLAT), 97, (100, LONG), 100, (101, FLAT), 101,
            (100, LONG), 100, (102, FLAT), 102]  # fmt: skip
    market = Market(tmp_path, config(deployments=[deployment(more="size: {quantity: 10}")]), rows(path))
    data = call("run", market.file, "--state", market.state, "--json").data
    assert [data[name] for name in ("trades", "wins", "losses", "win_rate")] == [4, 3, 1, "0.75"]
    assert (data["realised"], data["equity_end"]) == ("40", "100040")
    profits = [trade.profit for trade in backtest(*market.prepare()).recorder.trades]
    assert profits == [40, -30, 10, 20]


def test_a_position_lasts_from_its_first_fill_until_it_is_flat(tmp_path: Path) -> None:
    path = [100, (100, HALF), 100, (100, LONG), 100, 101, (101, HALF), 101, 101, (101, FLAT), 101, 101]
    market = Market(tmp_path, config(), rows(path))
    market.run()
    fills = market.told.fills
    assert [fill.side.value for fill in fills] == ["buy", "buy", "sell", "sell"]
    (trade,) = backtest(*market.prepare()).recorder.trades
    assert (trade.entry_ts, trade.exit_ts) == (fills[0].time, fills[-1].time)
    assert trade.exit_ts - trade.entry_ts == 8 * 60 * 10**9
