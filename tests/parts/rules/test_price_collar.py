"""price_collar: how far a price may be on the wrong side of the market, and what a market order becomes outside."""

from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.types import Caps, TickBand
from openbell.parts.rules import price_collar
from tests.core import build as b
from tests.core.build import at, d, one
from tests.parts.rules.scene import bound, codes, engine, hold, in_doubt, priced

NO = (Code.PRICE_COLLAR,)


def holding(caps: Caps | None = None, **fields: Any) -> Engine:
    """Return an engine whose account at a venue outside is ready and holds what was bought at 100."""
    made = engine(price_collar, accounts=[b.account_spec(outside=OutsideSpec(), caps=caps or Caps())], **fields)
    for contact in made.book.truth.contacts.values():
        contact.is_ready = True
    b.buy(made, 2, 100.0)
    return made


def quote(book: Book, bid: float, ask: float) -> None:
    apply_event(book, ev.Quote(ts=at(1), instrument="AAPL", bid=bid, ask=ask))


@pytest.mark.parametrize(
    ("side", "limit", "found"),
    [
        ("buy", "104.99", ()), ("buy", "105", ()), ("buy", "105.01", NO), ("buy", "50", ()),
        ("sell", "95.01", ()), ("sell", "95", ()), ("sell", "94.99", NO), ("sell", "150", ()),
    ],
)  # fmt: skip
def test_D04_binds_just_beyond_the_band_on_the_wrong_side_only(side: str, limit: str, found: tuple[int, ...]) -> None:
    assert codes(priced(), b.draft(side, 1, limit=limit), bound(price_collar)) == found


@pytest.mark.parametrize(("limit", "found"), [("103", ()), ("103.01", NO)])
def test_D04_large_companies_have_a_narrower_band(limit: str, found: tuple[int, ...]) -> None:
    book = priced(instruments=[b.instrument(group="large")])
    assert codes(book, b.draft("buy", 1, limit=limit), bound(price_collar)) == found


@pytest.mark.parametrize(("limit", "found"), [("1.0010", ()), ("1.0011", NO)])
def test_D04_currency_pairs_are_banded_in_ticks(limit: str, found: tuple[int, ...]) -> None:
    pair = b.instrument(kind="fx", bands=(TickBand(above=d(0), tick=d("0.0001")),), quantum=d("0.00001"))
    assert codes(priced(px=1.0, instruments=[pair]), b.draft("buy", 1, limit=limit), bound(price_collar)) == found


def test_D04_the_reference_is_the_middle_then_the_last_then_the_close_before() -> None:
    book = priced()
    quote(book, 109.0, 111.0)
    assert codes(book, b.draft("buy", 1, limit="115.5"), bound(price_collar)) == ()
    assert codes(book, b.draft("buy", 1, limit="115.51"), bound(price_collar)) == NO
    before = priced()
    apply_event(before, b.session(1))
    assert codes(before, b.draft("buy", 1, limit="105.01"), bound(price_collar), at(1500)) == NO


@pytest.mark.parametrize(("ask", "found"), [(104.0, ()), (112.0, NO)])
def test_D04_a_market_order_is_judged_by_what_it_would_take(ask: float, found: tuple[int, ...]) -> None:
    book = priced()
    quote(book, 98.0, ask)
    assert codes(book, b.draft("buy", 1), bound(price_collar)) == found


def test_D06_without_a_reference_there_is_no_entry() -> None:
    assert Code.NO_REFERENCE in codes(b.book(), b.draft("buy", 1), bound(price_collar))


@pytest.mark.parametrize(("bid", "ask"), [(0.0, 0.0), (101.0, 100.0), (float("nan"), 100.0)])
def test_D06_a_quote_that_makes_no_sense_is_no_reference(bid: float, ask: float) -> None:
    book = priced()
    quote(book, bid, ask)
    assert codes(book, b.draft("buy", 1, limit="105"), bound(price_collar)) == ()
    assert codes(book, b.draft("buy", 1, limit="105.01"), bound(price_collar)) == NO


@pytest.mark.parametrize(("limit", "found"), [("90", ()), ("89.99", NO)])
def test_D04_exits_have_a_wider_band_of_their_own(limit: str, found: tuple[int, ...]) -> None:
    book = priced()
    hold(book, 10)
    in_doubt(book, "sell", 1, limit=200)
    assert codes(book, b.draft("sell", 10, limit=limit, reduce_only=True), bound(price_collar)) == found
    assert codes(book, b.draft("sell", 10, stop=50, reduce_only=True), bound(price_collar)) == ()


