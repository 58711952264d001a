"""A venue's own order ids: another order's in another account or instrument, and another one after a change."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import EXTERNAL
from openbell.core.order import Order
from openbell.core.spec import OutsideSpec
from openbell.core.types import ZERO, Caps, OrderType, Side, Status
from tests.core import build as b
from tests.core.afar import Afar, limit_deployment
from tests.core.build import d


def two_accounts() -> tuple[Afar, Order, Order]:
    """Return an engine at two venues that have given an order each the same id."""
    other = b.account_spec("other", outside=OutsideSpec())
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta", account="other"), accounts=(other,))
    afar.link(account="other")
    found = b.only(fx.Submit, afar.bar(100.0, 1.0))
    ours, theirs = (afar.engine.book.truth.orders[submit.oid] for submit in found)
    for order in (ours, theirs):
        afar.say(order, "accepted", venue_order="7")
    return afar, ours, theirs


def two_instruments() -> tuple[Afar, Order, Order]:
    """Return an engine with an order in each of two instruments, both of which the venue will call 7."""
    afar = Afar(b.deployment_spec(instruments=("AAPL", "MSFT")))
    return afar, afar.enter(), afar.enter(symbol="MSFT")


def by_hand(symbol: str, number: str) -> ev.VenueOrder:
    return ev.VenueOrder(
        oid="", venue_order=number, instrument=symbol, side=Side.BUY, type=OrderType.LIMIT, qty=d(5), filled=ZERO,
        status=Status.WORKING, limit=d(90), stop=None,
    )  # fmt: skip


def test_F14_what_two_accounts_call_alike_is_told_apart() -> None:
    afar, ours, theirs = two_accounts()
    afar.say(theirs, "cancelled", oid="", venue_order="7")
    assert (ours.status, theirs.status, afar.engine.book.truth.counts.illegal) == (Status.WORKING, Status.CANCELLED, 0)
    afar.fill(ours, 100, oid="", venue_order="7")
    assert (afar.qty(), afar.qty("beta")) == (10, 0)
    afar.check()


def test_F63_an_order_by_hand_counts_although_another_account_has_one_of_its_id() -> None:
    afar, _, theirs = two_accounts()
    afar.say(theirs, "cancelled")
    afar.listed = [by_hand("AAPL", "7")]
    afar.state(account="other")
    assert list(afar.engine.book.truth.contacts["other"].strays) == ["venue/AAPL/7"]


def test_F14_what_two_instruments_call_alike_is_told_apart() -> None:
    afar, first, second = two_instruments()
    for order in (first, second):
        afar.say(order, "accepted", venue_order="7")
    afar.fill(second, 100, oid="", venue_order="7", exec_id="1")
    assert (afar.qty(), afar.qty(symbol="MSFT"), afar.engine.book.truth.positions[EXTERNAL]) == (0, 10, {})
    # Without an instrument nobody can know of which of the two it speaks.
    found = afar.say(first, "cancelled", oid="", venue_order="7")
    assert (first.status, [alert.key for alert in b.only(fx.Alert, found)]) == (Status.WORKING, ["unknown_order/"])
    afar.check()


def test_F07_executions_of_two_instruments_under_one_id_both_wait() -> None:
    afar, first, second = two_instruments()
    for order in (first, second):
        afar.fill(order, 100, oid="", venue_order="7", exec_id="1")
    assert [fill.instrument for fill in afar.contact.held] == ["AAPL", "MSFT"]
    for order in (first, second):
        afar.say(order, "accepted", venue_order="7")
    assert (afar.qty(), afar.qty(symbol="MSFT")) == (10, 10)
    afar.check()


def test_F63_orders_by_hand_under_one_id_in_two_instruments_both_count() -> None:
    afar = Afar(b.deployment_spec(instruments=("AAPL", "MSFT")))
    afar.listed = [by_hand("AAPL", "9"), by_hand("MSFT", "9")]
    afar.state()
    assert list(afar.contact.strays) == ["venue/AAPL/9", "venue/MSFT/9"]


def changing() -> tuple[Afar, Order, fx.Amend]:
    """Return an engine whose order is being replaced by a second one at its venue."""
    afar = Afar(limit_deployment(), account={"caps": Caps(in_place=False)})
    order = afar.enter(100.0)
    afar.say(order, "accepted", venue_order="V1")
    amend = b.one(fx.Amend, afar.bar(99.0, 0.5))
    return afar, order, amend


def test_F33_an_execution_of_the_second_order_of_a_change_waits_for_its_id() -> None:
    afar, order, amend = changing()
    found = afar.fill(order, 99, 2, oid="", venue_order="V2")
    assert (b.one(fx.Query, found).oid, len(afar.contact.held)) == (order.oid, 1)
    afar.say(order, "replaced", venue_order="V2", qty=amend.qty, limit=amend.limit)
    assert (afar.qty(), afar.engine.book.truth.positions[EXTERNAL], afar.contact.held) == (2, {}, [])
    afar.check()


@pytest.mark.parametrize("names_us", [True, False])
def test_F33_an_execution_of_the_first_order_of_a_change_is_ours_and_does_not_rename_the_second(
    names_us: bool,
) -> None:
    afar, order, amend = changing()
    afar.say(order, "replaced", venue_order="V2", qty=amend.qty, limit=amend.limit)
    afar.fill(order, 100, 1, oid=order.oid if names_us else "", venue_order="V1")
    assert (afar.qty(), order.venue_order, order.before) == (1, "V2", ("V1",))
    afar.fill(order, 99, 1, oid="", venue_order="V2")
    assert (afar.qty(), afar.engine.book.truth.positions[EXTERNAL]) == (2, {})
    afar.check()
