"""order_timeout: an entry that works for too long with nothing filled."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.types import NS, OrderType
from openbell.parts.rules import order_timeout
from tests.core import build as b
from tests.core.build import at, one, only
from tests.parts.rules.scene import again, bound, engine


def resting(word: str = "accepted") -> tuple[Engine, fx.Submit, fx.SetTimer]:
    made = engine(order_timeout, entry_type=OrderType.LIMIT)
    effects = made.step(b.bar(2, 100.0, 1.0))
    sent, timer = one(fx.Submit, effects), one(fx.SetTimer, effects)
    if word:
        made.step(b.update(sent, word, ts=at(2)))
    return made, sent, timer


def ring(made: Engine, timer: fx.SetTimer) -> list[fx.Effect]:
    return made.step(ev.Timer(ts=timer.at, deployment=timer.deployment, name=timer.name))


def test_D38_the_clock_begins_with_the_entry_and_ends_with_a_cancel_over_a_restart() -> None:
    made, sent, timer = resting()
    # Behind the bar that closes with its time.
    assert timer.at == at(2) + 300 * NS + 1
    made = again(made, bound(order_timeout))
    assert [cancel.oid for cancel in only(fx.Cancel, ring(made, timer))] == [sent.oid]
    assert only(fx.Cancel, ring(made, timer)) == []


@pytest.mark.parametrize(
    ("age", "is_filled", "is_late"), [(299, 0, False), (300, 0, True), (301, 0, True), (301, 1, False)]
)
def test_D38_binds_at_its_time_and_not_where_something_is_filled(age: int, is_filled: int, is_late: bool) -> None:
    rule = bound(order_timeout)
    assert bool(rule.check(rule.params, order_timeout.Facts(age * NS, is_filled))) == is_late


def test_D38_what_is_filled_in_part_or_in_doubt_is_left_alone() -> None:
    made, sent, timer = resting()
    made.step(b.fill(sent, 100, qty=b.d(1), ts=at(2)))
    assert only(fx.Cancel, ring(made, timer)) == []
    made, _, timer = resting("")
    assert only(fx.Cancel, ring(made, timer)) == []


def test_F17_while_the_market_is_closed_the_clock_waits() -> None:
    made, _, timer = resting()
    made.step(b.session(0, is_open=False))
    found = ring(made, timer)
    assert only(fx.Cancel, found) == []
    assert [(t.name, t.at) for t in only(fx.SetTimer, found)] == [(timer.name, timer.at + 300 * NS)]


def test_D38_exits_and_market_orders_in_process_have_none_but_market_orders_outside_have() -> None:
    made = engine(order_timeout)
    assert only(fx.SetTimer, made.step(b.bar(2, 100.0, 1.0))) == []
    outside = engine(order_timeout, accounts=[b.account_spec(outside=OutsideSpec())])
    for contact in outside.book.truth.contacts.values():
        contact.is_ready = True
    names = [timer.name for timer in only(fx.SetTimer, outside.step(b.bar(2, 100.0, 1.0)))]
    assert f"order_timeout/{b.TAG}-1" in names
