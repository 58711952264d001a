from decimal import Decimal
from typing import Any

import pytest

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import MINUTE_NS, NS, OrderType, Side, Status, Tif
from openbell.edges.brokers.binance import LIMITS, codec
from openbell.edges.brokers.binance.codec import ORDER_WEIGHT
from openbell.edges.brokers.budget import EXIT, OPENING, Budget
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.wire.binance.meter import ORDERS_10S
from tests.edges.brokers.binance.frames import (
    NAME,
    OID,
    ORDER,
    T0_MS,
    amend,
    cancelled,
    made,
    minute,
    order,
    report,
    submit,
    trade,
)
from tests.edges.brokers.binance.talk import fits

MARKET: dict[str, Any] = {"type": OrderType.MARKET, "limit": None}


def test_an_order_goes_out_in_decimal_text_under_our_name() -> None:
    found = codec.submit(submit(qty=Decimal("1E-5"), reduce_only=True))
    assert (found.method, found.path, found.oid, found.priority, found.weight) == (
        "POST",
        "/api/v3/order",
        OID,
        EXIT,
        ORDER_WEIGHT,
    )
    assert found.body == {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.00001", "newClientOrderId": OID,
        "newOrderRespType": "FULL", "price": "50000", "timeInForce": "GTC",
    }  # fmt: skip
    fits(found)


