"""S2: sizes, stops, accounts, hours and the life of a trader, on the simulated exchange."""

import math
import statistics
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openbell import LiveTrader, LiveTradingConfig, ProgramError, Status, StrategyConfig
from openbell.config.meaning import document_of_program
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import Status as OrderState
from openbell.edges.instruments.load import Config as Options
from openbell.edges.instruments.load import instrument
from openbell.edges.logs.book import MAIN
from openbell.parts.rules import correlation
from openbell.run.logbook import FOLDER
from tests.checklist.market import FLAT, LONG, NONE, SHORT, Market, clock, config, deployment, row, rows
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, priced

FREE = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


# --- sizes and stops --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [LONG, SHORT])
@pytest.mark.parametrize(
    "fees",
    ["kind: per_notional, rate: 0.001", "kind: per_share, rate: 0.02, minimum: 1",
     "kind: maker_taker, maker: 0.0004, taker: 0.001"],
)  # fmt: skip
def test_one_percent_of_the_balance_is_lost_at_the_stop_with_all_fees(tmp_path: Path, fees: str, side: int) -> None:
    entry = deployment(
        budget="capital: 100000 USD", more="size: {risk: 1.0%}\n    exits: {stop_loss: 2%}\n    short: true"
    )
    stop = 98 if side == LONG else 102
    bars = rows([(100, side), 100, (100, max(100, stop), min(100, stop), stop), stop])
    account = f"cash: 100000 USD, leverage: 2, fees: {{{fees}}}"
    market = Market(tmp_path, config(deployments=[entry], account=account), bars)
    market.run()
    book = market.told.book
    lost = 100_000 - book.truth.accounts["main"].cash["USD"]
    assert book.position("alpha", "AAA").qty == 0
    assert [fill.px for fill in market.told.fills] == [100, stop]
    assert sum(fill.fee for fill in market.told.fills) > 0
    # As much as may be: fees are counted at the dearer of both prices, in whole cents.
    assert 990 < lost <= 1_000


@pytest.mark.parametrize(
    ("symbol", "px", "stop", "risk"),
    [("USDJPY", 151.37, "0.43", "0.1"), ("USDJPY", 98.5, "1.1", "0.5"), ("EURUSD", 1.0837, "0.6", "0.2")],
)
def test_lots_are_the_balance_at_risk_by_the_distance_of_the_stop_and_what_it_is_worth(
    tmp_path: Path, symbol: str, px: float, stop: str, risk: str
) -> None:
    entry = deployment(
        symbols=symbol, budget="capital: 100000 USD", more=f"size: {{risk: {risk}%}}\n    exits: {{stop_loss: {stop}%}}"
    )
    market = Market(
        tmp_path,
        config(instrument="kind: fx, calendar: 24x7", deployments=[entry]),
        rows([px, (px, LONG), px, px], symbol),
    )
    assert market.run() == 0
    (order,) = market.told.entered
    tick = Fraction(1, 1000) if symbol.endswith("JPY") else Fraction(1, 100_000)
    distance = math.ceil(Fraction(str(px)) * Fraction(stop) / 100 / tick) * tick
    worth = distance / Fraction(str(px)) if symbol.endswith("JPY") else distance
    exact = 100_000 * Fraction(risk) / 100 / worth
    assert order.qty == exact // 1000 * 1000
    assert 0 < order.qty < exact < order.qty + 1000


def played(folder: Path, exits: str, wish: int = LONG) -> Market:
    """Run a path that goes up (or down) after a calm in which true ranges are 1.

    Now and then it comes back by a half.
    """
    folder.mkdir()
    sign = 1 if wish == LONG else -1
    bars: list[Any] = [((100, 100.5, 99.5, 100), NONE)] * 20 + [((100, 100.5, 99.5, 100), wish)]
    for step in (0, 1, 2, 1.5, 3, 2.5, 4):
        px = 100 + sign * step
        bars.append((px, px + 0.5, px - 0.5, px))
    entry = deployment(more=f"short: true\n    exits: {{{exits}}}")
    market = Market(folder, config(deployments=[entry]), rows(bars))
    assert market.run() == 0
    return market


def test_without_trailing_the_stop_never_moves(tmp_path: Path) -> None:
    trader = LiveTradingConfig()
    trader.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"]))
    for is_on in (True, False):
        trader.risk.trailing_stop_enabled = is_on
        (made,) = document_of_program(trader)["deployments"]
        assert ("trailing" in made["exits"]) is is_on
    told = played(tmp_path / "fixed", "stop_atr: 2").told
    assert [order.stop for order in told.orders if order.stop is not None] == [98]
    assert told.effects(fx.Amend) == []
    assert [order.status for order in told.book.truth.orders.values() if order.stop is not None] == [OrderState.WORKING]


