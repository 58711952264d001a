import pytest

from openbell.core.types import MINUTE_NS
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import T0, bar, d, desk, order

NOW = T0 + MINUTE_NS
LEGS = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}


def test_an_order_is_new_and_then_filled_at_the_next_price() -> None:
    made, told = desk()
    order_id = made.submit(order(), NOW)["id"]
    made.clerk.play(bar(101.0, n=1))
    record = made.order(order_id)
    assert told.events() == ["new", "fill"]
    assert (record.status, record.filled, record.average, made.books.cash) == ("filled", d("10"), d("101"), d("98990"))


def test_what_is_told_has_the_form_of_the_stream() -> None:
    made, told = desk()
    made.submit(order(qty="1500"), NOW)
    made.clerk.play(bar(100.0, n=1))
    made.cancel(told[-1]["data"]["order"]["id"], NOW + MINUTE_NS)
    assert told.events() == ["new", "partial_fill", "canceled"]
    assert [spec.frame_faults("TradeUpdate", frame) for frame in told] == [[], [], []]
    assert (told[1]["data"]["qty"], told[1]["data"]["position_qty"]) == ("1000", "1000")


def test_legs_wait_for_the_whole_entry_and_one_ends_the_other() -> None:
    made, told = desk()
    entry = made.submit(order(qty="1500", order_class="bracket", **LEGS), NOW)
    target, stop = (made.order(leg["id"]) for leg in entry["legs"])
    made.clerk.play(bar(100.0, n=1))
    assert (target.status, stop.status) == ("held", "held")
    made.clerk.play(bar(100.0, n=2))
    assert (target.status, stop.status) == ("new", "new")
    made.clerk.play(bar(121.0, n=3, volume=9000.0))
    assert (target.status, stop.status, made.books.held("AAPL")) == ("filled", "canceled", d("0"))


def test_a_leg_that_fills_in_part_cuts_the_other() -> None:
    made, _ = desk()
    entry = made.submit(order(order_class="bracket", **LEGS), NOW)
    made.clerk.play(bar(100.0, n=1))
    target, stop = (made.order(leg["id"]) for leg in entry["legs"])
    made.clerk.fill(target, d("4"), d("120"), NOW + 2 * MINUTE_NS)
    assert (target.status, target.filled, stop.qty, stop.leaves) == ("partially_filled", d("4"), d("6"), d("6"))


def test_taking_an_entry_back_takes_its_legs_back_and_a_leg_its_sibling() -> None:
    made, _ = desk()
    entry = made.submit(order(type="limit", limit_price="50", order_class="bracket", **{**LEGS, "stop_loss": {"stop_price": "40"}}), NOW)  # fmt: skip
    made.cancel(entry["id"], NOW)
    assert {made.order(leg["id"]).status for leg in entry["legs"]} == {"canceled"}
    other = made.submit(order(order_class="bracket", **LEGS), NOW)
    made.clerk.play(bar(100.0, n=1))
    made.cancel(other["legs"][0]["id"], NOW + MINUTE_NS)
    assert made.order(other["legs"][1]["id"]).status == "canceled"
    assert made.order(other["id"]).status == "filled"


def test_a_trailing_stop_follows_the_price_by_amount_or_by_percent() -> None:
    made, _ = desk()
    made.submit(order(), NOW)
    made.clerk.play(bar(100.0, n=1))
    trail = {"side": "sell", "type": "trailing_stop", "time_in_force": "gtc"}
    amount = made.order(made.submit(order(qty="4", trail_price="2", **trail), NOW + MINUTE_NS)["id"])
    percent = made.order(made.submit(order(qty="6", trail_percent="10", **trail), NOW + MINUTE_NS)["id"])
    assert (amount.stop, percent.stop, amount.hwm) == (d("98"), d("90"), d("100"))
    made.clerk.play(bar(110.0, n=2))
    made.clerk.play(bar(107.0, n=3))
    assert (amount.status, percent.status) == ("filled", "new")


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_an_order_that_cannot_fill_at_once_is_taken_back_by_the_exchange(tif: str) -> None:
    made, told = desk()
    order_id = made.submit(order(type="limit", limit_price="50", time_in_force=tif), NOW)["id"]
    made.clerk.play(bar(100.0, n=1))
    record = made.order(order_id)
    assert (record.status, record.canceled_at > 0, told.events()) == ("canceled", True, ["new", "canceled"])
