"""reject_streak: the venue rejects one order after the other."""

import pytest

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.types import OrderType
from openbell.parts.rules import reject_streak
from tests.core import build as b
from tests.core.build import at, decision, one
from tests.parts.rules.scene import again, bound, engine, gates, link

GATE = ["reject_streak/deployment:alpha"]


def rejected(made: Engine, n: int, word: str = "rejected") -> None:
    sent = one(fx.Submit, made.step(b.bar(n, 100.0, 11.0)))
    made.step(b.update(sent, word, ts=b.at(n)))
    if word != "rejected":
        made.step(b.update(sent, "cancelled", ts=b.at(n)))


def outside(limit: int) -> Engine:
    """Return an engine whose venue is outside the process."""
    made = engine(reject_streak, {"limit": limit}, accounts=[b.account_spec(outside=OutsideSpec())])
    made.step(link(1, is_up=True))
    made.book.truth.contacts["main"].is_ready = True
    return made


@pytest.mark.parametrize(("count", "found"), [(2, []), (3, GATE)])
def test_D29_it_holds_at_a_venue_outside_the_process_as_well(count: int, found: list[str]) -> None:
    made = outside(3)
    rejected(made, 2, "accepted")
    for n in range(count):
        rejected(made, 3 + n)
    assert gates(made) == found
    assert gates(again(made)) == found


def test_D29_a_venue_that_accepts_first_and_rejects_then_ends_no_row_by_that() -> None:
    made = outside(3)
    for n in (2, 3, 4):
        sent = one(fx.Submit, made.step(b.bar(n, 100.0, 11.0)))
        made.step(b.update(sent, "accepted", ts=at(n)))
        assert gates(made) == []
        made.step(b.update(sent, "rejected", ts=at(n)))
    assert gates(made) == GATE


@pytest.mark.parametrize("is_outside", [True, False])
def test_D29_a_rejection_that_is_told_again_counts_once_and_an_old_yes_ends_no_streak(*, is_outside: bool) -> None:
    made = outside(3) if is_outside else engine(reject_streak, {"limit": 3}, entry_type=OrderType.LIMIT)
    first = one(fx.Submit, made.step(b.bar(2, 100.0, 11.0)))
    for _ in range(4):
        made.step(b.update(first, "rejected", ts=at(2)))
    assert (made.book.truth.conduct["alpha"].rejects, gates(made)) == (1, [])
    rejected(made, 3)
    made.step(b.update(first, "accepted", ts=at(3)))
    assert (made.book.truth.conduct["alpha"].rejects, gates(made)) == (2, [])
    rejected(made, 4)
    assert gates(made) == GATE
    made.step(b.enable(made, "deployment:alpha", n=5))
    assert gates(made) == []
    made.step(b.update(first, "rejected", ts=at(5)))
    assert gates(made) == [], "a person has opened it, and nothing has been rejected since"


@pytest.mark.parametrize(("count", "found"), [(4, []), (5, GATE)])
def test_D29_the_fifth_rejection_in_a_row_holds_the_strategy(count: int, found: list[str]) -> None:
    made = engine(reject_streak)
    for n in range(count):
        rejected(made, 2 + n)
    assert gates(made) == found
    assert gates(again(made)) == found


def test_D29_an_accepted_order_between_begins_anew_and_a_restart_does_not() -> None:
    made = engine(reject_streak, {"limit": 3})
    rejected(made, 2)
    rejected(made, 3)
    rejected(made, 4, "accepted")
    rejected(made, 5)
    rejected(made, 6)
    assert gates(made) == []
    made = again(made, bound(reject_streak, limit=3))
    rejected(made, 7)
    assert gates(made) == GATE
    assert decision(made.step(b.bar(9, 100.0, 11.0))) == Code.LATCHED


def test_D29_exits_pass_while_it_is_held() -> None:
    made = engine(reject_streak, {"limit": 1})
    b.buy(made, 2, 100.0)
    sent = one(fx.Submit, made.step(b.bar(3, 100.0, 12.0)))
    made.step(b.update(sent, "rejected", ts=b.at(3)))
    assert gates(made) == GATE
    assert decision(made.step(b.bar(4, 100.0, 0.0))) == Code.SIGNAL_FLAT
    rule = bound(reject_streak)
    assert [rule.check(rule.params, reject_streak.Facts(n)) for n in (4, 5, 6)] == [0, *[Code.REJECT_STREAK] * 2]
