from typing import Any

import pytest

from openbell.core.types import MINUTE_NS
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.views import asset_id
from tests.wire.alpaca.stand import T0, bar, d, desk, order

NOW = T0 + MINUTE_NS
REST = {"type": "limit", "limit_price": "50", "time_in_force": "gtc"}


def test_an_id_of_the_clients_counts_once_for_ever() -> None:
    made, _ = desk()
    first = made.submit(order(client_order_id="a", **REST), NOW)
    made.cancel(first["id"], NOW)
    with pytest.raises(Refused, match="client_order_id must be unique") as refused:
        made.submit(order(client_order_id="a"), NOW)
    assert (refused.value.status, refused.value.body["code"]) == (422, 40010001)
    assert made.named("a").id == first["id"]


def test_an_order_without_an_id_of_the_clients_gets_one() -> None:
    made, _ = desk()
    told = [made.submit(order(**REST), NOW)["client_order_id"] for _ in range(2)]
    assert len({*told, ""}) == 3


def test_a_symbol_is_known_by_its_name_its_id_and_without_its_slash() -> None:
    made, _ = desk()
    assert [made.symbol_of(text) for text in ("BTC/USD", "BTCUSD", asset_id("BTC/USD"))] == ["BTC/USD"] * 3
    with pytest.raises(Refused, match="NOPE") as refused:
        made.submit(order(symbol="NOPE"), NOW)
    assert refused.value.status == 422


def test_what_is_not_there_is_not_found() -> None:
    made, _ = desk()
    for ask in (lambda: made.order("x"), lambda: made.named("x"), lambda: made.close("AAPL", ("", ""), NOW)):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"take_profit": {"limit_price": "99"}, "stop_loss": {"stop_price": "90"}},
            "take_profit.limit_price must be >",
        ),
        (
            {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "100"}},
            "stop_loss.stop_price must be <=",
        ),
        ({"side": "sell", "take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "130"}}, "must be <"),
    ],
)
def test_exits_stand_on_the_right_side_of_the_entry(fields: dict[str, Any], words: str) -> None:
    made, _ = desk()
    with pytest.raises(Refused, match=words):
        made.submit(order(order_class="bracket", **fields), NOW)


def test_an_oco_stands_behind_a_position_with_its_target_as_its_head() -> None:
    made, _ = desk()
    exits = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90", "limit_price": "89"}}
    body = order(side="sell", type="limit", limit_price="120", order_class="oco", time_in_force="gtc", **exits)
    with pytest.raises(Refused, match="insufficient qty"):
        made.submit(body, NOW)
    made.submit(order(), NOW)
    made.clerk.play(bar(100.0, n=1))
    told = made.submit(body, NOW + MINUTE_NS)
    assert (told["type"], told["group_role"], told["legs"][0]["type"]) == ("limit", "take_profit", "stop_limit")
    assert [one.status for one in made.books.open_orders()] == ["new", "new"]


def test_a_change_is_a_new_order_and_its_quantity_is_the_total() -> None:
    made, told = desk()
    old = made.submit(order(qty="1500", client_order_id="a", type="limit", limit_price="101", time_in_force="gtc"), NOW)
    made.clerk.play(bar(100.0, n=1))
    new = made.replace(old["id"], {"qty": "1200", "limit_price": "60", "client_order_id": "a.1"}, NOW + MINUTE_NS)
    assert (new["replaces"], new["qty"], new["filled_qty"], new["limit_price"]) == (old["id"], "1200", "1000", "60")
    record = made.order(old["id"])
    assert (record.status, record.replaced_by, told.events()[-2:]) == ("replaced", new["id"], ["replaced", "new"])
    assert made.order(new["id"]).leaves == d("200")
    made.clerk.play(bar(59.0, n=2))
    assert (made.order(new["id"]).status, made.books.held("AAPL")) == ("filled", d("1200"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "format"),
        ({"qty": "900"}, "greater than the quantity filled"),
        ({"stop_price": "5"}, "no such price"),
        ({"trail": "5"}, "no such price"),
        ({"limit_price": "60.001"}, "sub-penny"),
        ({"client_order_id": "a"}, "unique"),
        ({}, "not changed"),
        ({"qty": "1500", "limit_price": "101.0", "time_in_force": "gtc", "client_order_id": "b"}, "not changed"),
    ],
)
def test_a_change_that_cannot_be_leaves_the_order_as_it_is(body: Any, words: str) -> None:
    made, _ = desk()
    old = made.submit(order(qty="1500", client_order_id="a", type="limit", limit_price="101", time_in_force="gtc"), NOW)
    made.clerk.play(bar(100.0, n=1))
    with pytest.raises(Refused, match=words):
        made.replace(old["id"], body, NOW + MINUTE_NS)
    assert (made.order(old["id"]).status, made.order(old["id"]).leaves) == ("partially_filled", d("500"))


