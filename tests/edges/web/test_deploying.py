"""What somebody who deploys may say."""

from typing import Any

import pytest
from pydantic import ValidationError

from openbell.edges.web.deploying import DeploymentConfig, RiskParameters

LEAST: dict[str, Any] = {"strategy": {"kind": "ema_cross"}, "symbols": ["AAA"]}


def test_what_is_left_out_has_the_careful_default() -> None:
    made = DeploymentConfig.model_validate(LEAST)
    assert (made.mode, made.timeframe, made.account.broker, made.accepts_risk) == ("sim", "1m", "sim", False)
    risk = RiskParameters()
    assert (risk.position_size, risk.daily_loss, risk.drawdown) == (0.02, 0.01, 0.05)
    assert (risk.stop_loss, risk.take_profit, risk.max_positions) == (0.02, 0.05, 3)
    assert RiskParameters(stop_loss=None).stop_loss is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"risk": {"stop_loss": 5}}, "5 would be 500%; write 0.05 for 5%"),
        ({"risk": {"drawdown": 0}}, "greater than 0"),
        ({"strategy": {"kind": "./mine.py"}}, "pattern"),
        ({"strategy": {"kind": "ema_cross", "options": {"fast": "${HOME}"}}}, "no other variable"),
        ({"strategy": {"kind": "ema_cross", "options": {"fast": [1]}}}, "an option is"),
        ({"strategy": {"kind": "ema_cross", "options": {"fast": 1e300}}}, "a number is at most"),
        ({"symbols": ["A B"]}, "pattern"),
        ({"symbols": []}, "at least 1"),
        ({"capital": "5 apples"}, "pattern"),
        ({"extra": 1}, "not permitted"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DeploymentConfig.model_validate({**LEAST, **change})


@pytest.mark.parametrize("name", ["position_size", "daily_loss", "drawdown", "stop_loss", "take_profit"])
@pytest.mark.parametrize(("value", "is_taken"), [(-0.01, False), (0, False), (0.0001, True), (1, True), (1.01, False)])
def test_S5_024_a_share_is_above_nothing_and_at_most_the_whole(name: str, value: float, is_taken: bool) -> None:
    asked = {**LEAST, "risk": {name: value}}
    if is_taken:
        assert getattr(DeploymentConfig.model_validate(asked).risk, name) == value
        return
    with pytest.raises(ValidationError) as refused:
        DeploymentConfig.model_validate(asked)
    assert [one["loc"] for one in refused.value.errors()] == [("risk", name)]
