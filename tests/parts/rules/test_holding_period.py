"""holding_period: sessions in a position."""

import pytest

from openbell.core.codes import Code
from openbell.core.types import Side
from openbell.parts.rules import holding_period
from tests.core import build as b
from tests.core.build import only
from tests.parts.rules.scene import again, bound, engine


@pytest.mark.parametrize(("day", "sells"), [(9, 0), (10, 1)])
def test_D37_the_holding_is_sold_when_its_tenth_session_begins(day: int, sells: int) -> None:
    made = engine(holding_period)
    b.buy(made, 2, 100.0)
    for n in range(1, day):
        made.step(b.session(n))
    made = again(made, bound(holding_period))
    found = only(b.fx.Submit, made.step(b.session(day)))
    assert len(found) == sells
    assert all((o.side, o.qty, o.reduce_only, o.reason) == (Side.SELL, 10, True, Code.HOLDING_PERIOD) for o in found)


def test_D37_another_calendar_does_not_count_and_a_new_holding_begins_anew() -> None:
    made = engine(holding_period, {"days": 1})
    b.buy(made, 2, 100.0)
    assert only(b.fx.Submit, made.step(b.session(1, calendar="NYSE"))) == []
    sent = b.one(b.fx.Submit, made.step(b.session(1)))
    made.step(b.fill(sent, 100, ts=b.at(1441)))
    b.buy(made, 1442, 100.0, 11.0)
    assert b.held(made).days == 0
    assert only(b.fx.Submit, made.step(b.session(1, is_open=False))) == []


def test_D37_an_exit_under_way_is_not_sent_twice() -> None:
    made = engine(holding_period, {"days": 1})
    b.buy(made, 2, 100.0)
    assert len(only(b.fx.Submit, made.step(b.session(1)))) == 1
    assert only(b.fx.Submit, made.step(b.session(2))) == []
    rule = bound(holding_period)
    found = [rule.check(rule.params, holding_period.Facts(n)) for n in (9, 10, 11)]
    assert found == [0, Code.HOLDING_PERIOD, Code.HOLDING_PERIOD]