def test_F54_no_ten_seconds_have_more_new_orders_than_the_vendor_takes() -> None:
    budget = Budget(LIMITS["rate"], LIMITS["burst"], LIMITS["reserve"])
    sent = [n for n in range(1_000) if not budget.take(EXIT, n * NS // 100, codec.submit(submit()).weight)]
    assert 80 < len(sent) <= ORDERS_10S
    assert codec.amend(amend(), order(), T0_MS).weight == ORDER_WEIGHT


@pytest.mark.parametrize(
    ("fields", "kind", "names"),
    [
        (MARKET, "MARKET", set()), (MARKET | {"tif": Tif.DAY}, "MARKET", set()),
        ({"tif": Tif.IOC}, "LIMIT", {"price", "timeInForce"}),
        ({"type": OrderType.STOP, "limit": None, "stop": Decimal(1)}, "STOP_LOSS", {"stopPrice"}),
        ({"type": OrderType.STOP_LIMIT, "stop": Decimal(1)}, "STOP_LOSS_LIMIT", {"price", "stopPrice", "timeInForce"}),
    ],
)  # fmt: skip
def test_each_kind_has_its_parameters_and_no_more(fields: dict[str, Any], kind: str, names: set[str]) -> None:
    found = codec.submit(submit(**fields))
    assert found.body["type"] == kind
    assert set(found.body) & {"price", "stopPrice", "timeInForce"} == names
    fits(found)


def test_a_way_out_for_the_day_stands_until_it_is_taken_back_where_no_day_ends() -> None:
    found = codec.submit(submit(tif=Tif.DAY, reduce_only=True))
    assert (found.body["type"], found.body["timeInForce"]) == ("LIMIT", "GTC")
    fits(found)


@pytest.mark.parametrize("fields", [{"tif": Tif.DAY}, {"type": OrderType.TRAILING, "trail": Decimal(1)}])
def test_what_the_venue_does_not_have_is_refused_here(fields: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        codec.submit(submit(**fields))


def test_a_change_is_a_second_order_and_only_of_what_nothing_has_happened_to() -> None:
    found = codec.amend(amend(), order(clientOrderId=f"{OID}_A"), 12_345)
    assert found.body["cancelRestrictions"] == "ONLY_NEW"
    assert found.body["cancelReplaceMode"] == "STOP_ON_FAILURE"
    assert (found.body["cancelOrigClientOrderId"], found.body["price"]) == (f"{OID}_A", "50001.5")
    assert codec.oid_of(found.body["newClientOrderId"]) == OID
    longest = codec.amend(amend(oid="ABC123-" + "Z" * 13), order(), 1 << 62).body["newClientOrderId"]
    assert len(longest) <= 36
    fits(found)


def test_questions_and_cancels_fit_too() -> None:
    fits(codec.cancel(OID, "BTCUSDT", OID))
    fits(codec.ask("order", codec.ORDER, {"symbol": "BTCUSDT", "origClientOrderId": OID}))
    assert codec.ask("clock", codec.TIME, {}, priority=OPENING).priority == OPENING


def test_an_order_says_how_it_stands() -> None:
    told = codec.order_event(order(status="PARTIALLY_FILLED", executedQty="0.00400000"), NAME, "updateTime")
    assert (told.happening, told.filled, told.venue_order, told.time) == (
        "accepted", Decimal("0.004"), str(ORDER), (T0_MS + 61_123) * 10**6,
    )  # fmt: skip
    ends = [codec.order_event(order(status=word), NAME, "updateTime").happening
            for word in ("CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED", "FILLED", "NOVEL")]  # fmt: skip
    assert ends == ["cancelled", "expired", "expired", "rejected", "accepted", "accepted"]
    gone = codec.order_event(cancelled(), NAME, "transactTime", "origClientOrderId")
    assert (gone.oid, gone.happening, gone.code) == (OID, "cancelled", Code.OPERATOR)


def test_what_is_in_force_behind_a_change_is_told_whole() -> None:
    told = codec.replaced(order(clientOrderId=f"{OID}_A", price="50001.50000000"), NAME, "updateTime")
    assert (told.oid, told.happening, told.qty, told.limit, told.stop) == (
        OID,
        "replaced",
        Decimal("0.01"),
        Decimal("50001.5"),
        None,
    )


def test_one_execution_is_the_same_wherever_it_is_told() -> None:
    (answered,) = codec.fills_of(made(1), NAME)
    streamed, asked = codec.decode(report(), NAME), codec.execution(trade(), NAME, OID)
    assert isinstance(answered, ev.Fill)
    assert isinstance(streamed, ev.Fill)
    for one in (streamed, asked):
        assert (one.exec_id, one.oid, one.instrument, one.side, one.qty, one.px, one.fee, one.fee_currency, one.time) == (
            answered.exec_id, OID, "BTCUSDT", Side.BUY, Decimal("0.004"), Decimal("49999.99"), Decimal("0.000004"), "BTC",
            (T0_MS + 61_123) * 10**6,
        )  # fmt: skip
    assert streamed.is_maker


def test_on_a_cancel_our_name_stands_elsewhere() -> None:
    told = codec.decode(report("CANCELED", c="cx-1", C=OID, X="CANCELED"), NAME)
    assert isinstance(told, ev.OrderUpdate)
    assert (told.oid, told.happening, told.filled) == (OID, "cancelled", Decimal("0.004"))


@pytest.mark.parametrize("kind", ["REPLACED", "TRADE_PREVENTION"])
def test_what_does_not_say_what_is_in_force_is_asked_after(kind: str) -> None:
    told = codec.decode(report(kind), NAME)
    assert isinstance(told, ev.OrderUpdate)
    assert told.happening == "lost"


@pytest.mark.parametrize(
    "frame",
    [report(l="0"), report(l="1e400"), report(t=None), report(S="HOLD"), report(c="", C=""), report(n="NaN"),
     report("NEW", X=None), report("NEW", z="many"), report(i="7")],
)  # fmt: skip
def test_half_a_report_is_never_guessed_at(frame: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        codec.decode(frame, NAME)


@pytest.mark.parametrize("body", [made(fills=1) | {"fills": 5}, made(1) | {"transactTime": None}])
def test_half_an_answer_is_never_guessed_at(body: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        codec.fills_of(body, NAME)
    with pytest.raises(OutcomeUnknown):
        codec.execution(trade(isBuyer="yes"), NAME, OID)


def test_open_orders_are_listed() -> None:
    found = codec.listed(order(executedQty="0.00400000", type="LIMIT_MAKER"))
    assert (found.type, found.status, found.filled, found.limit, found.stop) == (
        OrderType.LIMIT, Status.PARTIAL, Decimal("0.004"), Decimal(50_000), None,
    )  # fmt: skip
    assert codec.listed(order(type="TAKE_PROFIT", stopPrice="7")).type is OrderType.STOP


def test_a_minute_is_a_bar_once_it_is_closed() -> None:
    found = codec.bar(minute())
    assert found is not None
    assert (found.instrument, found.open_ts, found.ts, found.close, found.volume, found.nominal) == (
        "BTCUSDT", T0_MS * 10**6, T0_MS * 10**6 + MINUTE_NS, 52_005.0, 12.345, 0,
    )  # fmt: skip
    assert codec.bar(minute(x=False)) is None
    short = codec.bar(minute(T=T0_MS + 999))
    assert short is not None
    assert (short.interval, short.nominal) == (NS, MINUTE_NS)
    with pytest.raises(OutcomeUnknown):
        codec.bar(minute(c=52_005))


def test_a_missing_list_is_no_empty_one() -> None:
    with pytest.raises(OutcomeUnknown):
        codec.rows({"code": -1})
