import pytest

from openbell.core.types import MINUTE_NS
from openbell.wire.alpaca import shelf
from openbell.wire.alpaca.desk import Desk
from openbell.wire.alpaca.refusal import Refused
from tests.wire.alpaca.stand import T0, bar, desk, order

NOW = T0 + MINUTE_NS


def full() -> tuple[Desk, list[str]]:
    """Return a desk with five orders, one a second, the third taken back, and their ids."""
    made, _ = desk()
    ids = []
    for n in range(5):
        body = order(symbol="SPY" if n == 4 else "AAPL", type="limit", limit_price="50", time_in_force="gtc")
        ids.append(made.submit(body, NOW + n * 10**9)["id"])
    made.cancel(ids[2], NOW)
    return made, ids


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({}, [4, 3, 1, 0]),
        ({"status": "closed"}, [2]),
        ({"status": "all", "direction": "asc", "limit": "2"}, [0, 1]),
        ({"status": "all", "after": "2026-11-20T12:01:01Z", "until": "2026-11-20T12:01:04Z"}, [3, 2]),
        ({"symbols": "SPY,QQQ"}, [4]),
        ({"side": "sell"}, []),
        ({"asset_class": "crypto"}, []),
        ({"asset_class": "us_equity,crypto", "limit": "1"}, [4]),
    ],
)
def test_orders_are_chosen_and_sorted(query: dict[str, str], places: list[int]) -> None:
    made, ids = full()
    assert [one["id"] for one in shelf.orders(made, query)] == [ids[place] for place in places]


def test_a_page_goes_on_behind_the_last_row() -> None:
    made, ids = full()
    rising = {"status": "all", "direction": "asc", "limit": "3"}
    first = shelf.orders(made, rising)
    second = shelf.orders(made, rising | {"after_order_id": first[-1]["id"]})
    assert [one["id"] for one in first + second] == ids
    assert [one["id"] for one in shelf.orders(made, rising | {"before_order_id": ids[1]})] == ids[:1]


def test_legs_stand_by_themselves_or_below_their_entry() -> None:
    made, _ = desk()
    legs = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}
    made.submit(order(order_class="bracket", **legs), NOW)
    flat, nested = shelf.orders(made, {}), shelf.orders(made, {"nested": "true"})
    assert (len(flat), [one["legs"] for one in flat]) == (3, [None] * 3)
    assert (len(nested), [leg["group_role"] for leg in nested[0]["legs"]]) == (1, ["take_profit", "stop_loss"])


def test_a_page_that_falls_goes_on_with_what_was_sent_before() -> None:
    made, ids = full()
    falling = {"status": "all", "limit": "2"}
    first = [one["id"] for one in shelf.orders(made, falling)]
    second = [one["id"] for one in shelf.orders(made, falling | {"before_order_id": first[-1]})]
    assert first + second == ids[:0:-1]
    # The order that is named need not be one of those that are asked for.
    assert [one["id"] for one in shelf.orders(made, {"after_order_id": ids[2]})] == [ids[4], ids[3]]


def test_an_open_leg_below_an_entry_that_has_ended_stands_for_itself() -> None:
    made, _ = desk()
    legs = {"take_profit": {"limit_price": "120"}, "stop_loss": {"stop_price": "90"}}
    made.submit(order(order_class="bracket", **legs), NOW)
    made.clerk.play(bar(100.0, n=1))
    found = shelf.orders(made, {"nested": "true"})
    assert sorted(one["group_role"] for one in found) == ["stop_loss", "take_profit"]
    assert [len(one["legs"]) for one in shelf.orders(made, {"nested": "true", "status": "all"})] == [2]


NONE = "00000000-0000-5000-8000-000000000000"


@pytest.mark.parametrize(
    "query",
    [
        {"status": "odd"},
        {"limit": "501"},
        {"limit": "x"},
        {"after": "noon"},
        {"direction": "up"},
        {"after_order_id": NONE},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused):
        shelf.orders(full()[0], query)


def test_executions_come_by_page_and_only_those_behind_an_instant() -> None:
    made, _ = desk()
    for n in range(3):
        made.submit(order(qty="1"), NOW + n * MINUTE_NS)
        made.clerk.play(bar(100.0, n=n + 1))
    rising = {"direction": "asc", "page_size": "2"}
    first = shelf.activities(made, rising, "FILL")
    second = shelf.activities(made, rising | {"page_token": first[-1]["id"]}, "FILL")
    assert [one["order_status"] for one in first + second] == ["filled"] * 3
    assert len({one["id"] for one in first + second}) == 3
    behind = shelf.activities(made, {"after": first[0]["transaction_time"]}, "")
    assert [one["id"] for one in behind] == [second[0]["id"], first[1]["id"]]
    assert shelf.activities(made, {"order_id": first[0]["order_id"]}, "FILL") == first[:1]
    assert len(shelf.activities(made, {"date": "2026-11-20"}, "FILL,FEE")) == 3
    for wrong in ({"page_token": "20261120::nope"}, {"activity_types": "FILL", "category": "trade_activity"}):
        with pytest.raises(Refused):
            shelf.activities(made, wrong, "FILL")
    assert shelf.activities(made, {}, "FEE") == shelf.activities(made, {"category": "non_trade_activity"}, "") == []
