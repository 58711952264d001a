"""What a program says: typed fields, refused where they are wrong or where this version cannot do them."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from openbell.config import meaning
from openbell.config.meaning import document_of_program
from openbell.config.program import (
    LiveTradingConfig,
    NotAvailable,
    RiskLevel,
    StrategyConfig,
    TradingMode,
    kind_of,
)
from openbell.parts.rules import order_timeout

GROUPS = {
    "execution": {
        "max_slippage": 3, "max_deviation": 5, "retry_attempts": 3, "retry_delay": 1.0, "execution_timeout": 30.0,
        "use_market_orders": True, "confirm_trades": False,
    },
    "risk": {
        "max_risk_per_trade": 1.0, "max_portfolio_risk": 5.0, "max_correlation": 0.7, "max_positions_per_symbol": 1,
        "max_total_positions": 10, "stop_loss_atr_multiplier": 2.0, "trailing_stop_enabled": True,
        "trailing_stop_atr_multiplier": 1.5,
    },
    "monitoring": {
        "health_check_interval": 60.0, "performance_update_interval": 300.0, "position_update_interval": 30.0,
        "connection_check_interval": 30.0, "max_cpu_usage": 80.0, "max_memory_usage": 80.0, "max_disk_usage": 90.0,
    },
    "notifications": {
        "enabled": True, "services": [], "trade_notifications": True, "error_notifications": True,
        "performance_notifications": True, "system_notifications": True,
        "notification_levels": ["WARNING", "ERROR", "CRITICAL"],
    },
}  # fmt: skip


def swings(**fields: Any) -> StrategyConfig:
    known = {
        "name": "SwingTrendMomentum",
        "symbols": ["EURUSD", "GBPUSD"],
        "parameters": {"timeframe": "M5", "bars": 300},
    }
    return StrategyConfig(**{**known, **fields})


def config(*strategies: StrategyConfig, **fields: Any) -> LiveTradingConfig:
    return LiveTradingConfig(strategies=list(strategies), **fields)


def kinds(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["kind"]: rule for rule in document["rules"] if "kind" in rule}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_the_documented_keys_and_defaults_and_checks_each_change(group: str) -> None:
    made = getattr(LiveTradingConfig(), group)
    assert {key: getattr(made, key) for key in type(made).model_fields} == {
        key: pytest.approx(value) if isinstance(value, float) else value for key, value in _exact(GROUPS[group]).items()
    }
    for key, value in GROUPS[group].items():
        setattr(made, key, value)
        with pytest.raises(ValidationError, match=key):
            setattr(made, key, {"not": "this"})
        if not isinstance(value, bool | list):
            with pytest.raises(ValidationError, match=key):
                setattr(made, key, -1)
    with pytest.raises(ValidationError, match="no_such_key"):
        made.no_such_key = 1


@pytest.mark.parametrize(
    ("group", "key", "most", "beyond"),
    [
        ("risk", "max_risk_per_trade", 100, 100.1), ("risk", "max_portfolio_risk", 100, 100.1),
        ("risk", "max_correlation", 1, 1.01), ("monitoring", "max_cpu_usage", 100, 100.1),
        ("monitoring", "max_memory_usage", 100, 100.1), ("monitoring", "max_disk_usage", 100, 100.1),
    ],
)  # fmt: skip
def test_a_share_has_an_upper_end(group: str, key: str, most: float, beyond: float) -> None:
    made = getattr(LiveTradingConfig(), group)
    setattr(made, key, most)
    with pytest.raises(ValidationError, match=key):
        setattr(made, key, beyond)
    assert getattr(made, key) == most


@pytest.mark.parametrize(
    ("key", "value"), [("services", ["email", "pigeon"]), ("notification_levels", ["WARNING", "LOUD"])]
)
def test_an_unknown_service_or_level_is_refused_by_name(key: str, value: list[str]) -> None:
    made = LiveTradingConfig().notifications
    with pytest.raises(ValidationError, match=rf"{key}\.1"):
        setattr(made, key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""), ("enabled", "perhaps"), ("symbols", []), ("symbols", "EURUSD"), ("parameters", 5),
        ("risk_level", "huge"), ("max_positions", 0), ("max_daily_trades", -1), ("max_daily_loss", 0),
        ("max_drawdown", 101), ("max_position", 1),
    ],
)  # fmt: skip
def test_a_strategy_with_a_wrong_field_is_refused_by_its_name(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=rf"(?m)^{key}$"):
        swings(**{key: value})


def _exact(values: dict[str, Any]) -> dict[str, Any]:
    return {key: Decimal(str(value)) if isinstance(value, float) else value for key, value in values.items()}


def test_the_empty_configuration_is_valid_and_safe() -> None:
    made = LiveTradingConfig()
    made.mode = made.mode.DEMO
    assert (made.mode, made.mode.value) == (TradingMode.SIM, "sim")
    assert document_of_program(LiveTradingConfig(kis_account_no="12345678"))["mode"] == "sim"
    with pytest.raises(ValidationError, match="max_position_usd"):
        LiveTradingConfig(max_position_usd=1)
    with pytest.raises(ValueError, match="kis_account_no: '' is not an account number"):
        document_of_program(made)


def test_tickers_and_limits_become_the_file_of_the_command_line() -> None:
    made = document_of_program(LiveTradingConfig(
        kis_account_no="12345678", mode=TradingMode.PAPER, tickers=["AAPL", "NVDA"], decision_interval_seconds=300,
        max_positions=10, max_position_size_usd=10000.0, max_daily_trades=20, max_daily_loss_pct=1.5,
        require_confirmation=True, enable_notifications=True,
    ))  # fmt: skip
    (deployment,) = made["deployments"]
    assert (made["mode"], deployment["instruments"], deployment["bars"]) == ("paper", ["AAPL", "NVDA"], "300s")
    assert (deployment["budget"]["max_position"], deployment["budget"]["positions"]) == ("10000 USD", 10)
    assert kinds(made)["daily_loss"]["limit"] == "1.5%"
    assert "confirmation" not in kinds(made)


@pytest.mark.parametrize(
    ("level", "size"), [(RiskLevel.LOW, "0.5%"), (RiskLevel.MEDIUM, "1%"), (RiskLevel.HIGH, "1.5%")]
)
def test_a_level_of_risk_scales_the_size_by_its_table(level: RiskLevel, size: str) -> None:
    made = document_of_program(config(swings(risk_level=level)))
    assert made["deployments"][0]["size"] == {"risk": size}


def test_strategies_become_deployments_with_their_own_limits_and_stops() -> None:
    momentum = StrategyConfig(name="momentum", symbols=["AAPL"], parameters={"timeframe": "5m", "fast_period": 5})
    made = config(swings(max_positions=3, max_daily_trades=10), momentum, swings(name="VWAP", enabled=False))
    made.risk.trailing_stop_enabled = False
    made.risk.max_total_positions = 2
    made.execution.use_market_orders = False
    made.execution.confirm_trades = True
    found = document_of_program(made)
    first, second, third = found["deployments"]
    assert (third["name"], third["enabled"], "enabled" in first) == ("vwap", False, False)
    assert (first["name"], first["strategy"]) == ("swing_trend_momentum", {"kind": "swing_trend_momentum"})
    assert (first["budget"], first["bars"]) == ({"capital": "50000 USD", "positions": 3, "daily_trades": 10}, "5m")
    assert (first["exits"], first["order"]) == ({"stop_atr": "2"}, {"type": "limit"})
    assert (second["strategy"], second["budget"]) == ({"kind": "momentum", "fast_period": 5}, {"capital": "50000 USD"})
    assert found["instruments"] == {"EURUSD": {"kind": "fx"}, "GBPUSD": {"kind": "fx"}, "AAPL": {"kind": "stock"}}
    rules = kinds(found)
    assert (rules["max_positions"]["limit"], rules["max_per_instrument"]["limit"]) == (2, 1)
    assert "confirmation" in rules


@pytest.mark.parametrize(
    ("timeframe", "is_limit", "after"), [("M5", True, None), ("H1", True, "1h"), ("H1", False, None)]
)
def test_a_limit_entry_works_for_a_bar_at_least(timeframe: str, is_limit: bool, after: str | None) -> None:
    made = config(StrategyConfig(name="momentum", symbols=["AAPL"], parameters={"timeframe": timeframe}))
    made.execution.use_market_orders = not is_limit
    assert kinds(document_of_program(made)).get("order_timeout", {}).get("after") == after


def test_the_usual_patience_is_the_one_of_the_rule() -> None:
    assert order_timeout.Config().after == meaning._USUAL_NS, "what is written for programs leaves it to the rule"


def test_all_stops_together_lose_no_more_than_the_portfolio_may() -> None:
    made = config(swings())
    assert kinds(document_of_program(made))["max_positions"]["limit"] == 5
    made.strategies[0].risk_level = RiskLevel.HIGH
    assert kinds(document_of_program(made))["max_positions"]["limit"] == 3
    made.risk.max_portfolio_risk = 1
    with pytest.raises(ValueError, match="max_portfolio_risk"):
        document_of_program(made)


def test_each_key_of_risk_execution_and_monitoring_stands_in_the_file_as_it_is_and_as_it_is_changed() -> None:
    made = config(swings())
    usual = {
        "above": "70%", "each": 1, "trade": "1%", "ticks": 3, "exits": {"stop_atr": "2", "trailing": {"atr": "1.5"}},
        "size": {"risk": "1%"},
        "monitor": {"health": "1m", "figures": "5m", "positions": "30s", "cpu": "80%", "memory": "80%", "disk": "90%"},
    }  # fmt: skip
    assert written(made) == usual
    risk, watch = made.risk, made.monitoring
    risk.max_correlation, risk.max_positions_per_symbol, risk.max_risk_per_trade = Decimal("0.4"), 2, Decimal("0.5")
    risk.stop_loss_atr_multiplier, risk.trailing_stop_atr_multiplier = Decimal(3), Decimal("2.5")
    made.execution.max_slippage = Decimal(7)
    watch.health_check_interval, watch.performance_update_interval = Decimal(90), Decimal(120)
    watch.position_update_interval, watch.max_cpu_usage = Decimal(15), Decimal(50)
    watch.max_memory_usage, watch.max_disk_usage = Decimal(60), Decimal(70)
    assert written(made) == {
        "above": "40%", "each": 2, "trade": "0.5%", "ticks": 7, "exits": {"stop_atr": "3", "trailing": {"atr": "2.5"}},
        "size": {"risk": "0.5%"},
        "monitor": {"health": "90s", "figures": "2m", "positions": "15s", "cpu": "50%", "memory": "60%", "disk": "70%"},
    }  # fmt: skip


def written(made: LiveTradingConfig) -> dict[str, Any]:
    """Return where each key of a program stands in its file."""
    found = document_of_program(made)
    rules, (deployment,) = kinds(found), found["deployments"]
    return {
        "above": rules["correlation"]["above"], "each": rules["max_per_instrument"]["limit"],
        "trade": rules["trade_risk"]["limit"], "ticks": rules["slippage"]["warn_ticks"],
        "exits": deployment["exits"], "size": deployment["size"], "monitor": found["monitor"],
    }  # fmt: skip


def test_a_strategy_is_added_once() -> None:
    made = LiveTradingConfig()
    made.add_strategy(swings())
    made.add_strategy(swings(name="momentum"))
    with pytest.raises(ValidationError, match="added twice"):
        made.add_strategy(swings(name="swing_trend_momentum"))
    assert [one.name for one in made.strategies] == ["SwingTrendMomentum", "momentum"]
    for one in made.strategies:
        one.enabled = False
    with pytest.raises(ValueError, match="every one is disabled"):
        document_of_program(made)


@pytest.mark.parametrize(
    ("group", "key", "value"),
    [
        ("execution", "retry_attempts", 5), ("execution", "max_deviation", 7), ("execution", "execution_timeout", 9),
        ("monitoring", "connection_check_interval", 10),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_by_its_name(group: str, key: str, value: object) -> None:
    made = config(swings())
    setattr(getattr(made, group) if group else made, key, value)
    with pytest.raises(NotAvailable, match=f"{key} = .*: not available in this version: "):
        document_of_program(made)


def test_services_are_channels_with_their_keys_in_the_environment_and_the_levels_and_classes_that_are_told() -> None:
    made = config(swings())
    assert "alerts" not in document_of_program(made)
    made.notifications.services = ["email", "telegram"]
    mail, chat = document_of_program(made)["alerts"]
    assert (mail["kind"], mail["password"], mail["level"]) == ("email", "${EMAIL_PASSWORD}", "warning")
    assert chat == {
        "kind": "telegram", "token": "${TELEGRAM_BOT_TOKEN}", "chats": ["${TELEGRAM_CHAT_ID}"], "level": "warning"
    }  # fmt: skip
    made.notifications.trade_notifications = False
    made.notifications.notification_levels = ["ERROR", "CRITICAL"]
    told = document_of_program(made)["alerts"][1]
    assert (told["level"], told["kinds"]) == ("error", {"signal": "off", "order": "off", "position": "off"})
    made.notifications.trade_notifications = True
    for kind in ("error", "performance", "system"):
        setattr(made.notifications, f"{kind}_notifications", False)
        assert [one["kinds"] for one in document_of_program(made)["alerts"]] == [{kind: "off"}] * 2
        setattr(made.notifications, f"{kind}_notifications", True)
    assert "kinds" not in document_of_program(made)["alerts"][1]
    made.notifications.services = ["sms"]
    assert [(one["kind"], one["token"]) for one in document_of_program(made)["alerts"]] == [("sms", "${TWILIO_TOKEN}")]
    made.notifications.notification_levels = ["INFO", "CRITICAL"]
    with pytest.raises(ValueError, match=r"notification_levels: name the least level"):
        document_of_program(made)
    made.notifications.enabled = False
    assert "alerts" not in document_of_program(made)


def test_limits_of_losses_of_one_strategy_stand_in_its_budget() -> None:
    budget = document_of_program(config(swings(max_daily_loss=100.0, max_drawdown=5.0)))["deployments"][0]["budget"]
    assert (budget["daily_loss"], budget["drawdown"]) == ("100 USD", "5%")
    assert not {"daily_loss", "drawdown"} & set(document_of_program(config(swings()))["deployments"][0]["budget"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SwingTrendMomentum", "swing_trend_momentum"), ("EMA_Cross", "ema_cross"), ("VWAP", "vwap"),
        ("momentum", "momentum"), ("SwingTrendMomentumStrategy", "swing_trend_momentum"),
    ],
)  # fmt: skip
def test_names_are_written_as_the_documents_write_them(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("timeframe", "bars"), [("M1", "1m"), ("M15", "15m"), ("H4", "4h"), ("D1", "1d"), ("30m", "30m")]
)
def test_timeframes_of_the_terminal_are_understood(timeframe: str, bars: str) -> None:
    made = document_of_program(config(swings(parameters={"timeframe": timeframe})))
    assert made["deployments"][0]["bars"] == bars


def test_holidays_are_taken_out_of_the_calendar() -> None:
    made = config(swings())
    made.schedule.market_holidays = ["2024-01-03"]
    assert document_of_program(made)["calendars"] == {"fx": {"closed": ["2024-01-03"]}}
