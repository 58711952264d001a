"""What a Python program says of a run: typed fields that become the file they mean.

Percentages are numbers of percent here (`max_daily_loss_pct=2.0`), as the programs that use these names write them.
Nothing is looked up or opened; `document_of_program` gives the file's text, and the loader checks it.
"""

import re
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator

from openbell.config.brief import TICKERS, Brief, BriefError, check_brief, document_of, rate_for
from openbell.config.starter import PAIRS
from openbell.core.types import Rounding, div
from openbell.schema import Number, PartConfig, format_decimal

Above = Annotated[Number, Field(gt=0)]
Percent = Annotated[Number, Field(gt=0, le=100)]
Count = Annotated[int, Field(ge=1)]
SIZE_OF = {"low": Decimal("0.5"), "medium": Decimal(1), "high": Decimal("1.5")}
"""What the size of a position is multiplied by at each level of risk."""
_TIMEFRAME = re.compile(r"^([MHD])([1-9][0-9]*)$")
_UNIT = {"M": "m", "H": "h", "D": "d"}
_CURRENCIES = {"AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "SEK", "NOK", "USD"}


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
        symbols: What it trades. parameters: `timeframe` (M5, H1, D1 or 5m) and the strategy's own options.
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
    """When is traded: in the sessions of the instruments' calendars.

    `market_holidays` (ISO dates) are taken out of them.
    """

    model_config = CHANGEABLE

    enabled: bool = True
    timezone: str = "UTC"
    weekend_trading: bool = False
    holiday_trading: bool = False
    market_holidays: list[str] = []


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


def document_of_program(config: LiveTradingConfig) -> dict[str, Any]:
    """Return the configuration that a program means, in the file's shape.

    Raises:
        NotAvailable: It asks for what this version cannot do. ValueError: An account number or ticker is wrong.
    """
    _refuse(config)
    enabled = [strategy for strategy in config.strategies if strategy.enabled]
    if config.strategies and not enabled:
        raise ValueError("strategies: every one is disabled; enable one")
    made = _of_strategies(config, enabled) if enabled else _of_tickers(config)
    return {**made, "speed": config.speed}


_UNABLE = {
    "execution.max_slippage": "slippage in points is not bounded; use a file with rules: [{kind: slippage, …}]",
    "execution.max_deviation": "only a terminal of MetaTrader knows a deviation, and there is no connection to one",
    "execution.retry_attempts": "an order is never sent twice; what is not answered is asked after",
    "execution.retry_delay": "an order is never sent twice; what is not answered is asked after",
    "execution.execution_timeout": "the simulated exchange always answers",
    "monitoring.health_check_interval": "the engine looks after itself at every event",
    "monitoring.performance_update_interval": "figures are brought up to date at every event",
    "monitoring.position_update_interval": "positions are brought up to date at every event",
    "monitoring.connection_check_interval": "there is no connection to check",
    "monitoring.max_cpu_usage": "the machine's sensors are not read",
    "monitoring.max_memory_usage": "the machine's sensors are not read",
    "monitoring.max_disk_usage": "the machine's sensors are not read; a full disk stops new risk by itself",
    "notifications.services": "no channel can be reached; alerts are in the journal and on the terminal",
    "schedule.timezone": "sessions are those of each instrument's calendar",
    "schedule.weekend_trading": "sessions are those of each instrument's calendar",
    "schedule.holiday_trading": "sessions are those of each instrument's calendar",
    "trading_start_hour": "hours inside the session cannot be left out; leave it at 9",
    "trading_end_hour": "hours inside the session cannot be left out; leave it at 16",
}
"""Settings that may only have their default here, and why."""


def _refuse(config: LiveTradingConfig) -> None:
    for path, why in _UNABLE.items():
        name, _, key = path.rpartition(".")
        group: PartConfig = getattr(config, name) if name else config
        wanted, usual = getattr(group, key), type(group).model_fields[key].get_default(call_default_factory=True)
        if wanted != usual and not (path == "notifications.services" and not config.notifications.enabled):
            raise NotAvailable(f"{path} = {wanted!r}: not available in this version: {why}")


def _of_tickers(config: LiveTradingConfig) -> dict[str, Any]:
    brief = Brief(
        account=config.kis_account_no,
        mode=config.mode.value,
        tickers=tuple(config.tickers),
        interval_s=config.decision_interval_seconds,
        max_positions=config.max_positions,
        max_position_size=config.max_position_size_usd,
        max_daily_trades=config.max_daily_trades,
        max_daily_loss=config.max_daily_loss.scaleb(-2),
        confirm=config.execution.confirm_trades or (None if config.require_confirmation else False),
        cash=config.cash,
    )
    try:
        check_brief(brief)
    except BriefError as error:
        names = {"account": "kis_account_no", "interval_s": "decision_interval_seconds"}
        raise ValueError(f"{names.get(error.field, error.field)}: {error.what}; {error.advice}") from None
    return document_of(brief)


def _of_strategies(config: LiveTradingConfig, strategies: list[StrategyConfig]) -> dict[str, Any]:
    risk, symbols = config.risk, [symbol for strategy in strategies for symbol in strategy.symbols]
    intervals = {_timeframe(strategy) for strategy in strategies}
    capital = div(config.cash, Decimal(len(strategies)), Decimal(1), Rounding.FLOOR)
    if len(intervals) > 1 and config.data is None:
        raise NotAvailable("strategies of different timeframes need recorded data: an invented market has one length")
    rules: list[dict[str, Any]] = [
        {"kind": "daily_loss", "limit": _percent(config.max_daily_loss), "release": "manual"},
        {"max_position": "off"},
        {"kind": "max_positions", "limit": min(risk.max_total_positions, _at_once(risk, strategies))},
        # Stops lie at true ranges, which this rule cannot foresee: what moves together is bounded by its worth.
        {"kind": "correlation", "above": _percent(risk.max_correlation.scaleb(2)), "limit": "100%"},
        {"kind": "max_per_instrument", "limit": risk.max_positions_per_symbol},
        {"kind": "trade_risk", "limit": _percent(risk.max_risk_per_trade * max(s.risk_level.size for s in strategies))},
        rate_for(len(symbols)),
        # Sizes follow from the stop: a position may be worth a strategy's whole capital.
        *({kind: "off"} for kind in ("order_notional", "concentration", "portfolio_risk", "min_cash")),
    ]  # fmt: skip
    if config.execution.confirm_trades or (config.mode is TradingMode.LIVE and config.require_confirmation):
        rules.append({"kind": "confirmation", "typed_above": "100%"})
    kinds = {symbol: {"kind": _kind_of_symbol(symbol)} for symbol in symbols}
    document: dict[str, Any] = {
        "mode": config.mode.value,
        "title": config.account_name or "Live trading",
        "source": _market(symbols, min(intervals)),
        "instruments": kinds,
        "accounts": {"main": {"broker": "sim", "cash": _usd(config.cash)}},
        "deployments": [_deployment(config, strategy, capital) for strategy in strategies],
        "rules": rules,
    }
    if config.schedule.market_holidays:
        names = {"fx": "fx", "stock": "NYSE"}
        closed = {"closed": list(config.schedule.market_holidays)}
        document["calendars"] = {names[kind["kind"]]: closed for kind in kinds.values()}
    return document


def _at_once(risk: RiskConfig, strategies: list[StrategyConfig]) -> int:
    """Return how many positions may be held so that all stops together lose no more than the portfolio's risk."""
    each = max(strategy.risk_level.size for strategy in strategies) * risk.max_risk_per_trade
    count = int(div(risk.max_portfolio_risk, each, Decimal(1), Rounding.FLOOR))
    if count < 1:
        raise ValueError(f"risk.max_portfolio_risk: {risk.max_portfolio_risk} % is less than one trade risks, {each} %")
    return count


def _market(symbols: list[str], interval: str) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": "synthetic", "interval": interval}
    pairs = {symbol: PAIRS.get(symbol, "1") for symbol in symbols if _kind_of_symbol(symbol) == "fx"}
    return {**made, "volatility": "9%", "prices": pairs} if pairs else made


def _deployment(config: LiveTradingConfig, strategy: StrategyConfig, capital: Decimal) -> dict[str, Any]:
    risk, known = config.risk, ("timeframe", "bars", "update_interval")
    budget: dict[str, Any] = {"capital": _usd(capital)}
    if strategy.max_positions is not None:
        budget["positions"] = strategy.max_positions
    if strategy.max_daily_trades is not None:
        budget["daily_trades"] = strategy.max_daily_trades
    if strategy.max_daily_loss is not None:
        budget["daily_loss"] = _usd(strategy.max_daily_loss)
    if strategy.max_drawdown is not None:
        budget["drawdown"] = _percent(strategy.max_drawdown)
    exits: dict[str, Any] = {"stop_atr": format_decimal(risk.stop_loss_atr_multiplier)}
    if risk.trailing_stop_enabled:
        exits["trailing"] = {"atr": format_decimal(risk.trailing_stop_atr_multiplier)}
    options = {key: value for key, value in strategy.parameters.items() if key not in known}
    made: dict[str, Any] = {
        "name": kind_of(strategy.name),
        "strategy": {"kind": kind_of(strategy.name), **options},
        "instruments": list(strategy.symbols),
        "bars": _timeframe(strategy),
        "account": "main",
        "short": True,
        "budget": budget,
        "size": {"risk": _percent(risk.max_risk_per_trade * strategy.risk_level.size)},
        "exits": exits,
    }
    return made if config.execution.use_market_orders else {**made, "order": {"type": "limit"}}


def _timeframe(strategy: StrategyConfig) -> str:
    text = str(strategy.parameters.get("timeframe", "M5"))
    match = _TIMEFRAME.match(text)
    return f"{match[2]}{_UNIT[match[1]]}" if match else text


def _kind_of_symbol(symbol: str) -> str:
    return "fx" if len(symbol) == 6 and {symbol[:3], symbol[3:]} <= _CURRENCIES else "stock"


def _percent(value: Decimal) -> str:
    return f"{format_decimal(value)}%"


def _usd(value: Decimal) -> str:
    return f"{format_decimal(value)} USD"
