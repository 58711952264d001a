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


def test_it_says_what_it_does() -> None:
    assert max_position.APPLIES == "entry"
    text = max_position.text(max_position.Config(limit="12.5%"))
    assert text == "at most 12.5% of equity in one instrument, orders in flight included"
