import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.wire.binance.meter import BAN_NS, ORDERS_10S, PATIENCE, WEIGHT, Meter
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import T0


def refused(meter: Meter, now: int, weight: int = 1, orders: int = 0) -> tuple[int, int, int]:
    with pytest.raises(Refused) as found:
        meter.enter(now, weight, orders)
    return found.value.status, found.value.code, found.value.wait


def test_weight_is_counted_by_the_minute() -> None:
    meter = Meter()
    meter.enter(T0, WEIGHT - 1, 0)
    meter.enter(T0 + NS, 1, 0)
    assert meter.headers(T0 + NS, is_order=False) == {"X-MBX-USED-WEIGHT": "6000", "X-MBX-USED-WEIGHT-1M": "6000"}
    assert refused(meter, T0 + 30 * NS) == (429, -1003, 30)
    meter.enter(T0 + MINUTE_NS, 1, 0)
    assert (meter.most, meter.counts[0].used) == (WEIGHT + 1, 1)


def test_who_goes_on_after_that_is_shut_out_longer_each_time() -> None:
    noted: list[str] = []
    meter = Meter(lambda kind, _: noted.append(kind))
    meter.enter(T0, WEIGHT, 0)
    assert [refused(meter, T0)[0] for _ in range(PATIENCE)] == [429] * PATIENCE
    assert refused(meter, T0) == (418, -1003, BAN_NS // NS)
    assert refused(meter, T0 + MINUTE_NS) == (418, -1003, 60)
    meter.enter(T0 + BAN_NS, 1, 0)
    meter.enter(T0 + BAN_NS, WEIGHT - 1, 0)
    for _ in range(PATIENCE):
        refused(meter, T0 + BAN_NS)
    assert refused(meter, T0 + BAN_NS)[2] == 2 * BAN_NS // NS
    assert (noted.count("limited"), noted.count("banned")) == (2 * PATIENCE + 2, 2)


def test_new_orders_have_a_limit_of_their_own_and_filled_ones_are_given_back() -> None:
    meter = Meter()
    meter.enter(T0, 1, ORDERS_10S)
    assert refused(meter, T0, 1, 1) == (429, -1015, 10)
    meter.filled(T0, 3)
    meter.enter(T0, 1, 3)
    assert meter.headers(T0, is_order=True)["X-MBX-ORDER-COUNT-10S"] == str(ORDERS_10S)
    meter.enter(T0 + 10 * NS, 1, 1)
    assert meter.headers(T0 + 10 * NS, is_order=True)["X-MBX-ORDER-COUNT-1D"] == str(ORDERS_10S + 1)


def test_what_was_carried_out_may_cost_nothing() -> None:
    meter = Meter()
    meter.enter(T0, 1, 1)
    meter.give_back(T0, 1)
    assert meter.counts[0].at(T0) == 0
    assert [row.get("count") for row in meter.rows(T0, ("ORDERS",), is_used=True)] == [1, 1]
    assert [row["limit"] for row in meter.rows(T0, ("RAW_REQUESTS",), is_used=False)] == [61_000]
