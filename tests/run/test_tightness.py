"""A limit that would let ten times the usual order pass is no limit."""

import pytest

from openbell.core.types import DAY_NS
from openbell.parts.rules import (
    concentration,
    daily_loss,
    gross_exposure,
    kill,
    max_position,
    max_positions,
    order_notional,
    order_quantity,
    position_quantity,
)
from openbell.run.parts import bind_rule
from openbell.run.tightness import Weekly, too_wide, usual_order
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
    usual = usual_order(book, "main")
    assert usual is not None
    assert (usual.qty, usual.reduce_only) == (10, False)
    assert usual_order(b.book(), "main") is None


@pytest.mark.parametrize(("limit", "count"), [("5%", 0), ("9.9%", 0), ("10%", 1), ("50%", 1)])
def test_F105_a_limit_on_size_must_refuse_ten_times_the_usual_order(limit, count):
    found = too_wide(traded(), (*OTHERS, wide(limit)))
    assert len(found) == count
    assert all("10 times the usual order of main, 1000.00" in text for text in found)


def test_limits_on_other_things_and_accounts_without_history_are_not_judged():
    assert too_wide(traded(), OTHERS) == []
    assert too_wide(b.book(), (wide("90%"),)) == []


@pytest.mark.parametrize(
    ("module", "tight", "loose"),
    [
        (order_notional, {"limit": "9999 USD"}, {"limit": "10000 USD"}),
        (order_quantity, {"stock": 99}, {"stock": 100}),
        (position_quantity, {"stock": 99}, {"stock": 100}),
        (concentration, {"instrument": "9.9%"}, {"instrument": "10%"}),
    ],
)
def test_D32_every_limit_on_the_size_of_an_order_or_a_position_is_judged(module, tight, loose):
    kind, book = module.__name__.rpartition(".")[2], traded()
    assert too_wide(book, (bind_rule(kind, module, module.Config(**tight)),)) == []
    (line,) = too_wide(book, (bind_rule(kind, module, module.Config(**loose)),))
    assert "lets 10 times the usual order of main, 1000.00, pass" in line


def test_D32_a_run_that_lives_is_asked_again_each_week():
    book, rules, day = traded(), (wide("10%"),), DAY_NS
    weekly = Weekly(5)
    assert [len(weekly.look(book, rules, 5 + n * day)) for n in (0, 6, 7, 8, 13, 14)] == [0, 0, 1, 0, 0, 1]
    assert Weekly(5).look(book, rules, 4 + 7 * day) == []


def test_D32_what_is_held_now_hides_no_wide_limit_and_sums_of_an_account_are_not_judged():
    book = traded()
    wide_sum = bind_rule("gross_exposure", gross_exposure, gross_exposure.Config(limit="90%"))
    assert book.position("alpha", "AAPL").qty == 10
    assert len(too_wide(book, (wide("10%"), wide_sum))) == 1
