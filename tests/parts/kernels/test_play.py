"""The path through a bar in the kernels: spread, slippage, order of high and low, limits."""

import itertools

import pytest

from openbell.parts.kernels import layout as k
from openbell.parts.venue.options import VenueOptions
from tests.core.build import d, exits
from tests.parts.kernels.build import FLAT, LONG, SHORT, begin, fills_of, one, same

begin()
WIDE = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(100.0, 106.0, 94.0, 101.0)] * 6
BOTH = exits(stop_loss="0.02", take_profit="0.03")


@pytest.mark.parametrize(
    ("path", "limit_fill"), list(itertools.product(["pessimistic", "low_first", "high_first"], ["touch", "through"]))
)
@pytest.mark.parametrize("volume", [LONG, SHORT])
def test_high_and_low_come_in_the_stated_order(path, limit_fill, volume):
    twin = same(
        one([volume, 0, 0, 0, 0, 0, 0, 0], WIDE, exits=BOTH, venue=VenueOptions(path=path, limit_fill=limit_fill))
    )
    is_stopped = fills_of(twin)[1][k.X_PRICE] in (980_000, 1_020_000)
    assert is_stopped == (path == "pessimistic" or (path == "low_first") == (volume == LONG))


@pytest.mark.parametrize(("spread", "slippage"), [("0.001", "0"), ("0", "0.0007"), ("0.0033", "0.0001")])
def test_who_takes_pays(spread, slippage):
    twin = same(
        one([LONG, 0, FLAT, 0, SHORT, 0, FLAT, 0], WIDE, venue=VenueOptions(spread=d(spread), slippage=d(slippage)))
    )
    for row in fills_of(twin):
        assert (row[k.X_PRICE] - 1_000_000) * row[k.X_SIDE] > 0


@pytest.mark.parametrize(("limit_fill", "fills"), [("touch", 2), ("through", 1)])
def test_a_touch_fills_or_does_not(limit_fill, fills):
    touching = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(100.0, 103.0, 100.0, 100.0)] * 3
    twin = same(one([LONG, 0, 0, 0, 0], touching, exits=BOTH, venue=VenueOptions(limit_fill=limit_fill)))
    assert twin.state.g[k.FILLS, 0] == fills


def test_a_gap_fills_a_stop_at_the_open_and_a_target_at_its_better_price():
    gap = [(100.0, 100.0, 100.0, 100.0)] * 2
    down = same(one([LONG, 0, 0], [*gap, (90.0, 90.0, 90.0, 90.0)], exits=BOTH))
    up = same(one([LONG, 0, 0], [*gap, (110.0, 110.0, 110.0, 110.0)], exits=BOTH))
    assert fills_of(down)[1][k.X_PRICE] == 900_000
    assert fills_of(up)[1][k.X_PRICE] == 1_100_000
    assert fills_of(up)[1][k.X_IS_MAKER] == 1


@pytest.mark.parametrize(("volume", "sign"), [(LONG, 1), (SHORT, -1)])
def test_a_trailing_stop_follows_each_piece_of_the_path_and_never_back(volume, sign):
    """It rises with 104 and is met on the way down of the same bar; what falls first does not lower it."""
    shapes = [(0, 0, 0, 0)] * 2 + [(0, 1, -0.2, 1), (1, 4, 0.5, 2), (2, 2, 2, 2)]
    bars = [
        (100 + sign * o, *sorted((100 + sign * h, 100 + sign * low), reverse=True), 100 + sign * c)
        for o, h, low, c in shapes
    ]
    orders = {"high_first": sign > 0, "low_first": sign < 0}
    good = next(path for path, is_good in orders.items() if is_good)
    twin = same(one([volume, 0, 0, 0, 0], bars, exits=exits(trail_amount="1.5"), venue=VenueOptions(path=good)))
    assert fills_of(twin)[1][k.X_PRICE] == 1_000_000 + sign * 25_000
    other = next(path for path, is_good in orders.items() if not is_good)
    twin = same(one([volume, 0, 0, 0, 0], bars, exits=exits(trail_amount="1.5"), venue=VenueOptions(path=other)))
    assert fills_of(twin)[1][k.X_PRICE] == 1_000_000 + sign * 25_000
    assert fills_of(twin)[1][k.X_TIME] == fills_of(twin)[1][k.X_TS], "on the way to its close"


def test_a_trailing_stop_is_left_alone_by_bars_that_do_not_move_it():
    bars = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(100.0, 103.0, 100.0, 103.0)] + [(103.0, 103.0, 102.0, 102.5)] * 3
    twin = same(one([LONG, 0, 0, 0, 0, 0], bars, exits=exits(trail_amount="2")))
    (slot,) = twin.state.g[k.LANES, : twin.state.g[k.T_COUNT, 0]].tolist()
    assert (twin.state.g[k.O_AT_PX, slot], twin.state.g[k.FILLS, 0]) == (1_010_000, 1)


def test_an_exit_larger_than_the_account_holds_makes_the_twin_give_up():
    from tests.parts.kernels.build import Twin, compiled_once

    compiled_once()
    twin = Twin(*one([0, FLAT, FLAT], WIDE[:3]))
    twin.state.g[k.P_QTY, 0] = 5
    assert twin.run() == "an exit was larger than what the account held"
