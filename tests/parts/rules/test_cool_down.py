"""cool_down: no new entry for a while after an exit."""

import pytest

from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.parts.rules import cool_down
from tests.core import build as b
from tests.core.build import decision, exits
from tests.parts.rules.scene import again, bound, engine

NO = Code.COOL_DOWN


def left(made: Engine, n: int, px: float) -> None:
    """Enter at bar `n` at 100 and leave one bar later at `px`."""
    b.buy(made, n, 100.0, 1.0)
    made.step(b.bar(n + 1, px, 0.0))
    (exit_,) = [o for o in b.working(made) if o.reduce_only and o.stop is None]
    made.step(b.fill(exit_, px, ts=b.at(n + 1)))


@pytest.mark.parametrize(
    ("since", "held", "found"),
    [(-1, 0, 0), (0, 0, NO), (1_800_000_000_000 - 1, 0, NO), (1_800_000_000_000, 0, 0), (1_800_000_000_001, 0, 0),
     (0, 1, 0)],
)  # fmt: skip
def test_it_binds_below_the_time_and_not_at_it_and_not_while_something_is_held(
    since: int, held: int, found: int
) -> None:
    rule = bound(cool_down)
    assert rule.check(rule.params, cool_down.Facts(since, held)) == found


@pytest.mark.parametrize(("n", "found"), [(31, NO), (32, NO), (33, Code.SIGNAL_LONG), (34, Code.SIGNAL_LONG)])
def test_after_a_loss_half_an_hour_passes_before_the_next_entry_also_after_a_restart(n: int, found: int) -> None:
    made = engine(cool_down)
    left(made, 2, 99.0)
    for one in (again(made, bound(cool_down)), made):
        assert decision(one.step(b.bar(n, 100.0, 1.0))) == found


def test_a_gain_cools_nothing_down_unless_any_exit_does() -> None:
    made = engine(cool_down)
    left(made, 2, 101.0)
    assert decision(made.step(b.bar(4, 100.0, 1.0))) == Code.SIGNAL_LONG
    strict = engine(cool_down, {"after": "exit"})
    left(strict, 2, 101.0)
    assert decision(strict.step(b.bar(4, 100.0, 1.0))) == NO


def test_fees_make_a_loss_of_an_even_exit() -> None:
    made = engine(cool_down)
    b.buy(made, 2, 100.0, 1.0)
    made.step(b.bar(3, 100.0, 0.0))
    (exit_,) = [o for o in b.working(made) if o.reduce_only]
    made.step(b.fill(exit_, 100.0, ts=b.at(3), fee=b.d("0.01")))
    assert decision(made.step(b.bar(4, 100.0, 1.0))) == NO


def test_only_a_stop_begins_it_where_that_is_asked_for() -> None:
    made = engine(cool_down, {"after": "stop"}, exits=exits(stop_loss="0.02"))
    left(made, 2, 99.0)
    assert decision(made.step(b.bar(4, 100.0, 1.0))) == Code.SIGNAL_LONG
    other = engine(cool_down, {"after": "stop"}, exits=exits(stop_loss="0.02"))
    b.buy(other, 2, 100.0, 1.0)
    stop = next(o for o in b.working(other) if o.stop is not None)
    other.step(b.fill(stop, 98.0, ts=b.at(2)))
    other.step(b.bar(3, 100.0, 0.0))
    assert decision(other.step(b.bar(4, 100.0, 1.0))) == NO


def test_the_rest_of_a_holding_can_be_left_and_added_to() -> None:
    made = engine(cool_down)
    b.buy(made, 2, 100.0, 1.0)
    made.step(b.bar(3, 99.0, 0.0))
    (exit_,) = [o for o in b.working(made) if o.reduce_only]
    made.step(b.fill(exit_, 99.0, qty=4, ts=b.at(3)))
    assert decision(made.step(b.bar(4, 99.0, 1.0))) in (Code.SIGNAL_LONG, Code.WAITING_FOR_ORDER)
    assert decision(made.step(b.bar(5, 99.0, 0.0))) in (Code.SIGNAL_FLAT, Code.WAITING_FOR_ORDER)


def test_it_says_what_it_does() -> None:
    assert bound(cool_down).text == "no new entry in an instrument for 30m after an exit at a loss"
    assert bound(cool_down, wait="1h", after="stop").text == "no new entry in an instrument for 1h after a stop"
