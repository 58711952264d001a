"""S2, monitoring: what is looked at by the clock, how often, and what becomes an alert."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell import LiveTrader, LiveTradingConfig, StrategyConfig
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.logs.book import MAIN
from openbell.run import live
from openbell.run.clock import FakeClock
from openbell.run.logbook import FOLDER
from openbell.run.monitor import Monitor
from openbell.run.sensors import Reading
from tests.checklist.market import FLAT, LONG, Market, Told, config, rows
from tests.cli.process import until

pytest.importorskip("structlog")
DAY = 1_700_000_000 * 10**9
FINE = Reading(cpu=0.2, memory=0.2, disk=0.2)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    # A clock that is told to sleep stands behind each nap at once, and a run tells that it lives after each.
    monkeypatch.setattr(live, "NAP_NS", 5 * NS)


MINUTES = 36
"""From the opening of New York at 14:30 to the last bar."""


def bars(folder: Path) -> Path:
    """Write minutes of one symbol that first goes nowhere, and is then bought and held."""
    lines = ["ts,symbol,open,high,low,close,volume"]
    for n in range(MINUTES):
        px = 100 + max(n - 16, 0) + 0.1 * (n % 2)
        lines.append(f"2024-01-02 {14 + (30 + n) // 60}:{(30 + n) % 60:02},AAPL,{px},{px},{px},{px},1000")
    file = folder / "bars.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def watched(folder: Path, readings: Iterator[Reading] | None = None, **monitoring: Any) -> tuple[LiveTrader, Told]:
    """Run a program on a clock that moves only as the market does, with the machine's sensors in our hand."""
    made = LiveTradingConfig(speed="1x", data=bars(folder))
    made.add_strategy(
        StrategyConfig(
            name="momentum", symbols=["AAPL"],
            parameters={"timeframe": "M1", "fast_period": 2, "slow_period": 4, "signal_threshold": "0.005"},
        )
    )  # fmt: skip
    for key, value in monitoring.items():
        setattr(made.monitoring, key, value)
    looks = readings or itertools.repeat(FINE)
    trader = LiveTrader(made, clock=FakeClock(DAY), sensors=lambda: next(looks))
    assert trader.start(), trader.reason
    assert trader.wait(120) and not trader.reason, trader.reason
    assert trader.state is not None
    return trader, Told(trader.state / "journal")


def lines(trader: LiveTrader, begin: str) -> list[dict[str, Any]]:
    """Return the monitor's lines of the log that begin so."""
    assert trader.state is not None
    text = (trader.state / FOLDER / MAIN).read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return [one for one in found if one["log.logger"] == "Monitor" and one["message"].startswith(begin)]


def gaps(found: list[dict[str, Any]]) -> set[int]:
    """Return the whole seconds between lines; what comes due inside a nap of the clock is done at its end."""
    at = [datetime.fromisoformat(one["@timestamp"]) for one in found]
    return {round((after - before).total_seconds()) for before, after in itertools.pairwise(at)}


@pytest.mark.parametrize("seconds", [60, 90])
def test_the_machine_is_looked_at_once_in_its_interval(tmp_path: Path, seconds: int) -> None:
    trader, _ = watched(tmp_path, health_check_interval=seconds)
    found = lines(trader, "machine: ")
    assert gaps(found) == {seconds}
    assert len(found) == MINUTES * 60 // seconds
    assert found[0]["openbell"] == {"cpu": 0.2, "memory": 0.2, "disk": 0.2, "late_ms": 0}


@pytest.mark.parametrize("seconds", [300, 120, 60])
def test_figures_are_told_once_in_their_interval(tmp_path: Path, seconds: int) -> None:
    trader, told = watched(tmp_path, performance_update_interval=seconds)
    found = lines(trader, "equity ")
    assert gaps(found) == {seconds}
    assert len(found) == MINUTES * 60 // seconds
    assert {"equity", "result", "trades", "wins", "max_drawdown"} == set(found[-1]["openbell"])


