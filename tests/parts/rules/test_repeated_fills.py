"""repeated_fills: one strategy, one instrument, again and again."""

import pytest

from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.parts.rules import repeated_fills
from tests.core import build as b
from tests.core.build import decision
from tests.parts.rules.scene import again, bound, engine, gates

GATE = ["repeated_fills/deployment:alpha"]


def round_trip(made: Engine, n: int) -> None:
    b.buy(made, n, 100.0)
    sent = b.one(b.fx.Submit, made.step(b.bar(n, 100.0, 0.0)))
    made.step(b.fill(sent, 100, ts=b.at(n)))


@pytest.mark.parametrize(("count", "found"), [(9, []), (10, GATE)])
def test_D08_the_tenth_entry_holds_the_strategy_and_exits_do_not_count(count: int, found: list[str]) -> None:
    made = engine(repeated_fills)
    for _ in range(count):
        round_trip(made, 2)
    assert gates(made) == found
    assert gates(again(made)) == found


def test_D08_parts_of_one_order_count_once_and_old_ones_not_at_all() -> None:
    made = engine(repeated_fills, {"limit": 2})
    sent = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    for part in range(5):
        made.step(b.fill(sent, 100, qty=b.d(2), exec_id=f"p{part}", ts=b.at(2)))
    assert gates(made) == []
    leave = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 0.0)))
    made.step(b.fill(leave, 100, ts=b.at(2)))
    round_trip(made, 12)
    assert gates(made) == []
    round_trip(made, 13)
    assert gates(made) == GATE


def test_D08_only_a_person_lets_it_go_on_and_exits_pass() -> None:
    made = engine(repeated_fills, {"limit": 1})
    b.buy(made, 2, 100.0)
    made.step(b.session(1))
    assert gates(made) == GATE
    assert decision(made.step(b.bar(1500, 100.0, 0.0))) == Code.SIGNAL_FLAT
    made.step(b.enable(made, n=1501))
    assert gates(made) == []
    rule = bound(repeated_fills)
    assert [rule.check(rule.params, repeated_fills.Facts(n)) for n in (9, 10, 11)] == [0, *[Code.REPEATED_FILLS] * 2]
