"""A limit that would let ten times the usual order pass is no limit."""

import pytest

from openbell.core.types import E8
from openbell.parts.rules import daily_loss, kill, max_position, max_positions
from openbell.run.parts import bind_rule
from openbell.run.tightness import too_wide, usual_order
from tests.core import build as b

OTHERS = (
    bind_rule("kill", kill, kill.Config()),
    bind_rule("daily_loss", daily_loss, daily_loss.Config()),
    bind_rule("max_positions", max_positions, max_positions.Config()),
)


def wide(limit):
    return bind_rule("max_position", max_position, max_position.Config(limit=limit))


def traded():
    """Return a book whose usual entry is worth 1,000 of an equity of 100,000."""
    made = b.engine()
    b.buy(made, 1, 100.0)
    return made.book


def test_the_usual_order_is_the_median_of_the_entries():
    book = traded()
    assert usual_order(book, "main") * E8 == 1000
    assert usual_order(b.book(), "main") == 0


@pytest.mark.parametrize(("limit", "count"), [("5%", 0), ("9.9%", 0), ("10%", 1), ("50%", 1)])
def test_F105_a_limit_on_size_must_refuse_ten_times_the_usual_order(limit, count):
    found = too_wide(traded(), (*OTHERS, wide(limit)))
    assert len(found) == count
    assert all("10 times the usual order of main, 1000.00" in text for text in found)


def test_limits_on_other_things_and_accounts_without_history_are_not_judged():
    assert too_wide(traded(), OTHERS) == []
    assert too_wide(b.book(), (wide("90%"),)) == []
