"""What a run is made of."""

import pytest

from openbell.core.position import Position
from openbell.core.protect import is_protected
from tests.core.build import exits


@pytest.mark.parametrize(
    ("fields", "has_exits", "has_trail", "needs_atr"),
    [
        ({}, False, False, False),
        ({"stop_loss": "0.02"}, True, False, False),
        ({"take_profit": "0.02"}, True, False, False),
        ({"stop_atr": 2}, True, False, True),
        ({"trail_frac": "0.01"}, True, True, False),
        ({"trail_amount": 3}, True, True, False),
        ({"trail_atr": 3}, True, True, True),
        ({"atr_period": 5}, False, False, False),
    ],
)
def test_what_exits_are_asked_for(fields: dict[str, object], has_exits: bool, has_trail: bool, needs_atr: bool) -> None:
    made = exits(**fields)
    held = Position(account="main", deployment="alpha", instrument="AAPL")
    assert is_protected(made, held) == has_exits
    assert made.has_stop == (has_exits and not made.take_profit)
    assert (made.has_trail, made.needs_atr) == (has_trail, needs_atr)
