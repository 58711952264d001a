"""loss_streak: losing exits in a row."""

import pytest

from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.parts.rules import loss_streak
from tests.core import build as b
from tests.core.build import decision
from tests.parts.rules.scene import again, bound, engine, gates

GATE = ["loss_streak/deployment:alpha"]


def left(made: Engine, n: int, px: float, parts: int = 1) -> None:
    """Enter at bar `n` at 100 and leave one bar later at `px`, in so many parts."""
    b.buy(made, n, 100.0, 1.0)
    made.step(b.bar(n + 1, float(px), 0.0))
    (exit_,) = [o for o in b.working(made) if o.reduce_only]
    for part in range(parts):
        made.step(b.fill(exit_, px, qty=exit_.qty / parts, exec_id=f"{exit_.oid}-{part}", ts=b.at(n + 1)))


@pytest.mark.parametrize(("losses", "found"), [(2, 0), (3, Code.LOSS_STREAK), (4, Code.LOSS_STREAK)])
def test_it_objects_at_the_number(losses: int, found: int) -> None:
    rule = bound(loss_streak)
    assert rule.check(rule.params, loss_streak.Facts(losses)) == found


@pytest.mark.parametrize(("results", "found"), [([99, 99], []), ([99, 99, 99], GATE), ([99, 99, 100, 99], []),
                                                ([99, 99, 101, 99, 99], []), ([101, 99, 99, 99], GATE)])  # fmt: skip
def test_the_third_loss_in_a_row_holds_the_strategy_also_after_a_restart(
    results: list[float], found: list[str]
) -> None:
    made = engine(loss_streak)
    for n, px in enumerate(results):
        left(made, 2 + 3 * n, px, parts=2)
    assert gates(made) == found
    assert gates(again(made)) == found


def test_the_next_session_begins_anew_and_what_is_held_manually_stays() -> None:
    made = engine(loss_streak)
    for n in range(3):
        left(made, 2 + 3 * n, 99.0)
    assert decision(made.step(b.bar(12, 100.0, 1.0))) == Code.LATCHED
    made.step(b.bar(13, 100.0, 0.0))
    made.step(b.session(1))
    assert gates(made) == []
    # The losses of yesterday are no streak of today.
    left(made, 1445, 99.0)
    assert gates(made) == []
    kept = engine(loss_streak, {"release": "manual"})
    for n in range(3):
        left(kept, 2 + 3 * n, 99.0)
    kept.step(b.session(1))
    assert gates(kept) == GATE


def test_exits_pass_while_it_is_held() -> None:
    made = engine(loss_streak, {"limit": 1})
    b.buy(made, 2, 100.0, 1.0)
    made.step(b.bar(3, 99.0, 0.0))
    (exit_,) = [o for o in b.working(made) if o.reduce_only]
    made.step(b.fill(exit_, 99.0, qty=5, ts=b.at(3)))
    assert gates(made) == GATE
    assert any(o.reduce_only for o in b.working(made))
    made.step(b.fill(exit_, 99.0, qty=5, exec_id="rest", ts=b.at(3)))
    assert made.book.position("alpha", "AAPL").qty == 0


def test_it_says_what_it_does() -> None:
    assert bound(loss_streak).text == "a strategy with 3 losing exits in a row in 1d is held until the next session"