@pytest.mark.parametrize(("wish", "extreme", "sign"), [(LONG, "102.5", 1), (SHORT, "97.5", -1)])
def test_a_trailing_stop_stands_one_and_a_half_true_ranges_behind_the_extreme(
    tmp_path: Path, wish: int, extreme: str, sign: int
) -> None:
    told = played(tmp_path / "trail", "trailing: {atr: 1.5}", wish).told
    (stop,) = [order for order in told.orders if order.trail is not None]
    assert stop.trail == Decimal("1.5")
    closing = told.fills[-1]
    assert (closing.oid, closing.px) == (stop.oid, Decimal(extreme) - sign * stop.trail)


# --- accounts, hours, modes -------------------------------------------------------------------------------------


def test_two_accounts_have_books_and_limits_of_their_own(tmp_path: Path) -> None:
    one = deployment("alpha", symbols="AAA", budget="capital: 100000 USD, per_position: 90%")
    other = deployment("beta", symbols="BBB", budget="capital: 50000 USD, per_position: 10%").replace(
        "account: main", "account: second"
    )
    text = config(
        deployments=[one, other], rules=("{max_position: off}", "{max_positions: off}", "{kind: daily_loss, limit: 2%}")
    )
    text = text.replace("deployments:\n", "  second: {broker: sim, cash: 50000 USD}\ndeployments:\n", 1)
    path = [(100, LONG), 100, 95, (95, LONG), 95]
    market = Market(tmp_path, text, [*rows(path, "AAA"), *rows([100, 100, 100, (100, LONG), 100], "BBB")])
    assert market.run() == 0
    book = market.told.book
    assert {name: account.cash["USD"] + sum(p.value for p in book.all_positions() if p.account == name)
            for name, account in book.truth.accounts.items()} == {"main": 95_500, "second": 50_000}  # fmt: skip
    assert [latch.scope for latch in book.truth.latches.values() if latch.kind == "daily_loss"] == ["account:main"]
    assert [order.account for order in market.told.entered] == ["main", "second"]


def test_sessions_open_and_close_once_a_day_at_the_hours_of_their_exchange(tmp_path: Path) -> None:
    bars = [row(f"2024-03-{day:02d} {at}", 100) for day in (7, 8, 11) for at in ("09:30", "15:59")]
    market = Market(tmp_path, config(tz="America/New_York", instrument="kind: stock, calendar: NYSE"), bars)
    assert market.run() == 0
    told = [(event.is_open, clock(event.ts)) for event in market.told.events(ev.Schedule)]
    # The clocks of New York change on 10 March.
    assert told == [
        (is_open, f"2024-03-{day:02d} {at}")
        for day in (7, 8, 11)
        for is_open, at in ((True, "09:30"), (False, "16:00"))
    ]


def test_the_currency_week_begins_on_sunday_at_five_in_new_york_and_ends_on_friday(tmp_path: Path) -> None:
    cases = [
        ("2024-03-08 16:55", True), ("2024-03-08 17:00", False), ("2024-03-09 12:00", False), ("2024-03-10 16:55", False),
        ("2024-03-10 17:00", True), ("2024-03-13 03:00", True), ("2024-03-15 16:55", True), ("2024-03-15 17:05", False),
    ]  # fmt: skip
    bars = [row(at, 1.1, LONG if n % 2 == 0 else FLAT, "EURUSD") for n, (at, _) in enumerate(cases)]
    entry = deployment(symbols="EURUSD", bars="5m")
    text = config(tz="America/New_York", instrument="kind: fx", bars="5m", deployments=[entry])
    market = Market(tmp_path, text, bars)
    assert market.run() == 0
    found = {clock(ts): code for ts, code in market.told.decided("EURUSD")}
    zone = ZoneInfo("America/New_York")
    for at, is_open in cases:
        closes = datetime.fromisoformat(at).replace(tzinfo=zone).timestamp() + 300
        assert (found[clock(int(closes) * 10**9)] != "OUT_OF_SESSION") is is_open, at


# --- a trader's life --------------------------------------------------------------------------------------------


def lasting() -> LiveTrader:
    """Return a trader whose market lasts longer than the test."""
    made = LiveTradingConfig(speed="60x")
    made.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"], parameters={"timeframe": "M1"}))
    return LiveTrader(made)


def becomes(trader: LiveTrader, status: Status) -> bool:
    for _ in range(600):
        if trader.get_status() is status:
            return True
        trader.wait(0.05)
    return False


def test_a_trader_goes_through_its_states() -> None:
    known = (Status.STOPPED, Status.RUNNING, Status.PAUSED, Status.ERROR)
    assert [one.value for one in known] == ["stopped", "running", "paused", "error"]
    trader = lasting()
    assert trader.get_status() is Status.STOPPED
    steps = [
        (trader.start, Status.RUNNING), (trader.pause, Status.PAUSED), (trader.resume, Status.RUNNING),
        (trader.pause, Status.PAUSED), (trader.stop, Status.STOPPED), (trader.stop, Status.STOPPED),
    ]  # fmt: skip
    for step, wanted in steps:
        step()
        assert becomes(trader, wanted), (step, wanted, trader.get_status(), trader.reason)
    # What was paused is paused when it goes on.
    assert trader.start()
    with pytest.raises(ProgramError, match="runs already"):
        trader.start()
    assert becomes(trader, Status.PAUSED)
    trader.stop()
    failing = LiveTrader(LiveTradingConfig())
    assert (failing.start(), failing.get_status()) == (False, Status.ERROR)


