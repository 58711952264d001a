"""A wish from the page becomes a file that anybody could have written."""

from pathlib import Path
from typing import Any

import pytest

from openbell.edges.web.deploying import DeploymentConfig
from openbell.run.web import wish
from openbell.run.web.wish import MOST_ALIASES, MOST_DEPTH

LEAST: dict[str, Any] = {"strategy": {"kind": "ema_cross", "options": {"fast": 5}}, "symbols": ["AAA", "BBB"]}


def asked(**change: Any) -> dict[str, Any]:
    return DeploymentConfig.model_validate({**LEAST, **change}).model_dump()


def test_every_field_reaches_the_file(tmp_path: Path) -> None:
    risk = {"position_size": 0.1, "daily_loss": 0.015, "drawdown": 0.08, "stop_loss": None, "max_positions": 7}
    made = wish.document_of(asked(risk=risk, timeframe="5m", capital="5000 EUR", name="mine"), tmp_path)
    (deployment,) = made["deployments"]
    assert (deployment["name"], deployment["bars"]) == ("mine", "5m")
    assert deployment["strategy"] == {"kind": "ema_cross", "fast": 5}
    assert deployment["budget"] == {"capital": "5000 EUR", "per_position": "10%", "positions": 7}
    assert deployment["exits"] == {"take_profit": "5%"}
    rules = {rule["kind"]: rule for rule in made["rules"]}
    assert (rules["daily_loss"]["limit"], rules["drawdown"]["limit"]) == ("1.5%", "8%")
    assert (rules["max_positions"]["limit"], rules["max_position"]["limit"]) == (7, "12.5%")
    assert made["accounts"] == {"main": {"broker": "sim", "cash": "5000 EUR"}}
    for bars in ("1m", "5m", "15m", "1h"):
        planned = wish.planned(asked(risk=risk, timeframe=bars, capital="5000 EUR"), tmp_path, {})
        assert planned["is_valid"] and f"bars: {bars}\n" in planned["config"], planned["problems"]


def test_S5_125_the_plan_has_a_score_whose_parts_stand_beside_it_and_not_among_the_lines(tmp_path: Path) -> None:
    made = wish.planned(asked(), tmp_path, {})
    (risk,) = made["risk"]
    assert (risk["points"], risk["of"], risk["level"], risk["is_bounded"]) == (10, 100, "low", True)
    assert {part["name"]: part["points"] for part in risk["parts"]} == {
        "exposure": 1, "stops": 0, "loss": 1, "day": 2, "leverage": 0, "concentration": 1, "limits": 0, "money": 0,
        "liquidity": 5,
    }  # fmt: skip
    assert not any("Risk score" in line or "exposure 1 of" in line for line in made["lines"])
    bare = wish.planned(asked(risk={"stop_loss": None, "position_size": 0.1}), tmp_path, {})["risk"][0]
    assert (bare["level"], bare["is_bounded"], bare["points"] > risk["points"]) == ("high", False, True)
    assert wish.planned(asked(strategy={"kind": "ema_cross", "options": {"slow": -1}}), tmp_path, {})["risk"] == []


def test_a_position_that_every_limit_would_refuse_is_refused_before_it_is_begun(tmp_path: Path) -> None:
    for size, is_valid in ((0.1, True), (0.11, False)):
        made = wish.planned(asked(risk={"position_size": size}), tmp_path, {})
        assert made["is_valid"] is is_valid
        assert not [line for line in made["lines"] if str(tmp_path.parent) in line or "openbell-plan" in line]
    (first, *_) = [one for one in made["problems"] if not one["is_warning"]]
    assert (first["field"], first["code"]) == ("risk.position_size", "L105")
    assert "a full position of ema_cross is 11000 USD, and order_notional allows 10000 USD" in first["text"]
    assert first["text"].startswith("config.yaml:") and "warning" not in first["text"]


def test_a_broker_gets_its_options_and_no_invented_market(tmp_path: Path) -> None:
    desk = {"broker": "alpaca", "options": {"key": "${vault:ALPACA}"}}
    made = wish.document_of(asked(mode="paper", account=desk), tmp_path)
    assert made["accounts"] == {"main": {"currency": "USD", "broker": "alpaca", "key": "${vault:ALPACA}"}}
    assert "source" not in made and made["instruments"] == {"default": {"kind": "stock", "currency": "USD"}}


def test_a_plan_tells_all_that_is_wrong_at_once_each_with_its_place(tmp_path: Path) -> None:
    bad = asked(strategy={"kind": "ema_cross", "options": {"fats": 1, "slow": -1}})
    made = wish.planned(bad, tmp_path, {})
    assert not made["is_valid"] and made["digest"] == ""
    assert {problem["path"] for problem in made["problems"]} >= {"deployments[0].strategy.fats"}
    assert all(problem["line"] and problem["text"].startswith("config.yaml:") for problem in made["problems"])


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("a: " + "[" * MOST_DEPTH + "]" * MOST_DEPTH, True),
        ("a: " + "[" * (MOST_DEPTH + 1), False),
        ("a: " + "[" * 20_000, False),
        ("- " * 20_000 + "x", False),
        ("a: &a [x]\nb: [" + "*a, " * MOST_ALIASES + "x]", True),
        ("a: &a [x]\nb: [" + "*a, " * (MOST_ALIASES + 1) + "x]", False),
    ],
)
def test_E22_a_text_that_nests_or_repeats_itself_without_end_is_not_read(
    text: str, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(given: str, _: object) -> dict[str, Any]:
        read.append(given)
        return {"is_valid": False}

    monkeypatch.setattr(wish, "plan_of", noted)
    found = wish.checked(text)
    assert bool(read) == is_read and not found["is_valid"]
    assert is_read or "nests more than 16 deep" in found["problems"][0]["text"]
