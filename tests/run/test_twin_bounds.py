"""How far the numbers of a compiled run may grow, and what is told where that is not far enough."""

import numpy as np
import pytest

from openbell.core.spec import SizeSpec
from openbell.parts.rules import daily_loss, drawdown, portfolio_risk, price_collar
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.twin_bounds import bounds_of
from openbell.run.twin_layout import SLOTS, Bounds, lot_value
from tests.core.build import d, exits
from tests.parts.kernels.build import begin, flat, one, rule

begin()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {
                "account": {"cash": {"USD": d(10**9)}},
                "capital": d(10**9),
                "size": SizeSpec(kind="weight", value=d("0.123456789")),
            },
            "equity times",
        ),
        (
            {"account": {"cash": {"USD": d(10**8)}}, "thing": {"lot": d("0.00001"), "quantum": d("0.00000001")}},
            "equity times",
        ),
        ({"exits": exits(stop_loss="0.000000012345678")}, "price times a share"),
        ({"account": {"cash": {"USD": d(25 * 10**8)}}}, "quantity times its price"),
        ({"size": SizeSpec(kind="notional", value=d(10**12))}, "quantity times its price"),
    ],
)
def test_what_could_pass_the_largest_number_is_told(changes, why):
    assert why in str(bounds_of(*one([0], flat(1), **changes)))


@pytest.mark.parametrize("far", [{"trail_amount": "800"}, {"stop_atr": "8"}, {"trail_frac": "8"}, {"trail_atr": "8"}])
def test_a_stop_eight_prices_away_is_the_furthest(far):
    ((name, most),) = far.items()
    assert isinstance(bounds_of(*one([0], flat(1), exits=exits(**far))), Bounds)
    beyond = exits(**{name: str(d(most) + d("0.0001"))})
    assert "further away than 8 times its price" in str(bounds_of(*one([0], flat(1), exits=beyond)))


def test_no_sound_price_is_told():
    assert "no bar has a sound price" in str(bounds_of(*one([0], [(np.nan,) * 4])))


def test_products_at_the_bounds_stay_below_two_to_the_62():
    """The largest numbers that the kernels let themselves have, multiplied as they multiply them."""
    run = one(
        [0],
        flat(1),
        size=SizeSpec(kind="risk", value=d("0.017")),
        exits=exits(stop_loss="0.031", take_profit="0.5"),
        venue=VenueOptions(slippage=d("0.0003"), fees=FeeModel(kind="per_notional", rate=d("0.00123"))),
    )
    bounds = bounds_of(*run)
    assert isinstance(bounds, Bounds)
    num, den = lot_value(run[0].spec.instruments["AAPL"])
    lots, px = bounds.lots["AAPL"], int(bounds.highest["AAPL"] * 10_000 * 1.001)
    value = lots * px * num * (SLOTS + 1)
    assert value < 1 << 62
    assert value // den * 123 < 1 << 62
    assert 2 * bounds.money * 17 * den < 1 << 62
    assert px * 2 * num * 1000 < 1 << 62
    assert px * 2 * 1031 < 1 << 62


def test_limits_on_money_bound_nothing():
    """Their products are compared in 128 bits; fifty million of any currency can be traded under all of them."""
    rules = [rule(daily_loss, limit="1.2345%"), rule(drawdown, reduce="5%"), rule(portfolio_risk)]
    cash = {"account": {"cash": {"USD": d(5 * 10**7)}}, "capital": d(5 * 10**7)}
    assert isinstance(bounds_of(*one([0], flat(1), rules=rules, exits=exits(stop_loss="0.02"), **cash)), Bounds)


def test_a_collar_too_fine_for_the_price_is_told():
    rules = [rule(price_collar, other="0.000000000001")]
    assert "times a collar" in str(bounds_of(*one([0], flat(1), rules=rules)))
