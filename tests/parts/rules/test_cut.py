"""cut: a trigger sells the stated share of every holding below it, once, at its edge, and over a restart."""

from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.risk import Rule
from openbell.parts.rules import cut, daily_loss, drawdown
from tests.core import build as b
from tests.core.build import bar, d, only
from tests.parts.rules.scene import again, bound, gates

HELD = Decimal(1000)
HALT = {"limit": "15%", "reduce": "off", "flatten": "off"}


def full(*rules: Rule, share: str = "50%", lot: object = 1) -> Engine:
    """Everything in one instrument, bought at 100 with all of its money."""
    own = b.deployment_spec(size=b.SizeSpec(kind="weight", value=d(1)))
    spec = b.run_spec(own, instruments=[b.instrument(lot=d(lot))])
    made = b.engine(spec, rules=(*(rules or (bound(drawdown, **HALT),)), bound(cut, share=share)))
    b.buy(made, 1, 100.0)
    return made


def sold(effects: list[fx.Effect]) -> list[tuple[bool, Decimal, int]]:
    return [(one.reduce_only, one.qty, one.reason) for one in only(fx.Submit, effects)]


@pytest.mark.parametrize(("px", "is_fired"), [(85.1, False), (85.0, True), (84.9, True)])
@pytest.mark.parametrize(("share", "qty"), [("50%", 500), ("25%", 250), ("33.333%", 334)])
def test_S4_222_holdings_are_cut_by_the_share_when_the_trigger_fires(
    px: float, is_fired: bool, share: str, qty: int
) -> None:
    made = full(share=share)
    told = made.step(bar(2, px, 1.0))
    assert sold(told) == ([(True, qty, Code.REDUCED)] if is_fired else [])
    assert ("critical", "cut/account:main") in b.levels(told) or not is_fired
    if is_fired:
        kinds = [type(one) for one in told]
        # The gate is closed before anything is sold.
        assert kinds.index(fx.Latch) < kinds.index(fx.Submit)
        made.step(b.fill(only(fx.Submit, told)[0], px, ts=b.at(2)))
        assert b.held(made).qty == HELD - qty


def test_it_is_cut_once_while_the_gate_stays_closed_and_again_when_the_trigger_fires_anew() -> None:
    made = full()
    (first,) = only(fx.Submit, made.step(bar(2, 85.0, 1.0)))
    made.step(b.fill(first, 85.0, ts=b.at(2)))
    made = again(made, *made.desk.rules)
    assert [sold(made.step(bar(n, px, 1.0))) for n, px in ((3, 80.0), (4, 70.0))] == [[], []]
    # Still passed when it is opened, it fires anew at once.
    assert sold(made.step(b.enable(made, n=5))) == [(True, 250, Code.REDUCED)]
    assert sold(made.step(bar(6, 69.0, 1.0))) == []


def test_two_limits_passed_at_once_cut_no_more_than_one() -> None:
    rules = (bound(daily_loss, limit="5%"), bound(drawdown, **HALT))
    made = full(*rules)
    assert sold(made.step(bar(2, 85.0, 1.0))) == [(True, 500, Code.REDUCED)]
    assert gates(made) == ["daily_loss/account:main", "drawdown/account:main"]


def test_X14_what_the_trigger_sells_to_the_last_unit_is_left_to_it() -> None:
    made = full(bound(drawdown, limit="10%", reduce="off", flatten="15%"))
    assert sold(made.step(bar(2, 85.0, 1.0))) == [(True, 1000, Code.EMERGENCY_STOP)]


def test_a_trigger_that_is_not_named_and_one_that_opens_again_cut_nothing() -> None:
    made = full()
    assert sold(made.step(b.command("kill", n=2, tier=1))) == []
    assert sold(made.step(b.enable(made, n=3))) == []


def test_a_kill_cuts_where_it_is_named_and_one_that_closes_needs_no_cut() -> None:
    for tier, wanted in ((1, [(True, 100, Code.REDUCED)]), (3, [(True, 1000, Code.EMERGENCY_STOP)])):
        made = full(bound(drawdown, **HALT))
        named = bound(cut, share="10%", triggers=["kill"])
        made = again(made, *made.desk.rules[:1], named)
        assert sold(made.step(b.command("kill", n=2, tier=tier))) == wanted


def test_a_cut_is_never_more_than_is_held() -> None:
    spec = b.run_spec(b.deployment_spec(size=b.SizeSpec(kind="quantity", value=d(1))))
    made = b.engine(spec, rules=(bound(cut, triggers=["kill"]),))
    b.buy(made, 1, 100.0)
    assert sold(made.step(b.command("kill", n=2, tier=1))) == [(True, 1, Code.REDUCED)]


def test_the_way_out_is_free_while_everything_else_is_closed_and_what_is_left_stays_protected() -> None:
    own = b.deployment_spec(size=b.SizeSpec(kind="weight", value=d(1)), exits=b.exits(stop_loss="0.5"))
    made = b.engine(b.run_spec(own), rules=(bound(drawdown, **HALT), bound(cut)))
    b.buy(made, 1, 100.0)
    (leave,) = only(fx.Submit, made.step(bar(2, 85.0, 1.0)))
    made.step(b.fill(leave, 85.0, ts=b.at(2)))
    assert (b.held(made).qty, gates(made)) == (500, ["drawdown/account:main"])
    (stop,) = b.working(made)
    made.step(b.update(stop, "reduced", ts=b.at(2), qty=d(500)))
    assert [(one.stop, one.reduce_only, one.qty) for one in b.working(made)] == [(50, True, 500)]


def test_what_another_account_holds_is_left_alone() -> None:
    names = {"alpha": "main", "beta": "other"}
    size = b.SizeSpec(kind="quantity", value=HELD)
    deployments = [
        b.deployment_spec(n, account=a, size=size, instruments=(i,))
        for (n, a), i in zip(names.items(), "AB", strict=True)
    ]
    spec = b.run_spec(*deployments, accounts=[b.account_spec(account) for account in names.values()])
    made = b.engine(spec, rules=(bound(drawdown, **HALT), bound(cut, share="50%")))
    for symbol in "AB":
        b.buy(made, 1, 100.0, symbol=symbol)
    told = made.step(bar(2, 85.0, 1.0, symbol="A"))
    assert [(one.account, one.qty) for one in only(fx.Submit, told)] == [("main", 500)]
    assert b.held(made, "beta", "B").qty == HELD
