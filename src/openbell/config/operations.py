"""What is done at fixed times of a trading day, a week and a month, as a file says it."""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from openbell.core.types import NS
from openbell.schema import PartConfig, Span, Text

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


class ParameterReview(PartConfig):
    """Once a month, on its first trading day: the report of the month before."""

    at: Clock = "10:00"


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
