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
