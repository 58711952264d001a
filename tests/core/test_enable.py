"""Opening a gate again: cause, digits, clean reconcile; then smaller sizes for a while."""

from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.enable import account_digits, obstacles
from openbell.core.engine import Engine
from openbell.core.kill import accounts_in
from openbell.core.spec import OutsideSpec
from openbell.core.types import MINUTE_NS, OrderType, Status
from tests.core import build as b
from tests.core.build import at, bar, d, exits, held, one, only


def killed(tier: int = 1, **spec: Any) -> Engine:
    made = b.engine(b.run_spec(b.deployment_spec(**spec)))
    made.step(b.command("kill", n=1, tier=tier))
    return made


def test_the_gate_opens_with_a_cause_and_the_digits_and_it_is_on_record() -> None:
    made = killed()
    found = made.step(b.enable(made, n=2))
    assert [(e.kind, e.is_on, e.reason) for e in only(fx.Latch, found)] == [("kill", False, "enable by op: test")]
    assert (made.book.truth.latches, made.book.truth.kills) == ({}, {})


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": " "}, "no cause"),
        ({"digits": ""}, "digits"),
        ({"digits": "0000"}, "digits"),
        ({"scope": "instrument:AAPL"}, "no gate of instrument:AAPL is closed"),
    ],
)
def test_it_stays_closed_where_something_is_missing_and_says_what(fields: dict[str, Any], told: str) -> None:
    made = killed()
    found = made.step(b.enable(made, n=2, **fields))
    assert told in one(fx.Alert, found).text
    assert "kill/all" in made.book.truth.latches
    assert not only(fx.Latch, found)


def test_all_that_is_in_the_way_is_named_at_once() -> None:
    made = killed()
    truth = made.book.truth
    truth.is_disk_healthy = False
    truth.mismatched["main/AAPL"] = "the venue has 5, we have 0"
    truth.frozen["alpha"] = "sold by hand"
    told = "; ".join(obstacles(made.book, b.enable(made, n=2, reason="", digits="x")))
    for word in ("no cause", "digits", "disk", "main/AAPL disagrees", "alpha is frozen"):
        assert word in told


def test_a_kill_that_is_not_done_cannot_be_lifted() -> None:
    made = b.engine()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(b.command("kill", n=2))
    assert "cancelling" in one(fx.Alert, made.step(b.enable(made, n=3))).text
    made.step(b.update(entry, "cancelled", ts=at(4)))
    made.step(b.enable(made, n=5, key="again"))
    assert not made.book.truth.latches


def test_an_order_of_unknown_fate_keeps_it_closed() -> None:
    made = b.engine()
    entry = one(fx.Submit, made.step(bar(1, 100.0, 1.0)))
    made.step(b.command("kill", n=2, tier=4))
    made.book.truth.orders[entry.oid].status = Status.UNKNOWN
    assert "unknown" in one(fx.Alert, made.step(b.enable(made, n=3))).text


def test_B17_nothing_but_enable_opens_it_neither_time_nor_a_session_nor_resume() -> None:
    made = killed()
    for event in (b.session(1), b.session(7), b.command("resume", n=9), b.command("pause", n=9)):
        made.step(event)
    assert "kill/all" in made.book.truth.latches


def test_for_ten_minutes_entries_have_a_quarter_of_their_size() -> None:
    made = killed(size=b.SizeSpec(kind="quantity", value=d(10)))
    made.step(b.enable(made, n=2))
    sent = one(fx.Submit, made.step(bar(3, 100.0, 1.0)))
    assert sent.qty == 2
    b.run(made, b.fill(sent, 100.0, ts=at(3)))
    assert one(fx.Submit, made.step(bar(11, 100.0, 0.0))).qty == 2
    later = killed()
    later.step(b.enable(later, n=2))
    assert one(fx.Submit, later.step(bar(12, 100.0, 1.0))).qty == 10
    assert later.book.truth.ramps == {"all": at(2) + 10 * MINUTE_NS}


def test_protection_taken_back_by_the_kill_stands_again() -> None:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_loss="0.02"))))
    b.buy(made, 1, 100.0)
    stop = b.working(made)[0]
    b.run(made, b.command("kill", n=2), b.update(stop, "cancelled", ts=at(3)))
    assert not b.working(made)
    again = one(fx.Submit, made.step(b.enable(made, n=4)))
    assert (again.type, again.qty) == (OrderType.STOP, held(made).qty)


def test_one_scope_is_opened_and_the_others_stay() -> None:
    made = killed()
    made.step(b.command("kill", "deployment:alpha", n=2, tier=1))
    made.step(b.enable(made, "deployment:alpha", n=3))
    assert list(made.book.truth.latches) == ["kill/all"]
    assert b.decision(made.step(bar(4, 100.0, 1.0))) == Code.KILLED


def test_a_refused_enable_counts_as_taken_and_a_second_one_with_its_id_as_nothing() -> None:
    made = killed()
    wrong = b.enable(made, n=2, digits="x")
    assert made.step(wrong)
    assert made.step(wrong) == []


def test_the_digits_are_the_brokers_and_those_of_the_instance_where_there_are_none() -> None:
    spec = b.run_spec(b.deployment_spec(), accounts=(b.account_spec(digits="4821"), b.account_spec("other")))
    book = b.engine(spec).book
    assert account_digits(book, "main") == "4821"
    made = account_digits(book, "other")
    assert (len(made), made.isdecimal()) == (4, True)
    assert accounts_in(book, "all") == ["main", "other"]
    assert accounts_in(book, "account:other") == ["other"]
    assert accounts_in(book, "deployment:alpha") == accounts_in(book, "instrument:AAPL") == ["main"]


def test_an_account_that_is_not_reconciled_stays_closed() -> None:
    spec = b.run_spec(b.deployment_spec(), accounts=(b.account_spec(venue="paper", outside=OutsideSpec()),))
    made = b.engine(spec)
    made.step(b.command("kill", n=1, tier=1))
    made.step(ev.Link(ts=at(1) + 1, account="main", channel="orders", is_up=False))
    assert "not reconciled" in one(fx.Alert, made.step(b.enable(made, n=2))).text
