"""Conditions: what they mean, and that nothing else is read."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from openbell.config.operations import ParameterReview
from openbell.config.trigger import parse_trigger


@pytest.mark.parametrize(
    ("text", "name", "value", "holds"),
    [
        ("performance_degradation > 0.3", "performance_degradation", "0.31", True),
        ("performance_degradation > 0.3", "performance_degradation", "0.30", False),
        ("performance_degradation > 0.3", "performance_degradation", "0.29", False),
        ("performance_degradation > 0.3", "performance_degradation", "-2", False),
        ("performance_degradation>=30%", "performance_degradation", "0.3", True),
        ("parameter_drift > 0.5", "parameter_drift", "0.49", False),
        ("parameter_drift > 0.5", "parameter_drift", "0.5", False),
        ("parameter_drift > 0.5", "parameter_drift", "0.51", True),
        ("parameter_drift < 50%", "parameter_drift", "0.49", True),
        ("parameter_drift <= 0.5", "parameter_drift", "0.51", False),
    ],
)
def test_a_figure_is_compared_with_its_bound(text: str, name: str, value: str, holds: bool) -> None:
    assert parse_trigger(text).holds({name: Decimal(value)}) is holds


def test_a_flag_is_so_or_not() -> None:
    one = parse_trigger("new_regime_detected")
    assert (one.holds({"new_regime_detected": True}), one.holds({"new_regime_detected": False})) == (True, False)


def test_what_is_not_known_neither_holds_nor_fails() -> None:
    assert parse_trigger("parameter_drift > 0.5").holds({"parameter_drift": None}) is None
    assert parse_trigger("new_regime_detected").holds({}) is None


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "performance_degradation > __import__('os').getpid()",
        "performance_degradation > 0.3; parameter_drift > 1", "(lambda: 1)() > 0", "1 < 2", "parameter_drift > 1e3",
        "parameter_drift > -0.5", "performance_degradation > 0.3 or True", "parameter_drift", "loss > 0.3", "", "True",
        "new_regime_detected > 0.5", "parameter_drift == 0.5", "parameter_drift > 0.5\n__import__('os')",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write |known: "):
        parse_trigger(text)
    with pytest.raises(ValidationError):
        ParameterReview.model_validate({"triggers": [text], "grid": ["deployments.a.strategy.fast=1,2"]})


def test_a_review_takes_conditions_as_they_are_written() -> None:
    said = {"triggers": ["performance_degradation>0.3", "new_regime_detected"]}
    made = ParameterReview.model_validate(said)
    assert made.model_dump(mode="json")["triggers"] == ["performance_degradation > 0.3", "new_regime_detected"]
    assert ParameterReview.model_validate(made.model_dump()) == made


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"triggers": ["parameter_drift > 0.5"]}, "needs a grid"),
        ({"stages": ["50%", "25%"]}, "stages do not rise"),
        ({"stages": ["25%", "100%"]}, "less than 1"),
        ({"recent": 4}, "greater than or equal to 5"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(said: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ParameterReview.model_validate(said)
