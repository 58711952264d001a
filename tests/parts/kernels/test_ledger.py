"""Money in the kernels, seen through runs that both engines agree on."""

import pytest

from openbell.core.spec import SizeSpec
from openbell.parts.kernels import layout as k
from openbell.parts.venue.options import FeeModel, VenueOptions
from tests.core.build import d
from tests.parts.kernels.build import AGAIN, FLAT, LONG, SHORT, begin, one, same

begin()
WAVE = [(100.0 + n % 7, 108.0, 99.0, 100.0 + n % 5) for n in range(24)]
WISHES = [
    LONG,
    0,
    AGAIN,
    0,
    SHORT,
    0,
    0,
    AGAIN,
    FLAT,
    0,
    LONG,
    0,
    AGAIN,
    0,
    AGAIN,
    SHORT,
    0,
    0,
    FLAT,
    0,
    LONG,
    0,
    FLAT,
    0,
]


@pytest.mark.parametrize("kind", ["none", "per_share", "per_notional", "maker_taker"])
@pytest.mark.parametrize(("least", "most"), [("0", "0"), ("1", "0"), ("0.35", "0.0005")])
def test_fees_of_every_kind(kind, least, most):
    fees = FeeModel(
        kind=kind, rate=d("0.00123"), maker=d("-0.0001"), taker=d("0.0007"), minimum=d(least), maximum=d(most)
    )
    twin = same(one(WISHES, WAVE, venue=VenueOptions(fees=fees), exits=_exits()))
    assert (twin.state.g[k.FEES, 0] == 0) == (kind == "none")


def _exits():
    from tests.core.build import exits

    return exits(stop_loss="0.03", take_profit="0.04")


def test_a_part_of_a_holding_takes_its_share_of_the_cost():
    prices = [(100.0 + 3 * n, 101.0 + 3 * n, 99.0 + 3 * n, 100.0 + 3 * n) for n in range(24)]
    twin = same(one([LONG] + [AGAIN] * 23, prices, size=SizeSpec(kind="weight", value=d("0.33"))))
    assert twin.state.g[k.P_REALISED, 0] > 0
    assert twin.state.g[k.P_ENTRIES, 0] == 1


def test_a_trade_that_ends_above_what_it_began_with_is_a_win():
    prices = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(110.0, 110.0, 110.0, 110.0)] * 4
    g = same(one([LONG, 0, FLAT, 0, 0, 0], prices)).state.g
    assert (g[k.TRADES, 0], g[k.WINS, 0], g[k.P_QTY, 0]) == (1, 1, 0)


def test_the_deepest_fall_is_kept():
    prices = [
        (100.0, 100.0, 100.0, 100.0),
        (100.0, 100.0, 90.0, 90.0),
        (90.0, 130.0, 90.0, 130.0),
        (130.0, 130.0, 70.0, 70.0),
    ]
    g = same(one([LONG, 0, 0, 0], prices)).state.g
    assert g[k.PEAK, 0] > g[k.DEEP_PEAK, 0] - 1
    assert g[k.TROUGH, 0] < g[k.DEEP_PEAK, 0]
