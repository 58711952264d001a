"""Venues that keep what rests: an exit takes it back, waits for the word, goes then; nothing is lost on the way."""

from typing import Any

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.order import Order
from openbell.core.record import decode_record
from openbell.core.types import Caps, OrderType, Side, Status
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import d, exits, only

RESERVING = Caps(oco=False, reserves=True)


def scarce(caps: Caps = RESERVING, **changes: Any) -> Afar:
    """Return an engine at such a venue, whose deployment has a stop of 5 % and a target of 10 %."""
    spec = {"exits": exits(stop_loss="0.05", take_profit="0.1"), "can_short": True, **changes}
    return Afar(b.deployment_spec(**spec), account={"caps": caps})


def protected(afar: Afar) -> Order:
    """Enter, be filled, and have the stop confirmed."""
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    return stop


def kinds(effects: list[fx.Effect]) -> list[str]:
    """Return what was sent, in words."""
    found = []
    for effect in effects:
        if isinstance(effect, fx.Submit):
            found.append(f"{effect.type} {effect.side} {effect.qty:f}")
        elif isinstance(effect, fx.Cancel):
            found.append(f"cancel {effect.oid[7:]}")
        elif isinstance(effect, fx.Amend):
            found.append(f"amend {effect.oid[7:]} {effect.qty:f}")
    return found


def test_one_order_rests_for_a_holding_the_stop_before_the_target() -> None:
    afar = scarce()
    afar.hold()
    assert kinds(afar.effects) == ["market buy 10", "stop sell 10"]


def test_elsewhere_both_rest() -> None:
    afar = scarce(Caps(oco=False))
    afar.hold()
    assert kinds(afar.effects) == ["market buy 10", "stop sell 10", "limit sell 10"]


def test_a_target_without_a_stop_rests_itself() -> None:
    afar = scarce(exits=exits(take_profit="0.1"))
    afar.hold()
    assert kinds(afar.effects) == ["market buy 10", "limit sell 10"]


def test_an_exit_takes_back_what_rests_waits_for_the_word_and_goes_then() -> None:
    afar = scarce()
    stop = protected(afar)
    assert kinds(afar.bar(101.0, 0.0)) == ["cancel 2"]
    assert afar.engine.book.position("alpha", "AAPL").leaving == (0, Code.SIGNAL_FLAT)
    assert kinds(afar.bar(101.0, 0.0)) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    leaving = afar.order()
    assert leaving.reason == Code.SIGNAL_FLAT
    assert kinds(afar.fill(leaving, 101)) == []
    assert (afar.qty(), afar.engine.book.position("alpha", "AAPL").leaving) == (0, None)
    assert "exposed/alpha/AAPL" not in afar.alerts()
    afar.check()


def test_a_stop_that_executes_instead_ends_the_wait() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(96.0, 0.0)
    assert kinds(afar.fill(stop, 95)) == []
    assert kinds(afar.say(stop, "cancel_refused", code=Code.TOO_LATE)) == []
    assert (afar.qty(), afar.engine.book.position("alpha", "AAPL").leaving) == (0, None)
    afar.check()


def test_what_the_stop_has_not_executed_leaves_once_it_is_gone() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(96.0, 0.0)
    assert kinds(afar.fill(stop, 95, 4)) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 6"]
    afar.check()


def test_a_wait_is_part_of_the_truth_and_outlives_a_restart() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(101.0, 0.0)
    before = len(afar.records)
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    again = b.engine(afar.spec)
    for payload in afar.records[:before]:
        again.recall(*decode_record(payload))
    order = again.book.truth.orders[stop.oid]
    assert kinds(again.step(b.update(order, "cancelled", ts=afar.ts, time=afar.ts))) == ["market sell 10"]


def test_a_lost_cancel_is_asked_after_and_the_exit_still_waits() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(101.0, 0.0)
    assert kinds(afar.say(stop, "lost")) == []
    assert stop.status is Status.UNKNOWN
    afar.say(stop, "accepted", qty=d(10), stop=d(95), filled=d(0))
    assert "cancel 2" in kinds(afar.wait(60))
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    afar.check()


@pytest.mark.parametrize(("px", "code"), [(109.99, None), (110.0, Code.TAKE_PROFIT), (112.0, Code.TAKE_PROFIT)])
def test_a_target_beside_a_stop_is_left_at_once_when_the_price_is_there(px: float, code: Code | None) -> None:
    afar = scarce()
    stop = protected(afar)
    effects = afar.bar(px, 1.0)
    assert [cancel.reason for cancel in only(fx.Cancel, effects)] == ([code] if code else [])
    if code:
        afar.say(stop, "cancelled")
        assert (afar.order().type, afar.order().reason, afar.order().qty) == (OrderType.MARKET, code, 10)
        afar.fill(afar.order(), px)
        assert kinds(afar.bar(px, 1.0)) == []


def test_a_short_holding_is_left_below_its_target() -> None:
    afar = scarce()
    afar.say(afar.enter(target=-1.0), "accepted", venue_order="V1")
    afar.fill(afar.order(), 100, venue_order="V1")
    afar.say(afar.order(), "accepted", venue_order="V2")
    assert kinds(afar.bar(90.01, -1.0)) == []
    assert kinds(afar.bar(90.0, -1.0)) == ["cancel 2"]


def test_a_part_leaves_and_the_rest_is_protected_beside_it() -> None:
    afar = scarce()
    stop = protected(afar)
    assert kinds(afar.bar(100.0, 0.4)) == ["cancel 2"]
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 6", "stop sell 4"]
    afar.check()


def test_all_is_wanted_out_behind_a_part() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(100.0, 0.4)
    assert kinds(afar.bar(100.0, 0.0)) == ["cancel 2"]
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]


def test_the_other_side_is_entered_once_the_holding_is_gone() -> None:
    afar = scarce()
    stop = protected(afar)
    assert kinds(afar.bar(100.0, -1.0)) == ["cancel 2"]
    assert kinds(afar.bar(100.0, -1.0)) == []
    assert kinds(afar.say(stop, "cancelled")) == ["market sell 10"]
    assert kinds(afar.bar(100.0, -1.0)) == []
    assert kinds(afar.fill(afar.order(), 100)) == ["market sell 10"]
    assert not afar.order().reduce_only
    afar.check()


def test_what_a_venue_does_not_let_out_is_protected_again() -> None:
    afar = scarce()
    stop = protected(afar)
    afar.bar(100.0, 0.0)
    afar.say(stop, "cancelled")
    assert kinds(afar.say(afar.order(), "rejected")) == ["stop sell 10"]
    assert [key for key in afar.alerts() if key.startswith("exit_rejected/")] != []


def test_a_venue_that_takes_neither_stop_nor_exit_is_not_stormed() -> None:
    afar = scarce()
    afar.hold()
    assert kinds(afar.say(afar.order(), "rejected")) == ["market sell 10"]
    assert kinds(afar.say(afar.order(), "rejected")) == ["limit sell 10"]
    assert kinds(afar.say(afar.order(), "rejected")) == []
    assert "exposed/alpha/AAPL" in afar.alerts()
    assert kinds(afar.wait(61)) == ["stop sell 10"]


def test_a_kill_takes_back_what_rests_and_closes_then() -> None:
    afar = scarce()
    stop = protected(afar)
    kill = replace(b.command("kill", tier=3), ts=afar.ts + 1)
    assert kinds(afar.step(kill)) == ["cancel 2"]
    assert [e.side for e in only(fx.Submit, afar.say(stop, "cancelled"))] == [Side.SELL]
    afar.check()
