from decimal import Decimal

import pytest

from openbell.core.codes import Code
from openbell.core.types import OrderType, Side
from openbell.edges.brokers.binance.listing import listings
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.edges.instruments import load
from tests.edges.brokers.binance.frames import rules, submit

BTC = listings(rules())["BTCUSDT"]


def test_the_vendors_filters_are_an_instrument_of_ours() -> None:
    made = load({"BTCUSDT": BTC.listed().fields}, ["BTCUSDT"])["BTCUSDT"]
    assert (made.currency, made.lot, made.bands[0].tick) == ("USDT", Decimal("0.00001"), Decimal("0.01"))
    assert (made.min_qty, made.min_notional, made.can_short) == (Decimal("0.00001"), Decimal(5), False)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (Code.OFF_LOT, {"qty": Decimal("0.010001")}), (Code.OFF_LOT, {"qty": Decimal(9001)}),
        (Code.OFF_TICK, {"limit": Decimal("50000.001")}), (Code.BELOW_MINIMUM, {"qty": Decimal("0.00001")}),
    ],
)  # fmt: skip
def test_what_the_venue_would_refuse_is_not_sent(code: Code, fields: dict[str, Decimal]) -> None:
    with pytest.raises(BadRequest) as refused:
        BTC.check(submit(**fields))
    assert refused.value.code == code


def test_what_fits_is_sent_and_what_is_halted_is_not() -> None:
    BTC.check(submit())
    BTC.check(submit(type=OrderType.MARKET, limit=None))
    with pytest.raises(BadRequest) as refused:
        listings(rules(status="HALT"))["BTCUSDT"].check(submit())
    assert refused.value.code == Code.HALTED
    # Whether an exit can be is the venue's word alone: what is known here may be of yesterday.
    listings(rules(status="HALT"))["BTCUSDT"].check(submit(side=Side.SELL, reduce_only=True))


def test_a_kind_of_order_that_the_symbol_does_not_take_is_not_sent() -> None:
    stop = submit(type=OrderType.STOP, limit=None, stop=Decimal(49_000), side=Side.SELL)
    listings(rules(orderTypes=["LIMIT", "MARKET", "STOP_LOSS"]))["BTCUSDT"].check(stop)
    BTC.check(stop)  # None is named.
    with pytest.raises(BadRequest, match="^BTCUSDT takes no STOP_LOSS orders$"):
        listings(rules(orderTypes=["LIMIT", "MARKET", "STOP_LOSS_LIMIT"]))["BTCUSDT"].check(stop)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"status": "BREAK"}, "BTCUSDT is BREAK"),
        ({"isSpotTradingAllowed": False}, "BTCUSDT is not on the spot market"),
    ],
)
def test_a_symbol_that_does_not_trade_on_the_spot_market_says_so(fields: dict[str, object], why: str) -> None:
    assert listings(rules(**fields))["BTCUSDT"].listed().halted == why


@pytest.mark.parametrize("body", [None, {}, {"symbols": [{}]}, {"symbols": 5}])
def test_half_a_list_is_none(body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        listings(body)


def test_filters_that_are_not_there_bound_nothing() -> None:
    bare = listings(rules(filters=[]))["BTCUSDT"]
    assert bare.listed().fields == {"kind": "crypto", "currency": "USDT", "base": "BTC", "can_short": False}
    bare.check(submit(qty=Decimal("0.000000001"), limit=Decimal("0.001")))