def test_what_has_ended_is_neither_changed_nor_taken_back() -> None:
    made, _ = desk()
    told = made.submit(order(), NOW)
    made.clerk.play(bar(100.0, n=1))
    for act in (lambda: made.cancel(told["id"], NOW), lambda: made.replace(told["id"], {"qty": "5"}, NOW)):
        with pytest.raises(Refused, match="filled") as refused:
            act()
        assert refused.value.status == 422


def test_a_leg_can_be_moved_before_and_behind_its_entry() -> None:
    made, _ = desk()
    legs = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}
    entry = made.submit(order(order_class="bracket", **legs), NOW)
    stop = made.replace(entry["legs"][1]["id"], {"stop_price": "95"}, NOW)
    assert made.order(stop["id"]).status == "held"
    made.clerk.play(bar(100.0, n=1))
    assert (made.order(stop["id"]).status, made.order(entry["id"]).legs[1]) == ("new", stop["id"])
    again = made.replace(stop["id"], {"stop_price": "96"}, NOW + MINUTE_NS)
    made.clerk.play(bar(95.0, n=2))
    assert [made.order(one).status for one in (again["id"], entry["legs"][0]["id"])] == ["filled", "canceled"]


def test_a_part_of_a_position_is_closed_in_whole_units() -> None:
    made, _ = desk()
    made.submit(order(qty="5"), NOW)
    made.clerk.play(bar(100.0, n=1))
    told = made.close("AAPL", ("", "50"), NOW + MINUTE_NS)
    assert (told["side"], told["qty"], told["position_intent"]) == ("sell", "2", "sell_to_close")
    assert made.close("AAPL", ("1", ""), NOW + MINUTE_NS)["qty"] == "1"


def test_all_open_orders_are_taken_back_at_once() -> None:
    made, _ = desk()
    for symbol in ("AAPL", "SPY"):
        made.submit(order(symbol=symbol, **REST), NOW)
    assert [one.symbol for one in made.cancel_all(NOW, "SPY")] == ["SPY"]
    assert [one.status for one in made.cancel_all(NOW)] == ["canceled"]


def test_a_coin_may_be_written_without_its_slash() -> None:
    made, _ = desk()
    told = made.submit(order(symbol="BTCUSD", qty="0.5", time_in_force="gtc"), NOW)
    assert (told["symbol"], told["asset_class"], told["qty"]) == ("BTC/USD", "crypto", "0.5")


def test_the_prices_of_a_bracket_may_be_changed_and_its_quantity_may_not() -> None:
    made, _ = desk()
    legs = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "40"}}
    entry = made.submit(order(order_class="bracket", qty="10", **REST, **legs), NOW)
    for one in (entry, entry["legs"][0]):
        with pytest.raises(Refused, match="quantity of bracket orders") as refused:
            made.replace(one["id"], {"qty": "11"}, NOW)
        assert refused.value.status == 422
    moved = made.replace(entry["id"], {"qty": "10", "limit_price": "49"}, NOW)
    assert (moved["limit_price"], moved["qty"]) == ("49", "10")


def test_the_quantity_of_a_coins_order_may_be_changed_and_of_a_part_of_a_share_may_not() -> None:
    made, _ = desk()
    terms = {"type": "limit", "limit_price": "50", "qty": "0.5"}
    coin = made.submit(order(symbol="BTC/USD", time_in_force="gtc", **terms), NOW)
    assert made.replace(coin["id"], {"qty": "0.7"}, NOW + MINUTE_NS)["qty"] == "0.7"
    part = made.submit(order(**terms), NOW)
    with pytest.raises(Refused, match="fractional"):
        made.replace(part["id"], {"qty": "1"}, NOW + MINUTE_NS)


def test_the_target_of_an_oco_is_price_enough() -> None:
    made, _ = desk()
    made.submit(order(), NOW)
    made.clerk.play(bar(100.0, n=1))
    exits = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}
    fields = {"side": "sell", "type": "limit", "order_class": "oco", "time_in_force": "gtc"}
    told = made.submit(order(**fields, **exits), NOW + MINUTE_NS)
    assert (told["limit_price"], told["legs"][0]["stop_price"]) == ("120", "90")
