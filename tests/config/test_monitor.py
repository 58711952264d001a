"""The terms of what is looked at by the clock: defaults, bounds, how they are written."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from openbell.config.monitor import Expected, MonitorTerms
from openbell.core.types import NS


def test_defaults_are_those_of_the_documents() -> None:
    made = MonitorTerms()
    assert (made.health, made.figures, made.positions) == (60 * NS, 300 * NS, 30 * NS)
    assert (made.cpu, made.memory, made.disk, made.expected) == (Decimal("0.8"), Decimal("0.8"), Decimal("0.9"), None)


@pytest.mark.parametrize(
    "words",
    [{"health": "0s"}, {"cpu": "0%"}, {"disk": "101%"}, {"memory": "-1%"}, {"positions": 30}, {"expected": {"trades": 0}}],
)  # fmt: skip
def test_what_says_nothing_is_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MonitorTerms.model_validate(words)


def test_expectations_are_shares_and_factors() -> None:
    made = Expected.model_validate({"trades": 10, "win_rate": "45%", "profit_factor": "1.2"})
    assert (made.trades, made.win_rate, made.profit_factor) == (10, Decimal("0.45"), Decimal("1.2"))
