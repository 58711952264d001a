"""S1 and S2, the Python interface: samples as printed in the documents, on the simulated exchange."""

import asyncio
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from openbell import LiveTrader, LiveTradingConfig, LiveTradingEngine, RiskLevel, Status, StrategyConfig, TradingMode
from openbell.cli import perform
from openbell.core import effects as fx
from tests.checklist.market import FLAT, LONG, NONE, SHORT, Market, Told, config, deployment, row, rows, stamp


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


def test_the_engines_configuration_is_built_as_documented_and_knows_its_fields() -> None:
    made = LiveTradingConfig(
        kis_account_no="12345678",
        mode=TradingMode.PAPER,
        tickers=["AAPL", "NVDA"],
        decision_interval_seconds=300,
        max_positions=10,
        max_position_size_usd=10000.0,
        max_daily_trades=20,
        max_daily_loss_pct=2.0,
        require_confirmation=True,
        enable_notifications=True,
    )
    assert (made.kis_account_no, made.mode, made.tickers) == ("12345678", "paper", ["AAPL", "NVDA"])
    assert (made.trading_start_hour, made.trading_end_hour) == (9, 16)
    # What is printed there is what it is where nobody says it, and each field can be told otherwise.
    figures = {
        "decision_interval_seconds": (300, 60), "max_positions": (10, 3), "max_position_size_usd": (10_000, 2_500.5),
        "max_daily_trades": (20, 5), "max_daily_loss": (2, 1.5), "require_confirmation": (True, False),
        "enable_notifications": (True, False), "trading_start_hour": (9, 10), "trading_end_hour": (16, 15),
    }  # fmt: skip
    for field, (usual, other) in figures.items():
        assert getattr(made, field) == getattr(LiveTradingConfig(), field) == usual, field
        given = {"max_daily_loss_pct" if field == "max_daily_loss" else field: other}
        assert getattr(LiveTradingConfig(**given), field) == pytest.approx(other), field
    with pytest.raises(ValueError, match="max_dayly_trades"):
        LiveTradingConfig(max_dayly_trades=20)


def test_an_engine_opens_nothing_when_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "__init__", lambda self, *words, **named: opened.append(words))
    engine = LiveTradingEngine(config=LiveTradingConfig(kis_account_no="12345678"))
    assert (opened, engine.state, list(tmp_path.iterdir())) == ([], None, [])


def test_metrics_have_every_field_of_the_session_metrics() -> None:
    engine = LiveTradingEngine(config=LiveTradingConfig(kis_account_no="12345678", tickers=["AAPL"]))
    asyncio.run(engine.start())
    found = engine.get_metrics()
    lines = dict(line.strip().split(": ") for line in found["text"].splitlines() if ": " in line)
    names = {"Total Decisions": "total_decisions", "Total Executions": "total_executions", "BUY": "buy", "SELL": "sell",
             "HOLD": "hold", "Rejected": "rejected", "Skipped": "skipped", "Errors": "errors"}  # fmt: skip
    assert {name: int(lines[name]) for name in names} == {name: found[key] for name, key in names.items()}
    assert lines["Daily Trades"] == f"{found['daily_trades']}/{found['max_daily_trades']}"
    assert found["runtime_s"] > 0


def sample() -> tuple[LiveTradingConfig, LiveTrader]:
    """The basic set-up, as printed in the document."""
    config = LiveTradingConfig()
    config.mode = config.mode.DEMO
    config.account_name = "Demo Account"
    strategy_config = StrategyConfig(
        name="SwingTrendMomentum",
        enabled=True,
        symbols=["USDJPY", "EURUSD"],
        parameters={"timeframe": "M5", "bars": 300},
        risk_level=RiskLevel.MEDIUM,
    )
    config.add_strategy(strategy_config)
    return config, LiveTrader(config)


def test_the_basic_set_up_runs_unchanged_and_its_figures_match_the_ledger(capsys: pytest.CaptureFixture[str]) -> None:
    config, live_trader = sample()
    assert live_trader.start() is True
    while live_trader.get_status().value in ["running", "paused"]:
        stats = live_trader.get_statistics()
        assert f"Status: {stats.status.value}, PnL: ${stats.total_pnl:.2f}".startswith("Status: ")
        live_trader.wait(0.1)
    live_trader.stop()
    stats = live_trader.get_statistics()
    told = Told(live_trader.state / "journal")  # type: ignore[operator]  # it was started
    account = told.book.truth.accounts["main"]
    assert (stats.total_trades, len(told.fills) > 2) == (told.book.truth.counts.trades, True)
    assert stats.total_pnl == account.equity - account.equity_start
    assert (stats.account_name, told.book.truth.title) == ("Demo Account", "Demo Account")
    assert perform(["status", str(live_trader.state)]) == 0
    assert "Demo Account" in capsys.readouterr().out


