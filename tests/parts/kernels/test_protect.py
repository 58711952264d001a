"""Protective orders in the kernels: where they stand, and that they follow the holding."""

import pytest

from openbell.core.spec import SizeSpec
from openbell.core.types import TickBand
from openbell.parts.kernels import layout as k
from tests.core.build import d, exits
from tests.parts.kernels.build import AGAIN, LONG, SHORT, begin, flat, one, orders_of, same

begin()


@pytest.mark.parametrize(("volume", "stop", "take"), [(LONG, 98.76, 101.24), (SHORT, 101.24, 98.76)])
def test_stop_and_target_stand_on_their_ticks(volume, stop, take):
    twin = same(one([volume, 0, 0], flat(3), exits=exits(stop_loss="0.01237", take_profit="0.01237")))
    _, first, second = orders_of(twin)
    assert first[k.L_TYPE] == k.STOP
    assert second[k.L_TYPE] == k.LIMIT
    assert abs(first[k.L_PX] / 10_000 - stop) < 0.011
    assert abs(second[k.L_PX] / 10_000 - take) < 0.011
    assert first[k.L_PX] % 100 == second[k.L_PX] % 100 == 0


def test_ticks_are_those_of_the_price():
    bands = (TickBand(above=d(0), tick=d("0.01")), TickBand(above=d(101), tick=d("0.5")))
    twin = same(one([LONG, 0, 0], flat(3), thing={"bands": bands}, exits=exits(stop_loss="0.015", take_profit="0.012")))
    assert [row[k.L_PX] for row in orders_of(twin)][1:] == [985_000, 1_015_000]


def test_a_larger_holding_moves_its_protection():
    prices = [(100.0, 100.0, 100.0, 100.0)] * 3 + [(80.0, 80.0, 80.0, 80.0)] * 6
    twin = same(
        one(
            [LONG, 0, 0, AGAIN, 0, 0, AGAIN, 0, 0],
            prices,
            size=SizeSpec(kind="notional", value=d(10_000)),
            exits=exits(stop_loss="0.9", take_profit="0.9"),
        )
    )
    lots = [twin.state.g[k.O_LOTS, slot] for slot in twin.state.g[k.LANES, :2]]
    assert lots == [twin.state.g[k.P_QTY, 0]] * 2
    assert len(orders_of(twin)) == 4


def test_a_stop_of_the_whole_price_is_none():
    twin = same(one([LONG, 0, 0], flat(3), exits=exits(stop_loss="1", take_profit="2")))
    assert [row[k.L_TYPE] for row in orders_of(twin)] == [k.MARKET, k.LIMIT]


TRAILS = [{"trail_frac": "0.0123"}, {"trail_amount": "1.234"}, {"trail_atr": "1.5", "atr_period": 2}]


def rising(*closes):
    """Bars one wide around their closes."""
    return [(c, c + 0.5, c - 0.5, c) for c in closes]


@pytest.mark.parametrize("trail", TRAILS)
@pytest.mark.parametrize("stop", [{}, {"stop_loss": "0.02"}])
@pytest.mark.parametrize(("volume", "sign"), [(LONG, 1), (SHORT, -1)])
def test_a_trailing_stop_stands_beside_a_fixed_one(trail, stop, volume, sign):
    twin = same(one([0, 0, 0, volume, 0, 0], rising(*[100.0] * 6), exits=exits(**trail, **stop, take_profit="0.1")))
    _, *rest = orders_of(twin)
    assert [row[k.L_TYPE] for row in rest] == [*([k.STOP] if stop else []), k.TRAILING, k.LIMIT]
    (row,) = (row for row in rest if row[k.L_TYPE] == k.TRAILING)
    away = {"trail_frac": 12_300, "trail_amount": 12_400, "trail_atr": 15_000}[next(iter(trail))]
    assert (row[k.L_TRAIL], row[k.L_PX]) == (away, 1_000_000 - sign * away), "rounded away from the price, to the tick"


def test_what_waits_for_the_true_range_is_protected_once_it_is_known_and_stays_there():
    closes = [100.0] * 5 + [100.5, 101.5, 103.5, 106.5]
    twin = same(one([LONG] + [0] * 8, rising(*closes), exits=exits(stop_atr="2", atr_period=3)))
    entry, stop = orders_of(twin)
    assert entry[k.L_TS] < stop[k.L_TS] and twin.state.g[k.ALERTS, 0] > 0, "nothing protects it until then"
    assert stop[k.L_PX] == 980_000 == twin.state.g[k.O_AT_PX, twin.state.g[k.LANES, 0]], "wider ranges do not move it"


def test_a_larger_holding_does_not_loosen_its_trailing_stop():
    closes = [100.0, 100.0, 100.0, 104.0, 104.0, 102.8, 102.8, 102.8]
    run = one(
        [LONG, 0, 0, 0, 0, AGAIN, 0, 0], [(c, c, c, c) for c in closes],
        size=SizeSpec(kind="notional", value=d(10_000)), exits=exits(trail_frac="0.02"),
    )  # fmt: skip
    twin = same(run)
    (slot,) = twin.state.g[k.LANES, : twin.state.g[k.T_COUNT, 0]].tolist()
    assert twin.state.g[k.O_AT_PX, slot] == 1_020_000, "where the highest price has pulled it"
    assert twin.state.g[k.O_LOTS, slot] == twin.state.g[k.P_QTY, 0]