def test_D06_an_exit_passes_without_a_reference() -> None:
    book = priced()
    hold(book, 10)
    book.truth.marks["AAPL"].px, book.truth.marks["AAPL"].ts = None, 0
    assert codes(book, b.draft("sell", 10, reduce_only=True), bound(price_collar)) == ()


@pytest.mark.parametrize(("outside", "sort", "limit"), [(None, "market", None), (OutsideSpec(), "limit", d("105"))])
def test_D04_a_market_entry_goes_outside_as_a_limit_at_the_collar(outside: object, sort: str, limit: object) -> None:
    made = engine(price_collar, accounts=[b.account_spec(outside=outside)])
    for contact in made.book.truth.contacts.values():
        contact.is_ready = True
    sent = one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    assert (sent.type, sent.limit) == (sort, limit)


def test_D04_a_market_exit_goes_outside_at_the_exits_collar_and_never_beyond_it() -> None:
    made = holding()
    sent = one(fx.Submit, made.step(b.bar(3, 99.99, 0.0)))
    # Ten percent below 99.99 is 89.991: the tick inside is 90.00.
    assert (sent.reduce_only, sent.type, sent.limit) == (True, "limit", d("90"))


@pytest.mark.parametrize(("oco", "in_place"), [(False, False), (True, True)])
def test_D04_an_exit_whose_collar_the_market_has_left_gets_one_around_the_market(oco: bool, in_place: bool) -> None:
    made = holding(Caps(oco=oco, in_place=in_place))
    sent = one(fx.Submit, made.step(b.bar(3, 100.0, 0.0)))
    assert (sent.limit, b.only(fx.Amend, made.step(b.bar(4, 80.0, 0.0)))) == (d("90"), []), "it has not been answered"
    made.step(b.update(sent, "accepted", ts=at(4), venue_order="V2"))
    moved = one(fx.Amend, made.step(b.bar(5, 70.0, 0.0)))
    assert (moved.oid, moved.limit, moved.qty, moved.is_pair) == (sent.oid, d("63"), sent.qty, not in_place)


@pytest.mark.parametrize("oco", [False, True])
def test_an_exit_at_a_venue_without_groups_stands_alone_and_is_not_sold_twice_while_it_fills(oco: bool) -> None:
    made = holding(Caps(oco=oco))
    sent = one(fx.Submit, made.step(b.bar(3, 99.99, 0.0)))
    assert bool(sent.oco) == oco
    if not oco:
        told = made.step(b.fill(sent, "99.9", qty=sent.qty - 1, ts=at(3)))
        assert [effect for effect in told if isinstance(effect, fx.Submit)] == []


def test_an_exit_at_the_collar_is_not_taken_for_the_target_of_its_holding() -> None:
    """It stands in the holding's group and is a limit order, as the target is; its reason tells them apart."""
    made = holding(exits=b.exits(take_profit="0.5"))
    (target,) = made.book.open_orders["AAPL"].values()
    sent = one(fx.Submit, made.step(b.bar(3, 99.99, 0.0)))
    assert (sent.reduce_only, sent.type, sent.limit) == (True, "limit", d("90"))
    made.step(b.update(sent, "accepted"))
    told = made.step(b.update(target, "cancelled"))
    told += made.step(b.fill(sent, "99.9", qty=1, ts=at(3)))
    assert not [effect for effect in told if isinstance(effect, fx.Amend) and effect.oid == sent.oid]


@pytest.mark.parametrize("oco", [False, True])
def test_D04_an_exit_at_its_collar_is_taken_back_where_its_holding_is_wanted_again(oco: bool) -> None:
    made = holding(Caps(oco=oco))
    sent = one(fx.Submit, made.step(b.bar(3, 100.0, 0.0)))
    made.step(b.update(sent, "accepted", ts=at(3), venue_order="V2"))
    cancel = one(fx.Cancel, made.step(b.bar(4, 100.0, 1.0)))
    assert (cancel.oid, cancel.reason) == (sent.oid, Code.REPLACED_BY_SIGNAL)