def test_a_failed_start_is_false_with_its_reason() -> None:
    config, _ = sample()
    config.mode = TradingMode.LIVE
    trader = LiveTrader(config)
    assert (trader.start(), "broker" in trader.reason, trader.get_status()) == (False, True, Status.ERROR)


def test_an_unknown_strategy_is_an_error_with_suggestions() -> None:
    config, _ = sample()
    config.strategies[0].name = "SwingTrendMomentun"
    trader = LiveTrader(config)
    assert trader.start() is False
    assert "did you mean swing_trend_momentum?" in trader.reason


def test_a_disabled_strategy_does_not_run_and_two_run_at_once() -> None:
    config, _ = sample()
    config.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"], parameters={"timeframe": "M5"}))
    config.add_strategy(StrategyConfig(name="breakout", enabled=False, symbols=["EURUSD"]))
    trader = LiveTrader(config)
    assert trader.start(), trader.reason
    assert trader.wait(300)
    told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
    assert {d.deployment for d in told.effects(fx.Decision)} == {"swing_trend_momentum", "momentum"}
    with pytest.raises(ValueError, match="added twice"):
        config.add_strategy(StrategyConfig(name="Momentum", symbols=["EURUSD"]))


def test_levels_of_risk_give_three_sizes() -> None:
    assert [str(level.size) for level in (RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH)] == ["0.5", "1", "1.5"]
    stakes = []
    for level in RiskLevel:
        config, _ = sample()
        config.strategies[0].symbols = ["EURUSD"]
        config.strategies[0].risk_level = level
        # So wide that neither capital nor lots decide how much is bought.
        config.risk.stop_loss_atr_multiplier = 200
        config.risk.trailing_stop_enabled = False
        trader = LiveTrader(config)
        assert trader.start(), trader.reason
        assert trader.wait(300)
        told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
        stakes.append(float(told.entered[0].qty))
    assert stakes[0] * 2 == pytest.approx(stakes[1], rel=0.1)
    assert stakes[1] * 1.5 == pytest.approx(stakes[2], rel=0.1)


# --- limits of one strategy, and of one instrument --------------------------------------------------------------


def wishing(folder: Path, both: list[str], path: list[Any], symbols: str = "AAA", rules: tuple[str, ...] = ()) -> Told:
    names = symbols.split(", ")
    bars = [bar for symbol in names for bar in rows(path, symbol)]
    free = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}", *rules)
    market = Market(folder, config(account="cash: 1000000 USD", deployments=both, rules=free), bars)
    assert market.run() == 0
    return market.told


def test_the_eleventh_trade_of_a_day_is_refused_for_this_strategy_only(tmp_path: Path) -> None:
    symbols = ", ".join(f"S{chr(65 + n)}" for n in range(11))
    both = [
        deployment("alpha", symbols=symbols, budget="capital: 300000 USD, per_position: 1%, daily_trades: 10"),
        deployment("beta", symbols=symbols, budget="capital: 300000 USD, per_position: 1%"),
    ]
    told = wishing(tmp_path, both, [(100, LONG), 100, 100], symbols)
    sent = [order.deployment for order in told.entered]
    assert (sent.count("alpha"), sent.count("beta")) == (10, 11)
    assert told.codes("SK", "alpha")[0] == "DAILY_TRADES"


def test_the_count_of_one_strategy_begins_anew_with_the_day_and_outlives_a_restart(tmp_path: Path) -> None:
    one = deployment("alpha", symbols="AAA, BBB, CCC", budget="capital: 300000 USD, per_position: 1%, daily_trades: 1")
    bars = [
        *(row(stamp(n), 100, LONG if n == 0 else NONE, "AAA") for n in range(3)),
        *(row(stamp(n), 100, LONG if n == 1 else NONE, "BBB") for n in range(3)),
        *(row(stamp(n, "2024-01-03 00:00"), 100, LONG if n == 0 else NONE, "CCC") for n in range(3)),
    ]
    free = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}")
    market = Market(tmp_path, config(account="cash: 1000000 USD", deployments=[one], rules=free), bars)
    assert market.run("--until", "2024-01-02T00:01") == 0
    assert market.run() == 0
    assert [order.instrument for order in market.told.entered] == ["AAA", "CCC"]
    assert "DAILY_TRADES" in market.told.codes("BBB")