def test_debugging_writes_every_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("structlog")
    counts = []
    for is_on, level in ((False, "INFO"), (True, "INFO"), (False, "DEBUG"), (True, "DEBUG")):
        made = LiveTradingConfig()
        made.enable_debug = is_on
        made.log_level = level
        made.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"]))
        trader = LiveTrader(made)
        assert trader.start() and trader.wait(300), trader.reason
        text = (trader.state / FOLDER / MAIN).read_text(encoding="utf-8")  # type: ignore[operator]  # it was started
        counts.append(text.count('"log.level":"debug"') + text.count('"log.level": "debug"'))
    # Either of them does, and both do no more.
    assert counts[0] == 0 < counts[1] == counts[2] == counts[3]


def test_a_strategy_of_each_deployment_remembers_for_itself(tmp_path: Path) -> None:
    path = [100 + n % 7 for n in range(60)]
    both = [deployment(name, strategy="ema_cross, fast: 2, slow: 5") for name in ("alpha", "beta")]
    other = [*both[:1], deployment("beta", strategy="ema_cross, fast: 3, slow: 9")]
    told = []
    for name, listed in (("same", both), ("apart", other)):
        (tmp_path / name).mkdir()
        market = Market(tmp_path / name, config(deployments=listed, rules=FREE), rows(path))
        assert market.run() == 0
        told.append({one: market.told.codes("AAA", one) for one in ("alpha", "beta")})
    assert told[0]["alpha"] == told[1]["alpha"]
    assert told[1]["alpha"].count("WARMING_UP") < told[1]["beta"].count("WARMING_UP")


# --- what moves together ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rho", "found"), [(0.9, (Code.CORRELATION,)), (0.4, ())])
def test_sterling_is_refused_beside_the_euro_where_they_move_together(rho: float, found: tuple[Code, ...]) -> None:
    draw = Random(4)
    common, own = ([draw.gauss(0, 1) for _ in range(60)] for _ in range(2))
    # What is left of the second beside the first has nothing in common with it.
    slope, level = statistics.linear_regression(common, own)
    own = [y - slope * x - level for x, y in zip(common, own, strict=True)]
    spread = statistics.pstdev(common) / statistics.pstdev(own)
    moves = [rho * x + math.sqrt(1 - rho * rho) * spread * y for x, y in zip(common, own, strict=True)]
    assert statistics.correlation(common, moves) == pytest.approx(rho)
    euro, pound = (
        [px * math.exp(0.004 * sum(one[:n])) for n in range(61)] for px, one in ((1.08, common), (1.27, moves))
    )
    pairs = [instrument(symbol, Options(kind="fx", calendar="24x7")) for symbol in ("EURUSD", "GBPUSD")]
    spec = b.deployment_spec(
        instruments=("EURUSD", "GBPUSD"), capital=Decimal(200_000), exits=b.exits(stop_loss="0.02")
    )
    book = priced(spec, px=1.0, instruments=pairs, leverage=Decimal(2))
    book.truth.marks["EURUSD"].closes, book.truth.marks["GBPUSD"].closes = euro, pound
    hold(book, 60_000, px=1, instrument="EURUSD")
    # Alone each risks less than the 2 % that what moves together may risk.
    assert codes(book, b.draft("buy", 60_000, instrument="GBPUSD"), bound(correlation, above="70%")) == found


# --- slippage ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("slips", "alerts"), [("0", 0), ("0.0001", 1)])
def test_slippage_beyond_its_points_is_recorded_and_alerts(tmp_path: Path, slips: str, alerts: int) -> None:
    made = LiveTradingConfig()
    assert made.execution.max_slippage == 3
    made.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"], parameters={"timeframe": "M1"}))
    (rule,) = [one for one in document_of_program(made)["rules"] if one.get("kind") == "slippage"]
    # A tick of this instrument is a cent: 0.01 % of 100 is one, of 500 five.
    words = f"{{kind: slippage, warn: off, warn_ticks: {rule['warn_ticks']}}}"
    text = config(rules=("{max_position: off}", "{max_positions: off}", "{daily_loss: off}", words),
                  account=f"cash: 100000 USD, slippage: {slips}")  # fmt: skip
    market = Market(tmp_path, text, rows([(100, LONG), 100, (100, FLAT), 500, (500, LONG), 500, 500]))
    assert market.run() == 0
    told = market.told
    found = [alert for alert in told.effects(fx.Alert) if alert.key == "slippage/alpha"]
    assert len(found) == alerts
    # Each fill stands beside the price at which it was decided.
    for fill in told.fills:
        assert told.book.truth.orders[fill.oid].arrival > 0
    if alerts:
        assert (found[0].level, found[0].text) == (
            "warning",
            "alpha: AAA was executed at 500.0500, the mark was 500.0000",
        )
