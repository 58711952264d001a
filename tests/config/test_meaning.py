"""What settings of a program mean in the file: hours, what is looked at by the clock, how a strategy is asked."""

from typing import Any

import pytest
from pydantic import ValidationError

from openbell.config.meaning import document_of_program
from openbell.config.program import LiveTradingConfig, ScheduleConfig, StrategyConfig


def config(symbols: str = "EURUSD", parameters: dict[str, Any] | None = None, **fields: Any) -> LiveTradingConfig:
    one = StrategyConfig(name="momentum", symbols=symbols.split(), parameters=parameters or {"timeframe": "M5"})
    return LiveTradingConfig(strategies=[one], **fields)


def hours(made: LiveTradingConfig) -> list[dict[str, Any]]:
    return [rule for rule in document_of_program(made)["rules"] if rule.get("kind") == "trading_hours"]


@pytest.mark.parametrize(
    ("symbols", "plan", "wanted"),
    [
        ("EURUSD", {}, []),
        ("EURUSD", {"weekend_trading": True}, []),
        ("BTCUSDT", {}, [{"kind": "trading_hours", "weekends": False}]),
        ("BTCUSDT", {"weekend_trading": True}, []),
        ("BTCUSDT", {"enabled": False}, []),
        (
            "EURUSD", {"trading_hours": "08:00-17:00", "timezone": "Europe/London"},
            [{"kind": "trading_hours", "hours": "08:00-17:00 Europe/London", "weekends": True}],
        ),
        (
            "BTCUSDT", {"trading_hours": "22:00-07:00"},
            [{"kind": "trading_hours", "hours": "22:00-07:00 UTC", "weekends": False}],
        ),
        ("EURUSD", {"trading_hours": "08:00-17:00", "enabled": False}, []),
    ],
)  # fmt: skip
def test_a_schedule_becomes_a_rule(symbols: str, plan: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    assert hours(config(symbols, schedule=ScheduleConfig(**plan))) == wanted


def test_hours_of_new_york_are_those_of_the_documents() -> None:
    assert hours(config(trading_start_hour=10, trading_end_hour=15)) == [
        {"kind": "trading_hours", "hours": "10:00-15:00 America/New_York", "weekends": True}
    ]
    with pytest.raises(ValueError, match="keep one of them"):
        document_of_program(config(trading_start_hour=10, schedule=ScheduleConfig(trading_hours="08:00-17:00")))


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [({}, {"fx": {"closed": ["2024-01-03"]}}), ({"holiday_trading": True}, None), ({"enabled": False}, None)],
)
def test_holidays_are_closed_unless_they_are_traded(plan: dict[str, Any], wanted: object) -> None:
    made = config(schedule=ScheduleConfig(market_holidays=["2024-01-03"], **plan))
    assert document_of_program(made).get("calendars") == wanted


def test_without_a_schedule_every_hour_is_open() -> None:
    made = document_of_program(config(schedule=ScheduleConfig(enabled=False)))
    assert made["instruments"] == {"EURUSD": {"kind": "fx", "calendar": "24x7"}}


@pytest.mark.parametrize(("key", "value"), [("timezone", "Europe/Lundon"), ("trading_hours", "9 to 5")])
def test_hours_and_zones_that_are_none_are_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError, match=key):
        setattr(ScheduleConfig(), key, value)


def test_what_is_looked_at_by_the_clock_stands_in_the_file() -> None:
    assert document_of_program(config())["monitor"] == {
        "health": "1m", "figures": "5m", "positions": "30s", "cpu": "80%", "memory": "80%", "disk": "90%",
    }  # fmt: skip
    made = config()
    made.monitoring.health_check_interval = 0.5
    made.monitoring.max_cpu_usage = 50
    found = document_of_program(made)["monitor"]
    assert (found["health"], found["cpu"]) == ("500ms", "50%")


@pytest.mark.parametrize(
    ("parameters", "wanted", "market"),
    [
        ({"timeframe": "M5", "bars": 300, "update_interval": 60.0}, {"warmup": 300, "every": "1m"}, "1m"),
        ({"timeframe": "M5", "update_interval": 300}, {}, "5m"),
        ({"timeframe": "M1", "bars": 10}, {"warmup": 10}, "1m"),
        ({"timeframe": "H1", "update_interval": 30}, {"every": "30s"}, "30s"),
    ],
)
def test_bars_and_the_interval_of_updates_say_how_a_strategy_is_asked(
    parameters: dict[str, Any], wanted: dict[str, Any], market: str
) -> None:
    found = document_of_program(config(parameters=parameters))
    deployment = found["deployments"][0]
    assert {key: deployment[key] for key in ("warmup", "every") if key in deployment} == wanted
    assert found["source"]["interval"] == market


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"timeframe": "M5", "update_interval": 70}, "do not go into bars of 5m"),
        ({"timeframe": "M5", "update_interval": 600}, "do not go into bars of 5m"),
        ({"timeframe": "M5", "update_interval": "soon"}, "do not go into bars of 5m"),
        ({"timeframe": "M5", "bars": "many"}, "is not a number of bars"),
        ({"timeframe": "M5", "bars": -1}, "is not a number of bars"),
    ],
)
def test_what_cannot_be_asked_so_is_refused(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        document_of_program(config(parameters=parameters))
