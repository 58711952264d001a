from typing import Any

import msgspec
import pytest

from openbell.core.types import NS
from openbell.wire.plain import request as rq
from openbell.wire.plain.desk import Desk
from tests.wire.plain.stand import T0, bar, d, desk, submit


def ask(venue: Desk, op: str, now: int = T0, **fields: Any) -> dict[str, Any]:
    return venue.ask(rq.parse(msgspec.json.encode({"op": op, "id": 1, **fields})), now).reply


def hello(venue: Desk, **fields: Any) -> dict[str, Any]:
    given = {"version": 1, "account": "PLAIN-0001", "mode": "paper", "epoch": 1}
    return ask(venue, "hello", **(given | fields))


def test_an_order_is_taken_and_announced() -> None:
    venue = desk()
    said = venue.ask(submit("a"), T0)
    assert said.reply == {"ok": True, "cid": "a", "order": "V1", "state": "working", "time": T0}
    assert [(push.body["cid"], push.body["what"]) for push in said.pushes] == [("a", "accepted")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"qty": "1.5"}, "off_lot"), ({"qty": "0"}, "off_lot"), ({"limit": "100.001"}, "off_tick"),
        ({"symbol": "ZZZ"}, "unknown_symbol"), ({"epoch": 0}, "fenced"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(fields: dict[str, Any], code: str) -> None:
    venue = desk()
    hello(venue)
    reply = venue.ask(submit("a", **fields), T0).reply
    assert (reply["ok"], reply["code"]) == (False, code)
    assert "a" not in venue.books.orders


def test_F01_a_second_order_under_one_client_id_is_refused() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    reply = venue.ask(submit("a"), T0).reply
    assert (reply["code"], reply["order"], reply["status"]) == ("duplicate_cid", "V1", 409)
    assert len(venue.books.orders) == 1


def test_a_venue_that_does_not_dedupe_takes_both() -> None:
    venue = desk(dedupes=False)
    venue.ask(submit("a"), T0)
    assert venue.ask(submit("a"), T0).reply["ok"]
    assert len(venue.books.open_orders()) == 2


def test_F72_a_lower_epoch_than_one_heard_is_fenced() -> None:
    venue = desk()
    hello(venue, epoch=1)
    assert venue.ask(submit("a"), T0).reply["ok"]
    assert hello(venue, epoch=2)["epoch"] == 2
    assert ask(venue, "cancel", cid="a", epoch=1)["code"] == "fenced"
    assert ask(venue, "amend", cid="a", epoch=1, qty="5")["code"] == "fenced"
    assert venue.books.orders["a"].is_open
    assert ask(venue, "order", cid="a")["found"]
    assert ask(venue, "cancel", cid="a", epoch=2)["ok"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": 9}, "bad_version"), ({"account": "LIVE-1"}, "wrong_account"), ({"mode": "live"}, "wrong_mode"),
        ({"key": "guess"}, "bad_key"),
    ],
)  # fmt: skip
def test_F73_a_hello_for_another_account_mode_or_key_is_turned_away(fields: dict[str, Any], code: str) -> None:
    venue = desk(key="secret")
    reply = hello(venue, **({"key": "secret"} | fields))
    assert (reply["ok"], reply["code"]) == (False, code)
    assert hello(venue, key="secret")["ok"]


def test_a_cancel_ends_the_order_and_a_second_one_is_too_late() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    assert ask(venue, "cancel", cid="a", epoch=1)["state"] == "cancelled"
    assert ask(venue, "cancel", cid="a", epoch=1)["code"] == "too_late"
    assert ask(venue, "cancel", cid="b", epoch=1)["code"] == "unknown_order"


def test_an_amend_changes_price_and_quantity() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    assert ask(venue, "amend", cid="a", epoch=1, qty="5", limit="98")["ok"]
    record = venue.books.orders["a"]
    assert (record.qty, record.limit) == (d("5"), d("98"))


def test_an_amend_below_what_is_filled_is_too_late() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    venue.clerk.fill("a", d("6"), T0)
    assert ask(venue, "amend", cid="a", epoch=1, qty="5", limit="98")["code"] == "too_late"


def test_a_look_up_tells_the_order_with_its_executions() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    venue.clerk.fill("a", d("6"), T0)
    found = ask(venue, "order", cid="a")
    assert (found["order"]["state"], found["order"]["filled"]) == ("partial", d("6"))
    assert [execution["qty"] for execution in found["executions"]] == [d("6")]
    assert not ask(venue, "order", cid="b")["found"]


def test_F02_a_new_order_stays_invisible_for_the_visibility_lag() -> None:
    venue = desk(visibility=3 * NS)
    venue.ask(submit("a"), T0)
    assert not ask(venue, "order", cid="a", now=T0 + 2 * NS)["found"]
    assert ask(venue, "state", now=T0 + 2 * NS)["orders"] == []
    assert ask(venue, "order", cid="a", now=T0 + 3 * NS)["found"]


def test_executions_come_in_pages_without_gaps() -> None:
    venue = desk()
    for n in range(5):
        venue.clerk.trade("AAA", "buy", d("1"), T0 + n)
    first = ask(venue, "executions", limit=2)
    assert ([e["n"] for e in first["executions"]], first["more"], first["next"]) == ([1, 2], True, 2)
    rest = ask(venue, "executions", since=2, limit=10)
    assert ([e["n"] for e in rest["executions"]], rest["more"]) == ([3, 4, 5], False)
    assert ask(venue, "executions", since=5)["next"] == 5


def test_the_state_lists_orders_positions_and_cash() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    venue.ask(submit("b", symbol="BBB"), T0)
    venue.clerk.play(bar(99.0, n=2))
    state = ask(venue, "state", nested=True)
    assert [order["cid"] for order in state["orders"]] == ["b"]
    assert state["positions"] == {"AAA": d("10")}
    assert state["as_of"] == T0


def test_a_stream_of_an_unknown_symbol_is_refused() -> None:
    venue = desk()
    assert ask(venue, "subscribe", stream="bars", symbol="AAA")["ok"]
    assert ask(venue, "subscribe", stream="bars", symbol="ZZZ")["code"] == "unknown_symbol"
    assert ask(venue, "ping")["time"] == T0


def test_a_halted_symbol_takes_no_orders() -> None:
    venue = desk()
    venue.clerk.halted.add("AAA")
    assert venue.ask(submit("a"), T0).reply["code"] == "halted"


def test_day_orders_end_overnight_and_others_stay() -> None:
    venue = desk()
    venue.ask(submit("a", tif="day"), T0)
    venue.ask(submit("b"), T0)
    venue.expire_day_orders(T0)
    assert [record.cid for record in venue.books.open_orders()] == ["b"]


def test_the_truth_holds_ended_orders_too() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    ask(venue, "cancel", cid="a", epoch=1)
    assert [order["state"] for order in venue.truth()["orders"]] == ["cancelled"]
