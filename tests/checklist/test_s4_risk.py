"""S4, risk: sizes, volatility, cash, time, emergencies, and the way back, each at its edge."""

from pathlib import Path
from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.enable import account_digits
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec, SizeSpec
from openbell.core.types import NS, Side, Status
from openbell.parts.rules import disconnect, drawdown, symbol_volatility
from openbell.parts.rules._history import volatility
from openbell.run import state
from tests.checklist.market import AGAIN, FREE, LONG, NONE, Market, clock, config, deployment, row, rows
from tests.core import build as b
from tests.core.build import at
from tests.parts.rules.scene import bound, codes, engine, gates, link, priced

NEW_YORK = {"tz": "America/New_York", "instrument": "kind: stock, calendar: NYSE"}


# --- sizes, volatility, cash ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cash", "worth"), [(10_000, 200), (24_900, 498), (25_000, 500), (25_100, 500), (100_000, 500)]
)
def test_of_a_share_and_an_amount_the_smaller_one_is_the_size(tmp_path: Path, cash: int, worth: int) -> None:
    entry = deployment(budget=f"capital: {cash} USD, per_position: 2%, max_position: 500 USD")
    market = Market(tmp_path, config(account=f"cash: {cash} USD", deployments=[entry]), rows([(1, LONG), 1]))
    market.run()
    assert [int(order.qty) for order in market.told.entered] == [worth]


@pytest.mark.parametrize(("yearly", "found"), [(0.29, ()), (0.31, (Code.SYMBOL_VOLATILITY,))])
def test_a_symbol_of_31_percent_volatility_is_refused_and_one_of_29_is_not(
    yearly: float, found: tuple[int, ...]
) -> None:
    book = priced()
    closes, step = [100.0], yearly
    # Up and down by one step a session; the step is fitted until a year of it moves as much as is asked for.
    for _ in range(60):
        closes = [100.0 if n % 2 else 100.0 * (1.0 + step) for n in range(21)]
        step *= yearly / volatility(closes, 20, 252)
    assert volatility(closes, 20, 252) == pytest.approx(yearly)
    book.truth.marks["AAPL"].closes = closes
    assert codes(book, b.draft("buy", 1), bound(symbol_volatility, limit="30%")) == found