@pytest.mark.parametrize(("px", "is_paused"), [(99.01, False), (99.0, True), (98.9, True), (101.5, False)])
def test_one_strategy_is_paused_at_its_loss_of_the_day_and_others_go_on(
    tmp_path: Path, px: float, is_paused: bool
) -> None:
    # 100 units bought at 100: at 99.01 they have lost 99, at 99 they have lost 100.
    both = [
        deployment("alpha", budget="capital: 100000 USD, per_position: 10%, daily_loss: 100 USD"),
        deployment("beta", budget="capital: 100000 USD, per_position: 10%"),
    ]
    told = wishing(tmp_path, both, [(100, LONG), 100, px, (px, FLAT), px, (px, LONG), px])
    assert [told.codes("AAA", name)[3] for name in ("alpha", "beta")] == ["SIGNAL_FLAT", "SIGNAL_FLAT"]
    assert told.codes("AAA", "beta")[5] == "SIGNAL_LONG"
    assert told.codes("AAA", "alpha")[5] == ("LATCHED" if is_paused else "SIGNAL_LONG")
    assert {latch.scope for latch in told.book.truth.latches.values()} == ({"deployment:alpha"} if is_paused else set())


@pytest.mark.parametrize(("px", "is_paused"), [(104.51, False), (104.5, True), (104.4, True)])
def test_one_strategy_is_paused_at_five_percent_below_its_peak(tmp_path: Path, px: float, is_paused: bool) -> None:
    # All of its capital is in 1,000 units: they rise to 110, and 104.50 is five percent below.
    both = [
        deployment("alpha", symbols="AAA", budget="capital: 100000 USD, per_position: 100%, drawdown: 5%"),
        deployment("beta", symbols="AAA", budget="capital: 100000 USD, per_position: 100%"),
    ]
    told = wishing(tmp_path, both, [(100, LONG), 100, 110, px, (px, FLAT), px, (px, LONG), px])
    assert [told.codes("AAA", name)[6] for name in ("alpha", "beta")] == [
        "LATCHED" if is_paused else "SIGNAL_LONG", "SIGNAL_LONG"
    ]  # fmt: skip
    assert told.codes("AAA", "alpha")[4] == "SIGNAL_FLAT"


def test_a_second_position_in_a_symbol_is_refused_across_strategies(tmp_path: Path) -> None:
    budget = "capital: 300000 USD, per_position: 1%"
    both = [deployment("alpha", budget=budget), deployment("beta", budget=budget)]
    told = wishing(tmp_path, both, [(100, LONG), 100, 100], rules=("{kind: max_per_instrument, limit: 1}",))
    assert [order.deployment for order in told.entered] == ["alpha"]
    assert told.codes("AAA", "beta")[0] == "MAX_POSITIONS"


def test_the_fourth_position_is_refused_for_that_strategy_only(tmp_path: Path) -> None:
    symbols = "SA, SB, SC, SD"
    both = [
        deployment("alpha", symbols=symbols, budget="capital: 300000 USD, per_position: 1%, positions: 3"),
        deployment("beta", symbols=symbols, budget="capital: 300000 USD, per_position: 1%"),
    ]
    told = wishing(tmp_path, both, [(100, LONG), 100, 100], symbols)
    sent = [order.deployment for order in told.entered]
    assert (sent.count("alpha"), sent.count("beta")) == (3, 4)
    assert told.codes("SD", "alpha")[0] == "MAX_POSITIONS"


@pytest.mark.parametrize(("half", "wish", "stop"), [(0.5, LONG, 98.0), (0.503, LONG, 97.98), (0.503, SHORT, 102.02)])
def test_a_stop_in_true_ranges_rests_at_twice_their_distance_on_the_tick(
    tmp_path: Path, half: float, wish: int, stop: float
) -> None:
    # Every bar spans the same, so that the average true range is just that. A stop is rounded away to its cent.
    bar = (100, 100 + half, 100 - half, 100)
    path: list[Any] = [(bar, NONE)] * 20 + [(bar, wish), bar, bar]
    entry = deployment(more="short: true\n    exits: {stop_atr: 2}")
    made = Market(tmp_path, config(deployments=[entry]), rows(path))
    assert made.run() == 0
    (order,) = [order for order in made.told.book.truth.orders.values() if order.is_open]
    assert (float(order.stop or 0), order.qty) == (stop, made.told.entered[0].qty)


def test_bars_are_named_as_the_terminal_names_them() -> None:
    config, _ = sample()
    config.strategies[0].parameters["timeframe"] = "M15"
    trader = LiveTrader(config)
    assert trader.start(), trader.reason
    assert trader.wait(300)
    at = sorted({d for d, _ in Told(trader.state / "journal").decided("EURUSD")})[:2]  # type: ignore[operator]  # started
    assert timedelta(microseconds=(at[1] - at[0]) / 1000) == timedelta(minutes=15)
