"""price_drift: executions drift away from the marks at which their orders were sent."""

import pytest
from msgspec.structs import replace

from openbell.core.codes import Code
from openbell.parts.rules import price_drift
from tests.core import build as b
from tests.core.build import decision
from tests.parts.rules.scene import again, bound, engine, gates

GATE = ["price_drift/deployment:alpha"]


@pytest.mark.parametrize(
    ("worse", "paid", "found"), [(99, 10_000, 0), (100, 10_000, 0), (101, 10_000, Code.PRICE_DRIFT), (-5000, 10_000, 0)]
)
def test_D05_binds_just_above_the_limit_and_never_for_better_prices(worse: int, paid: int, found: int) -> None:
    rule = bound(price_drift)
    assert rule.check(rule.params, price_drift.Facts(worse, paid)) == found


@pytest.mark.parametrize(("px", "found"), [("100.5", []), ("102", GATE), ("98", [])])
def test_D05_a_strategy_that_drifts_is_held_over_a_restart(px: str, found: list[str]) -> None:
    made = engine(price_drift)
    sent = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 11.0)))
    made.step(b.fill(sent, px, ts=b.at(2)))
    assert gates(made) == found
    assert gates(again(made)) == found


def test_D05_orders_offset_each_other_and_old_ones_are_forgotten() -> None:
    made = engine(price_drift)
    for n, px in ((2, "100.9"), (10, "101.1")):
        sent = b.one(b.fx.Submit, made.step(b.bar(n, 100.0, 11.0 if n == 2 else 12.0)))
        made.step(b.fill(sent, px, ts=b.at(n)))
    # The second alone is beyond the limit: the first was eight minutes before.
    assert gates(made) == GATE
    near = engine(price_drift)
    for n, px in ((2, "100.5"), (3, "101.1")):
        sent = b.one(b.fx.Submit, near.step(b.bar(n, 100.0, 11.0 if n == 2 else 12.0)))
        near.step(b.fill(sent, px, ts=b.at(n)))
    assert gates(near) == []


def test_D05_exits_pass_while_it_is_held() -> None:
    made = engine(price_drift)
    b.buy(made, 2, 100.0)
    sent = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 12.0)))
    made.step(b.fill(sent, 110, ts=b.at(2)))
    assert gates(made) == GATE
    assert decision(made.step(b.bar(3, 100.0, 0.0))) == Code.SIGNAL_FLAT


@pytest.mark.parametrize(("px", "found"), [("98", []), ("96.04", []), ("96.03", GATE)])
def test_D05_a_stop_loss_drifts_from_its_stop_and_not_from_the_mark(px: str, found: list[str]) -> None:
    made = engine(price_drift, exits=b.exits(stop_loss="0.02"))
    sent = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 11.0)))
    stop = next(one for one in b.only(b.fx.Submit, made.step(b.fill(sent, 100, ts=b.at(2)))) if one.stop)
    assert stop.stop == 98
    made.step(b.fill(stop, px, ts=b.at(3)))
    assert gates(made) == found


@pytest.mark.parametrize(("goes_on", "found"), [(False, []), (True, GATE)])
def test_D05_the_gap_over_a_close_is_no_drift_of_an_order_that_waited(goes_on: bool, found: list[str]) -> None:
    made = engine(price_drift, exits=b.exits(stop_loss="0.02"))
    sent = b.one(b.fx.Submit, made.step(b.bar(2, 100.0, 11.0)))
    stop = next(one for one in b.only(b.fx.Submit, made.step(b.fill(sent, 100, ts=b.at(2)))) if one.stop)
    made.step(replace(b.session(1), goes_on=goes_on))
    made.step(b.fill(stop, 80, ts=b.at(1441)))
    assert gates(made) == found