@pytest.mark.parametrize("seconds", [30, 15])
def test_positions_are_told_once_in_their_interval(tmp_path: Path, seconds: int) -> None:
    trader, told = watched(tmp_path, position_update_interval=seconds)
    found = lines(trader, "momentum holds ")
    assert len(found) >= 15 * 60 // seconds
    assert gaps(found) == {seconds}
    last, held = found[-1]["openbell"], told.book.position("momentum", "AAPL")
    assert (last["symbol"], Decimal(last["quantity"])) == ("AAPL", held.qty)


@pytest.mark.parametrize("part", ["cpu", "memory", "disk"])
@pytest.mark.parametrize(("over", "alerts"), [(0.01, 1), (-0.01, 0)])
def test_a_sensor_that_stays_over_its_limit_raises_one_alert(
    tmp_path: Path, part: str, over: float, alerts: int
) -> None:
    limit = {"cpu": 0.80, "memory": 0.80, "disk": 0.90}[part]
    reading = Reading(**{"cpu": 0.2, "memory": 0.2, "disk": 0.2, part: limit + over})
    trader, told = watched(tmp_path, itertools.repeat(reading))
    found = [alert for alert in told.effects(fx.Alert) if alert.key == "alert/monitor"]
    assert len(found) == alerts
    assert trader.get_statistics().system_health == (part if alerts else "good")
    if alerts:
        assert found[0].level == "warning"
        assert found[0].text == f"monitor: {part} is used by {limit + over:.0%}, above {limit:.0%}, at 3 looks in a row"
        # It came through the door of every command, and can be played again.
        assert [(c.kind, c.actor) for c in told.events(ev.Command)] == [("alert", "monitor")]


def test_a_short_peak_is_no_alert_and_a_second_time_is_a_second_one(tmp_path: Path) -> None:
    high = Reading(cpu=0.99, memory=None, disk=0.2)
    looks = itertools.chain([high, high, FINE, high, high, high, high, FINE, high, high, high], itertools.repeat(FINE))
    _, told = watched(tmp_path, looks)
    assert len([alert for alert in told.effects(fx.Alert) if alert.key == "alert/monitor"]) == 2


def test_another_limit_is_another_alert(tmp_path: Path) -> None:
    _, told = watched(tmp_path, itertools.repeat(Reading(cpu=0.51, memory=0.2, disk=0.2)), max_cpu_usage=50)
    assert len([alert for alert in told.effects(fx.Alert) if alert.key == "alert/monitor"]) == 1


def test_the_machine_changes_no_order(tmp_path: Path) -> None:
    books = []
    for name, use in (("calm", 0.1), ("busy", 0.99)):
        (tmp_path / name).mkdir()
        _, told = watched(tmp_path / name, itertools.repeat(Reading(cpu=use, memory=use, disk=use)))
        books.append([(order.oid[6:], order.qty, order.side) for order in told.orders])
    assert books[0] == books[1] != []


def test_processor_memory_disk_and_lateness_are_sampled_on_this_machine(tmp_path: Path) -> None:
    made = LiveTradingConfig(speed="1x", data=bars(tmp_path))
    made.add_strategy(StrategyConfig(name="momentum", symbols=["AAPL"], parameters={"timeframe": "M1"}))
    trader = LiveTrader(made, clock=FakeClock(DAY))
    assert trader.start() and trader.wait(120) and not trader.reason, trader.reason
    found = [one["openbell"] for one in lines(trader, "machine: ")]
    assert len(found) > 20
    assert all(0 < one["disk"] < 1 and one["late_ms"] >= 0 for one in found)
    assert all(0 <= one.get("cpu", 0) <= 1 and 0 < one.get("memory", 0.5) < 1 for one in found)
    assert any("cpu" in one for one in found) and any("memory" in one for one in found)


def test_S2_088_a_trader_that_is_stopped_leaves_what_is_held_and_its_stop(tmp_path: Path) -> None:
    made = LiveTradingConfig(speed="600x", data=bars(tmp_path))
    made.risk.trailing_stop_enabled = False
    options = {"timeframe": "M1", "fast_period": 2, "slow_period": 4, "signal_threshold": "0.005"}
    made.add_strategy(StrategyConfig(name="momentum", symbols=["AAPL"], parameters=options))
    trader = LiveTrader(made)
    assert trader.start(), trader.reason
    until(lambda: trader.get_statistics().active_positions > 0, "something that is held")
    trader.stop()
    assert trader.state is not None
    book = Told(trader.state / "journal").book
    held = book.position("momentum", "AAPL").qty
    assert held > 0
    assert [order.qty for order in book.open_orders["AAPL"].values() if order.reduce_only] == [held]


