"""max_position: the worst case in one instrument."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import max_position
from tests.parts.rules.facts import verdict


@pytest.mark.parametrize(
    ("value", "equity", "wanted"),
    [
        (9_999.99, 100_000, 0),
        (10_000, 100_000, 0),
        (10_000.00000001, 100_000, Code.MAX_POSITION),
        (0, 0, 0),
        (1, 0, Code.MAX_POSITION),
        (1, -100, Code.MAX_POSITION),
    ],
)
def test_worst_cases(value: float, equity: float, wanted: int) -> None:
    assert verdict(max_position, max_position.Config(limit="10%"), instrument_value=value, equity=equity) == wanted


@pytest.mark.parametrize(
    ("value", "equity", "wanted"),
    [
        (1_000, 100_000, 0), (1_000.00000001, 100_000, Code.MAX_POSITION), (500, 5_000, 0),
        (500.00000001, 5_000, Code.MAX_POSITION),
    ],
)  # fmt: skip
def test_a_worth_bounds_it_as_well(value: float, equity: float, wanted: int) -> None:
    config = max_position.Config.model_validate({"limit": "10%", "worth": "1000 USD"})
    assert verdict(max_position, config, instrument_value=value, equity=equity) == wanted
    assert "at most 10% of equity and 1000 USD in one instrument" in max_position.text(config)


def test_it_says_what_it_does() -> None:
    assert max_position.APPLIES == "entry"
    text = max_position.text(max_position.Config(limit="12.5%"))
    assert text == "at most 12.5% of equity in one instrument, orders in flight included"
