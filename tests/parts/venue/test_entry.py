"""The exchange's order desk: numbers for its orders, and orders sent while a bar is being played."""

from openbell.core.effects import Cancel
from openbell.parts.venue.entry import amend_order, cancel_order, submit_order
from tests.core import build as b
from tests.core.build import Exchange, at, d, exchange, submit


def desk() -> Exchange:
    return exchange(b.instrument(), b.instrument("MSFT"))


def test_orders_get_the_exchanges_own_numbers() -> None:
    floor = desk().floor
    for index in (1, 2):
        submit_order(floor, submit(index=index), at(0))
    assert [told.venue_order for told in floor.speak(at(0))] == ["V1", "V2"]
    assert [order.venue_order for order in floor.by_symbol["AAPL"]] == ["V1", "V2"]


def test_an_order_sent_inside_its_bar_is_live_at_once_and_one_of_another_instrument_is_not() -> None:
    floor = desk().floor
    floor.playing = "AAPL"
    submit_order(floor, submit(index=1), at(1))
    submit_order(floor, submit(index=2, instrument="MSFT"), at(1))
    assert [order.since for order in floor.state.orders.values()] == [0, at(1)]


def test_a_cancel_keeps_its_reason() -> None:
    floor = desk().floor
    submit_order(floor, submit(limit=90), at(0))
    cancel_order(floor, Cancel(oid=f"{b.TAG}-1", account="main", reason=314), at(0))
    assert [told.code for told in floor.speak(at(0))] == [0, 314]


def test_a_change_of_price_changes_what_touches_the_order() -> None:
    floor = desk().floor
    submit_order(floor, submit(limit=90), at(0))
    (order,) = floor.by_symbol["AAPL"]
    assert not order.is_touched(100.0, 95.0)
    amend_order(floor, b.fx.Amend(oid=order.oid, account="main", qty=d(10), limit=d(96)), at(0))
    assert order.is_touched(100.0, 95.0)
