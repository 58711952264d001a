"""stop_outs: stops hit again and again."""

import pytest

from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.parts.rules import stop_outs
from tests.core import build as b
from tests.core.build import decision, exits
from tests.parts.rules.scene import again, bound, engine, gates

GATE = ["stop_outs/deployment:alpha"]


def stopped(made: Engine, n: int, parts: int = 1) -> None:
    """Enter at bar `n` and have the stop hit, in so many parts."""
    b.buy(made, n, 100.0, 1.0)
    stop = next(o for o in b.working(made) if o.stop is not None)
    for part in range(parts):
        made.step(b.fill(stop, 98, qty=stop.qty / parts, exec_id=f"{stop.oid}-{part}", ts=b.at(n)))
    made.step(b.bar(n + 1, 100.0, 0.0))


@pytest.mark.parametrize(("count", "found"), [(3, []), (4, GATE)])
def test_D28_the_fourth_stop_holds_the_strategy_and_parts_count_once(count: int, found: list[str]) -> None:
    made = engine(stop_outs, exits=exits(stop_loss="0.02"))
    for n in range(count):
        stopped(made, 2 + 3 * n, parts=2)
    assert gates(made) == found
    assert gates(again(made)) == found


def test_D28_a_day_later_they_are_forgotten_and_a_closed_gate_is_not() -> None:
    made = engine(stop_outs, exits=exits(stop_loss="0.02"))
    for n in (2, 5, 8):
        stopped(made, n)
    made.step(b.session(1))
    stopped(made, 8 + 1441)
    assert gates(made) == []
    closed = engine(stop_outs, {"limit": 1}, exits=exits(stop_loss="0.02"))
    stopped(closed, 2)
    closed.step(b.session(1))
    assert gates(closed) == GATE
    assert decision(closed.step(b.bar(1500, 100.0, 1.0))) == Code.LATCHED


def test_D28_exits_pass_while_it_is_held() -> None:
    made = engine(stop_outs, {"limit": 1}, exits=exits(stop_loss="0.02"))
    b.buy(made, 2, 100.0, 1.0)
    stop = next(o for o in b.working(made) if o.stop is not None)
    made.step(b.fill(stop, 98, qty=5, ts=b.at(2)))
    assert gates(made) == GATE
    assert decision(made.step(b.bar(3, 100.0, 0.0))) == Code.SIGNAL_FLAT
    rule = bound(stop_outs)
    assert [rule.check(rule.params, stop_outs.Facts(n)) for n in (3, 4, 5)] == [0, Code.STOP_OUTS, Code.STOP_OUTS]
