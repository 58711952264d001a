"""What is done at fixed times of a trading day, a week and a month, as a file says it."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from openbell.config.trigger import Condition
from openbell.core.types import NS
from openbell.schema import Fraction, Number, PartConfig, Span, Text

OPEN, CLOSE = "open", "close"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PreMarketStep = Literal[
    "check_system_health", "validate_data_feeds", "review_overnight_news", "check_position_limits",
    "validate_risk_controls",
]  # fmt: skip
OpenStep = Literal["enable_trading", "confirm_data_flowing", "validate_first_signals"]
IntradayStep = Literal["check_position_status", "monitor_pnl", "validate_risk_metrics", "check_system_performance"]
CloseStep = Literal[
    "disable_new_positions", "review_daily_performance", "generate_daily_report", "backup_trading_logs"
]  # fmt: skip
PostMarketStep = Literal["reconcile_positions", "update_performance_tracking", "prepare_next_day_config"]
WeeklyStep = Literal[
    "analyze_weekly_performance", "review_parameter_stability", "check_strategy_health", "update_risk_limits",
    "review_transaction_costs",
]  # fmt: skip


def _moment(value: object) -> str:
    text = str(value).strip().lower()
    if text in (OPEN, CLOSE):
        return text
    try:
        found = time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{value!r} is not a time of day; write 08:30, open or close") from None
    return found.isoformat("minutes")


def _clock(value: object) -> str:
    text = _moment(value)
    if text in (OPEN, CLOSE):
        raise ValueError(f"{value!r} is not a time of day; write 10:00")
    return text


Moment = Annotated[
    str, PlainValidator(_moment), WithJsonSchema({"type": "string", "pattern": "^(open|close|[0-9]{2}:[0-9]{2})$"})
]
"""A time of day in the exchange's zone, or the session's own `open` or `close`."""
Clock = Annotated[str, PlainValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"})]
"""A time of day in the exchange's zone."""
Above = Annotated[Span, Field(gt=0)]


class PreMarket(PartConfig):
    """Before each session; never later than its opening."""

    at: Moment = "08:30"
    steps: tuple[PreMarketStep, ...] = (
        "check_system_health", "validate_data_feeds", "review_overnight_news", "check_position_limits",
        "validate_risk_controls",
    )  # fmt: skip


class MarketOpen(PartConfig):
    """At each opening; never before it."""

    at: Moment = OPEN
    steps: tuple[OpenStep, ...] = ("enable_trading", "confirm_data_flowing", "validate_first_signals")


class Intraday(PartConfig):
    """Again and again while the session lasts, counted from its opening."""

    every: Above = 3600 * NS
    steps: tuple[IntradayStep, ...] = (
        "check_position_status", "monitor_pnl", "validate_risk_metrics", "check_system_performance"
    )  # fmt: skip


class MarketClose(PartConfig):
    """At each close, also an early one; never later than it."""

    at: Moment = CLOSE
    steps: tuple[CloseStep, ...] = (
        "disable_new_positions", "review_daily_performance", "generate_daily_report", "backup_trading_logs"
    )  # fmt: skip


class PostMarket(PartConfig):
    """After each session; never before its close."""

    at: Moment = "17:00"
    steps: tuple[PostMarketStep, ...] = (
        "reconcile_positions", "update_performance_tracking", "prepare_next_day_config"
    )  # fmt: skip


class WeeklyReview(PartConfig):
    """Once a week."""

    day: Weekday = "sunday"
    at: Clock = "10:00"
    steps: tuple[WeeklyStep, ...] = (
        "analyze_weekly_performance", "review_parameter_stability", "check_strategy_health", "update_risk_limits",
        "review_transaction_costs",
    )  # fmt: skip


Tranche = Annotated[Fraction, Field(gt=0, lt=1)]


class Bounds(PartConfig):
    """What new values must keep on days that they were not chosen on; at the bound they pass.

    Attributes:
        min_efficiency: Part of what was seen inside the samples of the walk-forward that was kept outside of them.
        min_gain: Return over the judged days above that of the present values.
        max_drawdown: Deepest fall in the judged days.
        min_trades: Closed trades over all days.
    """

    min_efficiency: Number = Decimal("0.5")
    min_gain: Fraction = Decimal(0)
    max_drawdown: Annotated[Fraction, Field(gt=0)] = Decimal("0.2")
    min_trades: int = Field(default=20, ge=0)


class ParameterReview(PartConfig):
    """Once a month, on its first trading day: the month before, and has trading drifted?

    Attributes:
        at: When.
        triggers: What makes it look for other values; none, and it only reports.
        recent: Trading days at the end that are compared with all before.
        grid: What may have other values, as `openbell sweep --grid` takes it.
        folds: Stretches of days that the walk-forward judges.
        train: Trading days before each that it chooses in; None for all there are.
        bounds: What other values must keep to be proposed.
        stages: Shares of the capital that proposed values trade with, one after the other, before they have all.
    """

    at: Clock = "10:00"
    triggers: tuple[Condition, ...] = ()
    recent: int = Field(default=20, ge=5)
    grid: tuple[Text, ...] = ()
    folds: int = Field(default=4, ge=1)
    train: int | None = Field(default=None, ge=2)
    bounds: Bounds = Bounds()
    stages: tuple[Tranche, ...] = (Decimal("0.25"), Decimal("0.5"))

    @model_validator(mode="after")
    def _whole(self) -> "ParameterReview":
        if not self.grid and any(one.name == "parameter_drift" for one in self.triggers):
            raise ValueError("parameter_drift needs a grid: which options may have which values; add grid: [PATH=A,B]")
        if list(self.stages) != sorted(set(self.stages)):
            raise ValueError("stages do not rise: each has a larger share of the capital than the one before")
        return self


class OperationsTerms(PartConfig):
    """What is done when; a block that is null is left out.

    Attributes:
        calendar: Whose days and zone are meant; by default that of the first instrument.
        pre_market, market_open, intraday, market_close, post_market: Within a trading day.
        weekly_review, parameter_review: Within a week and a month.
    """

    calendar: Text | None = None
    pre_market: PreMarket | None = PreMarket()
    market_open: MarketOpen | None = MarketOpen()
    intraday: Intraday | None = Intraday()
    market_close: MarketClose | None = MarketClose()
    post_market: PostMarket | None = PostMarket()
    weekly_review: WeeklyReview | None = WeeklyReview()
    parameter_review: ParameterReview | None = ParameterReview()
