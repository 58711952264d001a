"""What a Python program says of a run: typed fields that become the file they mean.

Percentages are numbers of percent here (`max_daily_loss_pct=2.0`), as the programs that use these names write them.
Nothing is looked up or opened; `document_of_program` gives the file's text, and the loader checks it.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator

from openbell.config.brief import TICKERS
from openbell.schema import Number, PartConfig, clocks_of, parse_hours

Above = Annotated[Number, Field(gt=0)]
Percent = Annotated[Number, Field(gt=0, le=100)]
Count = Annotated[int, Field(ge=1)]
SIZE_OF = {"low": Decimal("0.5"), "medium": Decimal(1), "high": Decimal("1.5")}
"""What the size of a position is multiplied by at each level of risk."""


Hook = Callable[[str, str], None]
"""Takes a calendar and an ISO date."""


class TradingMode(StrEnum):
    """Where orders go; DEMO is another name of the simulated exchange."""

    DRY_RUN = "dry_run"
    SIM = "sim"
    PAPER = "paper"
    LIVE = "live"
    DEMO = "sim"


class RiskLevel(StrEnum):
    """How large positions are: 0.5, 1 and 1.5 times what the risk settings say."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def size(self) -> Decimal:
        """What the size of a position is multiplied by."""
        return SIZE_OF[self.value]


class NotAvailable(Exception):
    """This version cannot do what was asked for; the text names it and what to do instead."""


CHANGEABLE = ConfigDict(extra="forbid", frozen=False, validate_assignment=True, allow_inf_nan=False)
"""Settings may be changed one by one; each change is checked."""


class StrategyConfig(PartConfig):
    """One strategy on some symbols.

    Attributes:
        name: Registered kind, also as `SwingTrendMomentum`. enabled: False leaves it out.
        symbols: What it trades. parameters: The strategy's own options, and of how it is run:
            `timeframe`, the length of its bars (M5, H1, D1 or 5m); `bars`, how many it has to have seen before it may
            want anything; `update_interval`, how often it is asked, in seconds, also with a bar that has not closed.
        risk_level: Scales the size of its positions.
        max_positions: Held at once by this strategy, None for no limit of its own.
        max_daily_trades, max_daily_loss, max_drawdown: Limits of this strategy alone; None for those of the account.
    """

    model_config = CHANGEABLE

    name: str = Field(min_length=1)
    enabled: bool = True
    symbols: list[str] = Field(min_length=1)
    parameters: dict[str, Any] = {}
    risk_level: RiskLevel = RiskLevel.MEDIUM
    max_positions: Count | None = None
    max_daily_trades: Count | None = None
    max_daily_loss: Above | None = None
    max_drawdown: Percent | None = None


class ExecutionConfig(PartConfig):
    """How orders are sent; distances in points, times in seconds."""

    model_config = CHANGEABLE

    max_slippage: Above = Decimal(3)
    max_deviation: Above = Decimal(5)
    retry_attempts: Count = 3
    retry_delay: Above = Decimal(1)
    execution_timeout: Above = Decimal(30)
    use_market_orders: bool = True
    confirm_trades: bool = False


class RiskConfig(PartConfig):
    """Limits of the account.

    Shares are in percent, a correlation goes from 0 to 1, distances are in average true ranges.
    """

    model_config = CHANGEABLE

    max_risk_per_trade: Percent = Decimal(1)
    max_portfolio_risk: Percent = Decimal(5)
    max_correlation: Annotated[Number, Field(gt=0, le=1)] = Decimal("0.7")
    max_positions_per_symbol: Count = 1
    max_total_positions: Count = 10
    stop_loss_atr_multiplier: Above = Decimal(2)
    trailing_stop_enabled: bool = True
    trailing_stop_atr_multiplier: Above = Decimal("1.5")


class MonitoringConfig(PartConfig):
    """What is looked at how often (seconds), and from which use (percent) on it is told."""

    model_config = CHANGEABLE

    health_check_interval: Above = Decimal(60)
    performance_update_interval: Above = Decimal(300)
    position_update_interval: Above = Decimal(30)
    connection_check_interval: Above = Decimal(30)
    max_cpu_usage: Percent = Decimal(80)
    max_memory_usage: Percent = Decimal(80)
    max_disk_usage: Percent = Decimal(90)


