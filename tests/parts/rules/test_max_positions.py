"""max_positions: how many positions are held or being entered."""

import pytest
from pydantic import ValidationError

from openbell.core.codes import Code
from openbell.parts.rules import max_positions
from tests.parts.rules.facts import verdict


@pytest.mark.parametrize(("count", "wanted"), [(2, 0), (3, 0), (4, Code.MAX_POSITIONS)])
def test_counts(count: int, wanted: int) -> None:
    assert verdict(max_positions, max_positions.Config(limit=3), positions=count) == wanted


def test_it_says_what_it_does() -> None:
    assert max_positions.APPLIES == "entry"
    assert "5" in max_positions.text(max_positions.Config())


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ValidationError):
        max_positions.Config(limit=limit)
