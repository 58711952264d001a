"""slippage: how much worse than at arrival one order is executed."""

import pytest

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.parts.rules import slippage
from tests.core import build as b
from tests.core.build import decision, levels, one
from tests.parts.rules.scene import again, bound, engine, gates

GATE = ["slippage/deployment:alpha"]
PULLED = ["kill/slippage/deployment:alpha", "kill_done/deployment:alpha"]


@pytest.mark.parametrize(("worse", "stage"), [(49, 0), (50, 1), (51, 1), (199, 1), (200, 2), (201, 2), (-500, 0)])
def test_D40_alerts_and_holds_exactly_at_the_limits_and_never_for_better_prices(worse: int, stage: int) -> None:
    rule = bound(slippage)
    assert slippage.stage(rule.params, slippage.Facts(worse, 10_000)) == stage
    assert rule.check(rule.params, slippage.Facts(worse, 10_000)) == (Code.SLIPPAGE if stage == 2 else 0)


@pytest.mark.parametrize(
    ("px", "found", "told"),
    [("100.4", [], []), ("101", [], ["slippage/alpha"]), ("103", GATE, PULLED), ("95", [], [])],
)
def test_D40_a_fill_is_measured_against_the_mark_when_it_was_sent(px: str, found: list[str], told: list[str]) -> None:
    made = engine(slippage)
    sent = one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    assert [key for _, key in levels(made.step(b.fill(sent, px, ts=b.at(3))))] == told
    assert gates(made) == found
    assert gates(again(made)) == found


def test_D40_the_warning_can_be_switched_off_and_exits_pass() -> None:
    made = engine(slippage, {"warn": "off"})
    sent = one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    assert levels(made.step(b.fill(sent, 101, qty=b.d(5), ts=b.at(3)))) == []
    made.step(b.fill(sent, 120, qty=b.d(5), exec_id="more", ts=b.at(3)))
    assert gates(made) == GATE
    assert decision(made.step(b.bar(4, 100.0, 0.0))) == Code.SIGNAL_FLAT


@pytest.mark.parametrize(("worse", "stage"), [(29, 0), (30, 0), (31, 1), (-90, 0)])
def test_it_alerts_beyond_so_many_ticks(worse: int, stage: int) -> None:
    rule = bound(slippage, warn="off", warn_ticks=3)
    assert slippage.stage(rule.params, slippage.Facts(worse, 10_000_000, 10)) == stage
    assert rule.text.endswith("and beyond 3 ticks")


@pytest.mark.parametrize(("px", "told"), [("100.03", []), ("100.04", ["slippage/alpha"]), ("99.90", [])])
def test_ticks_are_those_of_the_instrument(px: str, told: list[str]) -> None:
    made = engine(slippage, {"warn": "off", "warn_ticks": 3})
    sent = one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    assert [key for _, key in levels(made.step(b.fill(sent, px, ts=b.at(3))))] == told