def test_an_engine_that_falls_behind_its_market_says_by_how_much(tmp_path: Path) -> None:
    made = LiveTradingConfig(speed="1x", data=bars(tmp_path))
    made.add_strategy(StrategyConfig(name="momentum", symbols=["AAPL"], parameters={"timeframe": "M1"}))
    clock = FakeClock(DAY)

    def slow() -> Reading:
        # Somebody else takes the processor for a while.
        clock.sleep(100 * NS)
        return FINE

    trader = LiveTrader(made, clock=clock, sensors=slow)
    assert trader.start() and trader.wait(120) and not trader.reason, trader.reason
    found = [one["openbell"]["late_ms"] for one in lines(trader, "machine: ")]
    # A look takes a hundred seconds, and one is due each minute: with each the engine is forty seconds further behind.
    assert found[:6] == [0, 0, 140_000, 180_000, 220_000, 260_000]


# --- trading that is worse than expected ------------------------------------------------------------------------


def traded(folder: Path, path: list[object], expected: str) -> list[str]:
    """Return what the monitor alerts of while trades are made."""
    head = f"monitor: {{expected: {{{expected}}}}}"
    market = Market(folder, config(head=head), rows(path))
    prepared, source = market.prepare()
    monitor = Monitor(prepared.loaded.config.monitor, lambda: FINE, lambda *_: None)
    market.live(monitor=monitor, clock=FakeClock(DAY))
    return [alert.text for alert in market.told.effects(fx.Alert) if alert.key == "alert/monitor"]


def trip(win: bool) -> list[object]:
    """Return bars of one trade."""
    return [(100, LONG), 100, (100, FLAT), 110 if win else 95]


def test_trading_worse_than_expected_is_told_once_until_it_was_better(tmp_path: Path) -> None:
    wins = [True, True, True, False, False, False, True, True, True, True, False, False, False]
    path = [bar for one in wins for bar in trip(one)]
    assert (
        traded(tmp_path, path, "trades: 4, win_rate: 50%")
        == ["monitor: the last 4 trades are worse than expected: 1 won, expected 50%"] * 2
    )


@pytest.mark.parametrize(("factor", "alerts"), [("1.9", 0), ("2.1", 1)])
def test_a_profit_factor_is_measured_over_the_latest_trades(tmp_path: Path, factor: str, alerts: int) -> None:
    # Ten won for every five lost.
    path = [bar for one in (True, False, True, False) for bar in trip(one)]
    assert len(traded(tmp_path, path, f"trades: 4, profit_factor: {factor}")) == alerts


def test_a_run_whose_file_asks_for_nothing_looks_at_nothing(tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, (100, LONG), 100]))
    assert market.run() == 0
    assert market.told.events(ev.Command) == []
    assert "Monitor" not in (market.state / FOLDER / MAIN).read_text(encoding="utf-8")


@pytest.mark.parametrize("is_on", [True, False])
def test_where_nothing_is_to_be_watched_there_is_no_monitor_no_notifier_and_no_alert(
    tmp_path: Path, is_on: bool
) -> None:
    watch = "monitor: {expected: {trades: 2, win_rate: 50%}}\n" if is_on else ""
    alerts = f"alerts: {{enabled: {str(is_on).lower()}, channels: [{{url: 'http://127.0.0.1:1/x', level: critical}}]}}"
    market = Market(tmp_path, config(head=watch + alerts), rows([*trip(False), *trip(False), 95, 95]))
    assert market.run() == 0
    said = [alert.text for alert in market.told.effects(fx.Alert)]
    assert any(text.startswith("monitor: the last 2 trades are worse") for text in said) is is_on
    assert bool(market.told.events(ev.Command)) is is_on
    assert ("Monitor" in (market.state / FOLDER / MAIN).read_text(encoding="utf-8")) is is_on
    assert (market.state / "alerts.db").exists() is is_on
    assert (market.state / FOLDER / "Alerts.log").exists() is is_on
