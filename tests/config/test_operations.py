"""The times and steps of operations: defaults, ways to write them, what is refused."""

import pytest
from pydantic import ValidationError

from openbell.config.operations import OperationsTerms
from openbell.core.types import NS


def test_nothing_said_is_the_usual_day_and_week() -> None:
    made = OperationsTerms()
    assert made.pre_market is not None and made.pre_market.at == "08:30"
    assert made.pre_market.steps == (
        "check_system_health", "validate_data_feeds", "review_overnight_news", "check_position_limits",
        "validate_risk_controls",
    )  # fmt: skip
    assert made.market_open is not None and made.market_open.at == "open"
    assert made.intraday is not None and made.intraday.every == 3600 * NS
    assert made.market_close is not None and made.market_close.at == "close"
    assert made.post_market is not None and made.post_market.at == "17:00"
    assert made.weekly_review is not None and (made.weekly_review.day, made.weekly_review.at) == ("sunday", "10:00")


@pytest.mark.parametrize(
    ("said", "meant"), [("09:30", "09:30"), ("Open", "open"), ("close", "close"), ("16:00:00", "16:00")]
)
def test_a_moment_is_a_time_or_a_bound_of_the_session(said: str, meant: str) -> None:
    made = OperationsTerms.model_validate({"pre_market": {"at": said}})
    assert made.pre_market is not None and made.pre_market.at == meant


@pytest.mark.parametrize(
    "words",
    [
        {"pre_market": {"at": "half past eight"}}, {"pre_market": {"at": "25:00"}}, {"weekly_review": {"at": "open"}},
        {"weekly_review": {"day": "someday"}}, {"intraday": {"every": "0s"}}, {"intraday": {"steps": ["enable_trading"]}},
        {"at_noon": {}},
    ],
)  # fmt: skip
def test_what_is_no_time_no_day_and_no_step_is_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OperationsTerms.model_validate(words)


def test_a_block_that_is_null_is_left_out() -> None:
    assert OperationsTerms.model_validate({"intraday": None}).intraday is None