@pytest.mark.parametrize(("qty", "code"), [(899, "SIGNAL_LONG"), (900, "SIGNAL_LONG"), (901, "MIN_CASH")])
def test_an_order_that_would_leave_less_than_a_tenth_in_cash_is_refused(tmp_path: Path, qty: int, code: str) -> None:
    entry = deployment(budget="capital: 100000 USD", more=f"size: {{quantity: {qty}}}")
    rules = (*FREE, "{kind: min_cash, limit: 10%}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), rows([(100, LONG), 100]))
    market.run()
    assert market.told.codes()[0] == code


# --- time -------------------------------------------------------------------------------------------------------


def test_an_order_unfilled_for_five_minutes_is_cancelled_and_the_venue_confirms_it(tmp_path: Path) -> None:
    entry = deployment(more="order: {type: limit}")
    path: list[Any] = [(100, LONG), *[101] * 8]
    rules = (*FREE, "{kind: order_timeout, after: 300s}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), rows(path))
    market.run("--until", "2024-01-02T00:05")
    (order,) = market.told.book.truth.orders.values()
    assert order.status is Status.WORKING
    market.run()
    (order,) = market.told.book.truth.orders.values()
    (cancel,) = market.told.effects(fx.Cancel)
    (said,) = [update for update in market.told.events(ev.OrderUpdate) if update.happening == "cancelled"]
    assert (order.status, cancel.reason, cancel.oid) == (Status.CANCELLED, Code.ORDER_TIMEOUT, said.oid)
    assert clock(said.time, "UTC") == "2024-01-02 00:06"


@pytest.mark.parametrize(("dips", "is_filled"), [(5, True), (6, False)])
def test_a_bar_that_ends_with_an_orders_time_still_fills_it(tmp_path: Path, dips: int, is_filled: bool) -> None:
    entry = deployment(more="order: {type: limit}")
    path: list[Any] = [(100, LONG), *[101] * 8]
    path[dips] = (101, 101, 99, 101)
    rules = (*FREE, "{kind: order_timeout, after: 300s}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), rows(path))
    market.run()
    (order, *_) = market.told.book.truth.orders.values()
    # Sent at 00:01, it may work until 00:06: that is the end of the fifth bar behind its own.
    assert (order.status is Status.FILLED) is is_filled


@pytest.mark.parametrize(("day", "close"), [("2024-01-02", "15:30"), ("2024-07-03", "12:30")])
def test_what_is_held_is_sold_thirty_minutes_before_the_close_also_on_half_days(
    tmp_path: Path, day: str, close: str
) -> None:
    hour, minute = map(int, close.split(":"))
    bars = [
        row(f"{day} {(hour * 60 + minute + n) // 60:02}:{(minute + n) % 60:02}", 100, LONG if n == -20 else NONE)
        for n in range(-20, 29)
    ]
    entry = deployment(more="overnight: false")
    rules = (*FREE, "{kind: near_close, entries: 30m, flatten: 30m}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules, **NEW_YORK), bars)
    market.run()
    assert [(fill.side, clock(fill.time)[11:]) for fill in market.told.fills] == [
        (Side.BUY, f"{(hour * 60 + minute - 19) // 60:02}:{(minute - 19) % 60:02}"), (Side.SELL, close)
    ]  # fmt: skip
    assert market.told.book.position("alpha", "AAA").qty == 0


# --- emergencies ------------------------------------------------------------------------------------------------


def falling(folder: Path, rule: str, px: float) -> Market:
    """Two holdings of half of the money each, and both fall to a price."""
    entry = deployment(symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 50%")
    bars = rows([(100, LONG), 100, px, px, px, px], "AAA") + rows([(100, LONG), 100, px, px, px, px], "BBB")
    market = Market(folder, config(deployments=[entry], rules=(*FREE, rule)), bars)
    market.run()
    return market


@pytest.mark.parametrize(
    ("rule", "px", "fires"),
    [
        ("{kind: drawdown, limit: 10%, flatten: 15%}", 85.1, False), ("{kind: drawdown, limit: 10%, flatten: 15%}", 85, True),
        ("{kind: daily_loss, limit: 3%, flatten: 5%}", 95.1, False), ("{kind: daily_loss, limit: 3%, flatten: 5%}", 95, True),
    ],
)  # fmt: skip
def test_at_its_last_stage_a_limit_halts_and_then_sells_everything(
    tmp_path: Path, rule: str, px: float, fires: bool
) -> None:
    told = falling(tmp_path, rule, px).told
    held = {position.instrument: position.qty for position in told.book.all_positions()}
    if not fires:
        # The stage before has closed the gate and sold nothing.
        assert held == {"AAA": 500, "BBB": 500}
        assert [kill.tier for kill in told.book.truth.kills.values()] in ([], [1])
        return
    assert held == {"AAA": 0, "BBB": 0}
    kill = told.book.truth.kills["account:main"]
    assert (kill.tier, kill.stage, kill.left) == (3, "done", ())
    steps = [
        "latch" if isinstance(effect, fx.Latch) else "sale"
        for entry in told.entries
        for effect in entry.effects
        if isinstance(effect, fx.Latch) or (isinstance(effect, fx.Submit) and effect.reduce_only)
    ]
    assert steps[0] == "latch"
    assert steps.count("sale") == 2
    texts = [alert.text for alert in told.effects(fx.Alert)]
    assert any("2 of 2 holdings closed; flat" in text for text in texts)


def silent_for(seconds: int) -> tuple[Engine, list[fx.Effect]]:
    """Let the order channel be silent for a time, with an entry working, and deliver every timer that is due."""
    made = engine(disconnect, {"hold": "60s", "cancel": "300s"}, accounts=[b.account_spec(outside=OutsideSpec())])
    made.step(link(1, is_up=True))
    made.book.truth.contacts["main"].is_ready = True
    entry = b.one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    made.step(b.update(entry, "accepted", ts=at(2)))
    made.step(link(2, is_up=False))
    found: list[fx.Effect] = []
    timers = made.book.truth.timers
    while due := sorted(
        key for key, when in timers.items() if key.startswith("/disconnect/") and when <= at(2) + seconds * NS
    ):
        key = min(due, key=lambda name: timers[name])
        found += made.step(ev.Timer(ts=timers[key], deployment="", name=key[1:]))
    return made, found


@pytest.mark.parametrize(("seconds", "is_held"), [(59, False), (60, True), (61, True)])
def test_sixty_seconds_without_the_broker_halt_new_risk(seconds: int, is_held: bool) -> None:
    made, effects = silent_for(seconds)
    assert gates(made) == (["disconnect/account:main"] if is_held else [])
    told = [alert.text for alert in b.only(fx.Alert, effects) if alert.level == "critical"]
    assert told == (["main stopped: the order channel is silent"] if is_held else [])
    found = codes(made.book, b.draft("buy", 1), bound(disconnect, hold="60s"), at(2) + seconds * NS)
    assert (Code.LATCHED in found) == is_held


@pytest.mark.parametrize(("seconds", "fires"), [(299, False), (300, True), (301, True)])
def test_three_hundred_seconds_without_the_broker_take_the_orders_back(seconds: int, fires: bool) -> None:
    made, found = silent_for(seconds)
    # The halt has asked for it once; this is the emergency's own.
    assert any(cancel.reason == Code.DISCONNECTED for cancel in b.only(fx.Cancel, found)) == fires
    assert gates(made) == ["disconnect/account:main"]


# --- the way back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["disk", "mismatch"])
def test_a_sick_machine_or_a_difference_stops_the_way_back_until_it_is_gone(what: str) -> None:
    made = b.engine()
    made.step(b.command("kill", n=1, tier=1))
    truth = made.book.truth
    if what == "disk":
        made.step(ev.DiskState(ts=at(2), is_healthy=False, text="EIO"))
    else:
        truth.mismatched["main/AAPL"] = "the venue has 5, we have 0"
    told = b.one(fx.Alert, made.step(b.enable(made, n=3)))
    assert (told.level, list(truth.latches)) == ("error", ["kill/all"])
    assert ("disk" if what == "disk" else "main/AAPL disagrees") in told.text
    if what == "disk":
        made.step(ev.DiskState(ts=at(4), is_healthy=True, text=""))
    else:
        del truth.mismatched["main/AAPL"]
    made.step(b.enable(made, n=5, key="again"))
    assert (truth.latches, truth.kills) == ({}, {})


def watched(*closes: float) -> tuple[list[list[tuple[str, str]]], Engine]:
    """Hold everything in one instrument bought at 100; return the alerts that each close brings, and the engine."""
    spec = b.deployment_spec(size=SizeSpec(kind="weight", value=b.d(1)))
    made = b.engine(b.run_spec(spec), rules=(bound(drawdown, reduce="5%", limit="8%", flatten="off"),))
    b.buy(made, 1, 100.0)
    return [b.levels(made.step(b.bar(n, px, 1.0))) for n, px in enumerate(closes, 2)], made


def test_a_drawdown_warns_once_and_again_only_after_it_was_a_fifth_smaller() -> None:
    warned = [("warning", "drawdown:warn/main")]
    assert watched(95.1, 95.0, 94.9, 95.0, 95.9, 94.9, 96.1, 95.0)[0] == [[], warned, [], [], [], [], [], warned]


@pytest.mark.parametrize(("px", "is_critical"), [(92.1, False), (92.0, True), (91.9, True)])
def test_a_critical_drawdown_is_told_and_halts(px: float, is_critical: bool) -> None:
    (_, found), made = watched(95.0, px)
    assert [level for level, _ in found if level == "critical"] == (["critical"] if is_critical else [])
    assert gates(made) == (["drawdown/account:main"] if is_critical else [])


def test_after_a_critical_alert_no_new_order_goes_out_until_a_person_says_so(tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 40%")
    rules = (*FREE, "{kind: drawdown, limit: 8%, flatten: off}")
    bars = rows([(100, LONG), 100, 79, 79, 79, 79], "AAA") + rows([10, 10, 10, (10, LONG), 10, (10, AGAIN)], "BBB")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run()
    told = market.told
    made = [(entry.event.ts, effect) for entry in told.entries for effect in entry.effects]
    first = next(ts for ts, effect in made if isinstance(effect, fx.Alert) and effect.level == "critical")
    sent = [ts for ts, effect in made if isinstance(effect, fx.Submit)]
    assert (len(sent), max(sent) < first) == (1, True)
    assert told.codes("BBB").count("LATCHED") == 2


@pytest.mark.parametrize(("px", "left"), [(85.1, 500), (85, 375), (84.9, 375)])
def test_at_fifteen_percent_every_position_is_cut_by_a_quarter_and_its_stop_shrinks_with_it(
    tmp_path: Path, px: float, left: int
) -> None:
    rules = (*FREE, "{kind: drawdown, limit: 15%, reduce: off, flatten: off}", "{kind: cut, share: 25%}")
    money = "capital: 100000 USD, per_position: 50%"
    entry = deployment(symbols="AAA, BBB", budget=money, more="exits: {stop_loss: 50%}")
    bars = [one for symbol in ("AAA", "BBB") for one in rows([(100, LONG), 100, px, px, px], symbol)]
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run()
    book = market.told.book
    assert {one.instrument: one.qty for one in book.all_positions()} == {"AAA": left, "BBB": left}
    resting = [order for orders in book.open_orders.values() for order in orders.values()]
    assert [(order.stop, order.qty) for order in resting] == [(50, left)] * 2
    assert list(book.truth.latches) == ([] if left == 500 else ["drawdown/account:main"])


def said(market: Market, kind: str, **fields: Any) -> None:
    """Leave a word that the next start takes first."""
    state.leave_command(market.state, ev.Command(ts=0, id=kind, kind=kind, actor="op", reason="test", **fields))


def test_behind_enable_each_feed_tells_something_new_and_a_trial_order_is_taken_back_before_an_entry_passes(
    tmp_path: Path,
) -> None:
    rules = (*FREE, "{kind: recovery}")
    # The second feed is silent from three to six minutes past.
    late = [*rows([10, 10, 10], "BBB"), *rows([10] * 5, "BBB", start="2024-01-02 00:06")]
    bars = [*rows([100, 100, 100, 100, 100, (100, LONG), (100, AGAIN), (100, AGAIN), 100, 100, 100]), *late]
    entry = deployment(symbols="AAA, BBB")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run("--until", "2024-01-02T00:03")
    said(market, "kill", tier=1)
    market.run("--until", "2024-01-02T00:04")
    said(market, "enable", digits=account_digits(market.told.book, "main"))
    market.run()
    told = market.told
    decided = [(clock(ts, "UTC")[11:], code) for ts, code in told.decided("AAA") if code not in ("NO_SIGNAL", "KILLED")]
    # The feed's next bar closes at seven, and the trial order is back before the bar of eight.
    assert decided == [("00:06", "LATCHED"), ("00:07", "LATCHED"), ("00:07", "TRIAL_ORDER"), ("00:08", "REBALANCE")]
    trial, entered = told.entered
    assert (trial.limit, trial.qty, entered.instrument) == (75, 1, "AAA")
    order = told.book.truth.orders[trial.oid]
    assert (order.status, order.filled, told.book.truth.latches) == (Status.CANCELLED, 0, {})
    happened = [one.happening for one in told.events(ev.OrderUpdate) if one.oid == trial.oid]
    assert happened == ["accepted", "cancelled"]