class NotificationConfig(PartConfig):
    """Who is told of what."""

    model_config = CHANGEABLE

    enabled: bool = True
    services: list[Literal["email", "telegram", "sms"]] = []
    trade_notifications: bool = True
    error_notifications: bool = True
    performance_notifications: bool = True
    system_notifications: bool = True
    notification_levels: list[Literal["INFO", "WARNING", "ERROR", "CRITICAL"]] = ["WARNING", "ERROR", "CRITICAL"]


class ScheduleConfig(PartConfig):
    """When is traded: in the sessions of the calendars, and where this says more, inside.

    Attributes:
        enabled: False to trade at any hour for which there are bars.
        trading_hours: Part of the day for entries, such as 09:00-17:00; empty for all of the session.
        timezone: IANA zone in which they are meant.
        weekend_trading: True for entries at weekends, in markets that are open then.
        holiday_trading: True to trade on `market_holidays` (ISO dates) too; else they are taken out of the sessions.
        on_open, on_close: Called once for each session with its calendar and date, in a thread of their own.
    """

    model_config = CHANGEABLE

    enabled: bool = True
    trading_hours: str = ""
    timezone: str = "UTC"
    weekend_trading: bool = False
    holiday_trading: bool = False
    market_holidays: list[str] = []
    on_open: Hook | None = None
    on_close: Hook | None = None

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        clocks_of(value)
        return value

    @field_validator("trading_hours")
    @classmethod
    def _part_of_a_day(cls, value: str) -> str:
        if value:
            parse_hours(value)
        return value


class LiveTradingConfig(PartConfig):
    """A run as a program says it: tickers and limits, or strategies with groups of settings.

    Attributes:
        mode: Where orders go. account_name: Shown as the run's title.
        kis_account_no, tickers, decision_interval_seconds, max_positions, max_position_size_usd, max_daily_trades: A
            run of one strategy on some stocks, where no strategy is added.
        require_confirmation: True asks a person before each entry where real money is traded.
        enable_notifications: Whether anybody is told, see `notifications`.
        trading_start_hour, trading_end_hour: Hours in New York; the exchange's own session lies inside of them.
        max_daily_loss: Percent of equity, given as `max_daily_loss_pct`.
        cash: What the simulated account begins with, USD.
        strategies, execution, risk, monitoring, notifications, schedule: A run of several strategies.
        data: Recorded bars, None for an invented market. speed: `max`, or times the clock such as 60x.
        state: Where the journal is kept, None for a new place.
        enable_debug, log_level: Least level of the log files in the state; `enable_debug` writes every decision.
    """

    model_config = CHANGEABLE

    mode: TradingMode = TradingMode.SIM
    account_name: str = ""
    kis_account_no: str = ""
    tickers: list[str] = list(TICKERS)
    decision_interval_seconds: Count = 300
    max_positions: Count = 10
    max_position_size_usd: Above = Decimal(10_000)
    max_daily_trades: Count = 20
    max_daily_loss: Percent = Field(default=Decimal(2), alias="max_daily_loss_pct")
    require_confirmation: bool = True
    enable_notifications: bool = True
    trading_start_hour: int = Field(default=9, ge=0, le=23)
    trading_end_hour: int = Field(default=16, ge=1, le=24)
    cash: Above = Decimal(100_000)
    strategies: list[StrategyConfig] = []
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)
    risk: RiskConfig = Field(default_factory=RiskConfig)
    monitoring: MonitoringConfig = Field(default_factory=MonitoringConfig)
    notifications: NotificationConfig = Field(default_factory=NotificationConfig)
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    data: Path | None = None
    speed: str = "max"
    state: Path | None = None
    enable_debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("strategies")
    @classmethod
    def _apart(cls, value: list[StrategyConfig]) -> list[StrategyConfig]:
        names = [kind_of(strategy.name) for strategy in value]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ValueError(f"strategy {twice} is added twice; give each its own name")
        return value

    def add_strategy(self, strategy: StrategyConfig) -> None:
        """Add a strategy.

        Raises:
            pydantic.ValidationError: One of the same name is there already.
        """
        self.strategies = [*self.strategies, strategy]


def kind_of(name: str) -> str:
    """Return a strategy's registered kind: `EMA_Cross` is written in small letters."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().removesuffix("_strategy")
