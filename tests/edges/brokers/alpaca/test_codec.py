from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import events as ev
from openbell.core.types import MINUTE_NS, NS, OrderType, Side, Status, Tif
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from tests.edges.brokers.alpaca.frames import (
    EXECUTION,
    NAME,
    OID,
    VENUE,
    activity,
    amend,
    minute,
    order,
    partial,
    submit,
    update,
)
from tests.wire.alpaca import spec

T0 = 1_795_184_472_000_000_000
"""2026-11-20T14:21:12Z; the frames are a few minutes later."""
SELL = {"side": Side.SELL, "reduce_only": True, "limit": None}


@pytest.mark.parametrize(
    ("effect", "body"),
    [
        (submit(), {"type": "limit", "limit_price": "150", "time_in_force": "gtc", "side": "buy", "qty": "10"}),
        (submit(type=OrderType.MARKET, limit=None), {"type": "market", "time_in_force": "gtc"}),
        (submit(type=OrderType.STOP, stop=Decimal("140.50"), **SELL), {"type": "stop", "stop_price": "140.50", "side": "sell"}),
        (submit(type=OrderType.STOP_LIMIT, stop=Decimal(140)), {"type": "stop_limit", "stop_price": "140", "limit_price": "150"}),
        (submit(type=OrderType.TRAILING, stop=Decimal(140), trail=Decimal("2.5"), **SELL), {"type": "trailing_stop", "trail_price": "2.5"}),
        (submit(type=OrderType.MARKET, limit=None, qty=Decimal("0.5")), {"qty": "0.5", "time_in_force": "day"}),
        (submit(instrument="BTC/USD", qty=Decimal("1E-8")), {"qty": "0.00000001", "time_in_force": "gtc"}),
    ],
)  # fmt: skip
def test_an_order_is_written_in_text_and_in_the_vendors_words(effect: Any, body: dict[str, str]) -> None:
    request = codec.submit(effect)
    assert (request.method, request.path, request.oid) == ("POST", "/v2/orders", OID)
    assert body.items() <= request.body.items()
    assert request.body["client_order_id"] == OID
    assert ("stop_price" in request.body) == ("stop_price" in body)
    if spec.IS_HERE:
        assert spec.request_faults("POST", "/v2/orders", request.body) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"qty": Decimal("0.5")},
        {"qty": Decimal("0.5"), "type": OrderType.STOP, "stop": Decimal(1), "limit": None},
        {"instrument": "BTC/USD", "type": OrderType.STOP, "stop": Decimal(1), "limit": None},
        {"instrument": "BTC/USD", "tif": Tif.DAY},
    ],
)
def test_an_order_that_the_vendor_does_not_have_is_refused_here(fields: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        codec.submit(submit(**fields))


def test_a_way_out_for_the_day_of_a_coin_stands_until_it_is_taken_back() -> None:
    found = codec.submit(submit(instrument="BTC/USD", tif=Tif.DAY, reduce_only=True))
    assert found.body["time_in_force"] == "gtc"
    assert codec.submit(submit(tif=Tif.DAY, reduce_only=True)).body["time_in_force"] == "day"


def test_only_limit_orders_trade_outside_the_session() -> None:
    assert codec.submit(submit(), extended_hours=True).body["extended_hours"] is True
    assert "extended_hours" not in codec.submit(submit(type=OrderType.MARKET, limit=None), extended_hours=True).body


def test_a_change_names_the_venues_order_and_carries_our_id_with_a_stamp() -> None:
    first, second = (codec.amend(amend(), VENUE, stamp) for stamp in (T0, T0 + 1))
    assert (first.method, first.path) == ("PATCH", f"/v2/orders/{VENUE}")
    assert (first.body["qty"], first.body["limit_price"]) == ("10", "151.25")
    assert first.body["client_order_id"] != second.body["client_order_id"]
    assert codec.name_of({"client_order_id": first.body["client_order_id"]}) == OID
    trail = codec.amend(amend(limit=None, stop=Decimal(1), trail=Decimal(2)), VENUE, T0).body
    assert (trail["trail"], "stop_price" in trail) == ("2", False)
    if spec.IS_HERE:
        assert spec.request_faults("PATCH", first.path, first.body) == []


def test_a_cancel_is_the_most_urgent_and_a_question_is_quoted() -> None:
    request = codec.cancel(OID, VENUE)
    assert (request.method, request.path, request.priority) == ("DELETE", f"/v2/orders/{VENUE}", 0)
    asked = codec.ask("fills", codec.ACTIVITIES, {"after": "2026-11-20T14:30:00Z"})
    assert asked.path == "/v2/account/activities/FILL?after=2026-11-20T14%3A30%3A00Z"


def test_the_partial_fill_of_the_reference_is_one_execution_on_both_ways() -> None:
    assert spec.frame_faults("TradeUpdate", partial()) == []
    (fill,) = codec.decode(partial(), NAME)
    assert isinstance(fill, ev.Fill)
    assert (fill.oid, fill.venue_order, fill.exec_id, fill.qty, fill.px) == (
        OID,
        VENUE,
        EXECUTION,
        4,
        Decimal("149.98"),
    )
    assert codec.execution(activity(), NAME, OID) == fill


@pytest.mark.parametrize(
    ("event", "status", "happening"),
    [
        ("new", "new", "accepted"),
        ("pending_cancel", "pending_cancel", "accepted"),
        ("canceled", "canceled", "cancelled"),
        ("expired", "expired", "expired"),
        ("rejected", "rejected", "rejected"),
        ("order_cancel_rejected", "new", "cancel_refused"),
        ("order_replace_rejected", "new", "replace_refused"),
        ("trade_bust", "new", "lost"),
        ("replaced", "replaced", "lost"),
        ("a_new_word", "a_new_status", "accepted"),
    ],
)
def test_what_the_stream_says_of_an_order(event: str, status: str, happening: str) -> None:
    (told,) = codec.decode(update(event, order={"status": status, "filled_qty": "4"}), NAME)
    assert isinstance(told, ev.OrderUpdate)
    assert (told.happening, told.oid) == (happening, OID)
    assert told.filled == (None if happening == "lost" else 4)


@pytest.mark.parametrize("frame", [{"stream": "other"}, {"stream": "trade_updates", "data": None}, {}])
def test_a_frame_without_news_means_nothing(frame: dict[str, Any]) -> None:
    assert codec.decode(frame, NAME) == []


@pytest.mark.parametrize(
    "frame",
    [
        partial(qty="-4"),
        partial(price=149.98),
        partial(execution_id=None),
        update("new", order={"status": None}),
        update("new", order={"updated_at": "noon"}),
        {"stream": "trade_updates", "data": {"event": "new"}},
        {"stream": "trade_updates", "data": []},
    ],
)
def test_F58_a_frame_that_lacks_its_half_is_never_guessed_at(frame: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        codec.decode(frame, NAME)


@given(st.integers(0, 2_000_000_000), st.integers(0, NS - 1))
def test_instants_are_read_to_the_nanosecond(second: int, rest: int) -> None:
    whole = codec.stamp(second * NS).removesuffix("Z")
    assert codec.instant({"t": f"{whole}.{rest:09d}Z"}, "t") == second * NS + rest
    assert codec.instant({"t": f"{whole}+00:00"}, "t") == second * NS


def test_an_instant_with_an_offset_is_the_same_instant() -> None:
    found = [
        codec.instant({"t": text}, "t")
        for text in ("2026-11-20T09:31:12.345678901-05:00", "2026-11-20T14:31:12.345678901Z")
    ]
    assert found[0] == found[1]
    with pytest.raises(OutcomeUnknown, match="zone"):
        codec.instant({"t": "2026-11-20T09:31:12"}, "t")


def test_an_open_order_is_listed_with_its_prices() -> None:
    found = codec.listed(order(filled_qty="4", type="stop_limit", stop_price="151"))
    assert (found.oid, found.status, found.type, found.limit, found.stop) == (
        OID, Status.PARTIAL, OrderType.STOP_LIMIT, 150, 151,
    )  # fmt: skip
    assert codec.listed(order(qty=None, notional="100")).qty == 0
    with pytest.raises(OutcomeUnknown):
        codec.listed(order(type="iceberg"))


def test_a_minute_closes_a_minute_after_it_begins() -> None:
    begin = codec.instant(minute(), "t")
    (bar,) = codec.prices(minute(), begin + 2 * MINUTE_NS, is_simulated=False)
    assert isinstance(bar, ev.Bar)
    assert (bar.ts, bar.interval, bar.nominal, bar.close, bar.volume) == (
        begin + MINUTE_NS,
        MINUTE_NS,
        0,
        190.22,
        18342.0,
    )


def test_on_this_machine_a_minute_may_be_as_short_as_its_clock_is_fast() -> None:
    begin = codec.instant(minute(), "t")
    (bar,) = codec.prices(minute(), begin + NS, is_simulated=True)
    assert isinstance(bar, ev.Bar)
    assert (bar.ts, bar.interval, bar.nominal) == (begin + NS, NS, MINUTE_NS)
    assert codec.prices(minute(), begin - 1, is_simulated=True) == []


@pytest.mark.parametrize(("code", "is_halted"), [("H", True), ("2", True), ("T", False), ("3", False)])
def test_a_halt_and_its_end_are_told(code: str, is_halted: bool) -> None:
    (found,) = codec.prices({"T": "s", "S": "AAPL", "sc": code}, 1, is_simulated=False)
    assert found == ev.Halt(ts=0, instrument="AAPL", is_halted=is_halted)
    assert codec.prices({"T": "s", "S": "AAPL", "sc": "?"}, 1, is_simulated=False) == []


def test_a_list_that_is_missing_is_no_empty_one() -> None:
    assert codec.rows([]) == []
    for body in (None, {}, [1]):
        with pytest.raises(OutcomeUnknown):
            codec.rows(body)


def test_a_full_order_is_told_in_the_vendors_word() -> None:
    told = codec.order_event(order(status="filled", filled_qty="10"), NAME)
    assert (told.happening, told.text) == ("accepted", "filled")
