"""S2, schedule and pace: hours, weekends, holidays, zones, hooks; bars seen before, and how often a strategy is asked."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openbell import LiveTrader, LiveTradingConfig, StrategyConfig
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.run.replay import replay
from tests.checklist.market import Told, clock

FAST = {"fast_period": 2, "slow_period": 4, "signal_threshold": "0.001"}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


def bars(folder: Path, symbol: str, start: str, count: int, minutes: int = 60, *, slow: bool = False) -> Path:
    """Write bars whose price rises and falls all day, so that something is wanted at every hour."""
    lines = ["ts,symbol,open,high,low,close,volume"]
    for n in range(count):
        at = datetime.fromisoformat(start) + timedelta(minutes=n * minutes)
        px = round((1.08 if symbol == "EURUSD" else 100) * (1 + 0.003 * abs(n % 8 - 4)), 5)
        px = 100 + 10 * (n // 6 % 2) if slow else px
        lines.append(f"{at:%Y-%m-%d %H:%M},{symbol},{px},{px},{px},{px},1000")
    file = folder / "bars.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def run(data: Path | None, symbol: str, parameters: dict[str, Any], **schedule: Any) -> tuple[LiveTrader, Told]:
    made = LiveTradingConfig(data=data)
    # Stops far away: when something is wanted is all that counts here.
    made.risk.stop_loss_atr_multiplier, made.risk.trailing_stop_enabled = 20, False
    for key, value in schedule.items():
        setattr(made.schedule, key, value)
    made.add_strategy(StrategyConfig(name="momentum", symbols=[symbol], parameters=parameters))
    trader = LiveTrader(made)
    assert trader.start(), trader.reason
    assert trader.wait(300) and not trader.reason, trader.reason
    assert trader.state is not None
    return trader, Told(trader.state / "journal")


def entered(told: Told) -> list[datetime]:
    """Return when entries were decided on, UTC."""
    orders = [e.event.ts for e in told.entries for x in e.effects if isinstance(x, fx.Submit) and not x.reduce_only]
    return [datetime.fromtimestamp(ts // 10**9, tz=UTC) for ts in orders]


# --- when is traded ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weekends", [True, False])
def test_a_coin_is_traded_at_weekends_only_where_that_is_allowed(tmp_path: Path, weekends: bool) -> None:
    data = bars(tmp_path, "BTCUSD", "2024-01-04 00:00", 24 * 7)
    _, told = run(data, "BTCUSD", {"timeframe": "H1", **FAST}, weekend_trading=weekends)
    # A session ends with its last bar: that one's decision belongs to it.
    days = {(at - timedelta(seconds=1)).weekday() for at in entered(told)}
    assert {0, 1, 2, 3, 4} <= days
    assert ({5, 6} <= days, bool({5, 6} & days)) == (weekends, weekends)
    assert ("SESSION_HOURS" in told.codes("BTCUSD")) is not weekends


@pytest.mark.parametrize("holidays", [True, False])
def test_a_holiday_is_closed_unless_it_is_traded(tmp_path: Path, holidays: bool) -> None:
    data = bars(tmp_path, "EURUSD", "2024-01-08 00:00", 24 * 4)
    _, told = run(data, "EURUSD", {"timeframe": "H1", **FAST}, market_holidays=["2024-01-10"], holiday_trading=holidays)
    noon = [at for at in entered(told) if at.date().isoformat() == "2024-01-10" and at.hour < 22]
    assert bool(noon) is holidays
    dates = [event.date for event in told.events(ev.Schedule) if event.is_open]
    assert ("2024-01-10" in dates) is holidays


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Tokyo", "America/New_York"])
def test_hours_are_those_of_the_named_zone_over_a_change_of_its_clocks(tmp_path: Path, zone: str) -> None:
    data = bars(tmp_path, "EURUSD", "2024-03-04 00:00", 24 * 29)
    hours = {"trading_hours": "10:00-15:00", "timezone": zone}
    _, told = run(data, "EURUSD", {"timeframe": "H1", **FAST}, **hours)
    local = [at.astimezone(ZoneInfo(zone)) for at in entered(told)]
    assert len(local) > 10
    assert {at.hour for at in local} <= {10, 11, 12, 13, 14}
    # Both sides of the change.
    assert {at.month for at in local} >= {3} and len({at.utcoffset() for at in local}) == (1 if "Tokyo" in zone else 2)


def test_the_hours_of_new_york_keep_entries_inside_of_them(tmp_path: Path) -> None:
    made = LiveTradingConfig(
        kis_account_no="12345678", tickers=["AAPL"], data=bars(tmp_path, "AAPL", "2024-01-02 14:30", 78, 5, slow=True),
        trading_start_hour=11, trading_end_hour=14, max_position_size_usd=1000,
    )  # fmt: skip
    trader = LiveTrader(made)
    assert trader.start() and trader.wait(300) and not trader.reason, trader.reason
    told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
    hours = {at.astimezone(ZoneInfo("America/New_York")).hour for at in entered(told)}
    assert hours and hours <= {11, 12, 13}
    assert "SESSION_HOURS" in told.codes("AAPL")


def test_without_a_schedule_it_trades_at_any_hour(tmp_path: Path) -> None:
    data = bars(tmp_path, "EURUSD", "2024-01-05 00:00", 24 * 3)
    _, told = run(data, "EURUSD", {"timeframe": "H1", **FAST}, enabled=False)
    assert {at.weekday() for at in entered(told)} >= {4, 5, 6}


def test_hooks_are_called_once_for_each_session(tmp_path: Path) -> None:
    found: list[tuple[str, str, str]] = []
    data = bars(tmp_path, "AAPL", "2024-03-07 14:30", 24 * 5)
    run(
        data, "AAPL", {"timeframe": "H1", **FAST},
        on_open=lambda calendar, date: found.append(("open", calendar, date)),
        on_close=lambda calendar, date: found.append(("close", calendar, date)),
    )  # fmt: skip
    dates = ["2024-03-07", "2024-03-08", "2024-03-11"]
    wanted = [(word, "NYSE", date) for date in dates for word in ("open", "close")]
    assert found[: len(wanted)] == wanted
    assert len(found) == len(set(found))


def test_a_hook_is_not_called_again_by_a_start_in_the_middle_of_a_session(tmp_path: Path) -> None:
    found: list[str] = []
    made = LiveTradingConfig(data=bars(tmp_path, "AAPL", "2024-03-07 14:30", 78, 5), speed="600x")
    made.schedule.on_open = lambda calendar, date: found.append(date)
    made.add_strategy(StrategyConfig(name="momentum", symbols=["AAPL"], parameters={"timeframe": "M5", **FAST}))
    trader = LiveTrader(made)
    assert trader.start(), trader.reason
    while trader.get_statistics().market_status == "closed":
        trader.wait(0.05)
    trader.stop()
    made.speed = "max"
    assert trader.start() and trader.wait(300) and not trader.reason, trader.reason
    assert found == ["2024-03-07"]


# --- how a strategy is asked ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [300, 20])
def test_so_many_bars_are_loaded_before_the_first_signal(tmp_path: Path, count: int) -> None:
    data = bars(tmp_path, "BTCUSD", "2024-01-01 00:00", 400, 5)
    _, told = run(data, "BTCUSD", {"timeframe": "M5", "bars": count, **FAST})
    codes = told.codes("BTCUSD")
    assert codes[: count - 1] == ["WARMING_UP"] * (count - 1)
    assert "WARMING_UP" not in codes[count - 1 :]
    first = entered(told)[0]
    assert first >= datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * count)


@pytest.mark.parametrize("seconds", [60.0, 30.0])
def test_a_strategy_is_asked_once_in_its_interval_with_the_bar_so_far(tmp_path: Path, seconds: float) -> None:
    parameters = {"timeframe": "M5", "bars": 4, "update_interval": seconds, **FAST, "signal_threshold": "0.00002"}
    trader, told = run(None, "EURUSD", parameters)
    at = [ts for ts, code in told.decided("EURUSD") if code != "OUT_OF_SESSION"]
    gaps = [after - before for before, after in itertools.pairwise(at)]
    assert gaps.count(int(seconds) * 10**9) > 0.99 * len(gaps)
    # It acts between the closes of its own bars, too.
    inside = [stamp for stamp in entered(told) if (stamp.minute * 60 + stamp.second) % 300]
    assert inside != []


def test_at_the_close_of_its_bars_it_says_what_it_says_without_the_interval(tmp_path: Path) -> None:
    minutes = bars(tmp_path, "BTCUSD", "2024-01-01 00:00", 400, 1)
    (tmp_path / "five").mkdir()
    rows = minutes.read_text(encoding="utf-8").splitlines()
    made = [rows[0]]
    for group in (rows[n : n + 5] for n in range(1, len(rows), 5)):
        cells = [row.split(",") for row in group]
        px = [float(one[2]) for one in cells]
        made.append(",".join([*cells[0][:2], *map(str, (px[0], max(px), min(px), px[-1], 5000))]))
    five = tmp_path / "five" / "bars.csv"
    five.write_text("\n".join(made) + "\n", encoding="utf-8")
    _, often = run(minutes, "BTCUSD", {"timeframe": "M5", "update_interval": 60, **FAST})
    _, plain = run(five, "BTCUSD", {"timeframe": "M5", **FAST})
    wanted = {clock(e.event.ts): x.target for e in plain.entries for x in e.effects if isinstance(x, fx.Decision)}
    found = {clock(e.event.ts): x.target for e in often.entries for x in e.effects if isinstance(x, fx.Decision)}
    assert len(wanted) == 80
    assert {at: found[at] for at in wanted} == wanted


def test_a_disabled_strategy_does_not_run_and_is_shown_so(tmp_path: Path) -> None:
    made = LiveTradingConfig(data=bars(tmp_path, "BTCUSD", "2024-01-01 00:00", 100, 5))
    made.add_strategy(StrategyConfig(name="momentum", symbols=["BTCUSD"], parameters={"timeframe": "M5"}))
    made.add_strategy(StrategyConfig(name="breakout", enabled=False, symbols=["BTCUSD"]))
    trader = LiveTrader(made)
    assert trader.start() and trader.wait(300) and not trader.reason, trader.reason
    assert trader.get_statistics().strategies == {"momentum": "running", "breakout": "disabled"}
    told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
    assert {x.deployment for e in told.entries for x in e.effects if isinstance(x, fx.Decision)} == {"momentum"}


def test_what_a_strategy_said_at_its_pace_is_said_again_by_a_replay(tmp_path: Path) -> None:
    data = bars(tmp_path, "BTCUSD", "2024-01-01 00:00", 400, 1)
    trader, told = run(data, "BTCUSD", {"timeframe": "M5", "bars": 9, "update_interval": 60, **FAST})
    assert trader.state is not None
    again = replay(trader.state, {})
    assert (again.difference, len(told.orders) > 3) == ("", True)
