"""From a target to orders in the kernels: sizes of every kind, turns, targets that are none."""

import pytest

from openbell.core.spec import SizeSpec
from openbell.parts.kernels import layout as k
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.compiled import Twin
from openbell.run.costs import costs_of
from openbell.run.twin_bounds import bounds_of
from openbell.run.twin_result import STATUS
from tests.core.build import d, exits
from tests.parts.kernels.build import AGAIN, FLAT, LONG, SHORT, begin, compiled_once, flat, one, same, stock

begin()


def share(state, params, row):
    return row.volume, 12


def double(state, params, row):
    return 2.0, 12


def near_half(state, params, row):
    return 0.1234565, 12


def strange(state, params, row):
    return 1.0, 4711


def raising(state, params, row):
    return 1.0 / (row.close - 100.0), 12


@pytest.mark.parametrize(
    ("kind", "value", "lots"),
    [("quantity", "7.5", 7), ("notional", "4321.5", 43), ("weight", "0.3", 300), ("risk", "0.01", 500)],
)
@pytest.mark.parametrize("volume", [LONG, SHORT])
def test_sizes_of_every_kind(kind, value, lots, volume):
    twin = same(
        one([volume, 0, 0, FLAT, 0], flat(5), size=SizeSpec(kind=kind, value=d(value)), exits=exits(stop_loss="0.02"))
    )
    from tests.parts.kernels.build import fills_of

    assert fills_of(twin)[0][k.X_AMOUNT] == lots


@pytest.mark.parametrize("volume", [LONG, SHORT])
@pytest.mark.parametrize(
    "fees",
    [
        FeeModel(kind="per_notional", rate=d("0.001")),
        FeeModel(kind="per_notional", rate=d("0.00035"), minimum=d("1.5")),
        FeeModel(kind="per_share", rate=d("0.005"), minimum=d(1), maximum=d("0.01")),
        FeeModel(kind="maker_taker", maker=d("0.0002"), taker=d("0.0005")),
        FeeModel(kind="maker_taker", maker=d("0.0007"), taker=d("-0.0001")),
        FeeModel(kind="per_notional", rate=d("0.001"), minimum=d(600)),
    ],
)
def test_a_size_by_risk_counts_every_kind_of_fee(fees, volume):
    size = SizeSpec(kind="risk", value=d("0.01"), costs=costs_of(fees))
    run = one([volume, 0, 0], flat(3), size=size, exits=exits(stop_loss="0.02"), venue=VenueOptions(fees=fees))
    twin = same(run)
    entered = twin.state.g[k.P_QTY, 0]
    assert abs(entered) < 500
    assert (entered == 0) == (fees.minimum == 600)


def test_fees_that_the_kernels_cannot_count_run_on_the_plain_engine():
    fees = FeeModel(kind="per_share", rate=d("0.0000000003"))
    size = SizeSpec(kind="risk", value=d("0.01"), costs=costs_of(fees))
    run = one([LONG, 0], flat(2), size=size, exits=exits(stop_loss="0.02"), venue=VenueOptions(fees=fees))
    assert bounds_of(*run) == "AAPL: its fee of one lot is no whole multiple of 1e-8"
    other = one([LONG, 0], flat(2), size=size, exits=exits(stop_loss="0.02"))
    assert bounds_of(*other) == "AAPL: its size counts other fees than its venue takes"
    dear = FeeModel(kind="per_notional", rate=d("0.001"), minimum=d(10_000_000_000))
    size = SizeSpec(kind="risk", value=d("0.01"), costs=costs_of(dear))
    run = one([LONG, 0], flat(2), size=size, exits=exits(stop_loss="0.02"), venue=VenueOptions(fees=dear))
    assert bounds_of(*run) == "AAPL: its size times a fee could pass 2^62"


def test_risk_without_a_stop_buys_nothing():
    twin = same(one([LONG, 0], flat(2), size=SizeSpec(kind="risk", value=d("0.01"))))
    assert twin.state.g[k.COUNTER, 0] == 0


def test_the_same_target_is_acted_on_once_unless_it_is_asked_for_again():
    prices = [(100.0, 100.0, 100.0, 100.0)] * 3 + [(50.0, 50.0, 50.0, 50.0)] * 3
    quiet = same(one([LONG, LONG, LONG, LONG, LONG, 0], prices, size=SizeSpec(kind="notional", value=d(10_000))))
    loud = same(one([LONG, 0, 0, AGAIN, 0, 0], prices, size=SizeSpec(kind="notional", value=d(10_000))))
    assert quiet.state.g[k.COUNTER, 0] == 1
    assert loud.state.g[k.COUNTER, 0] == 2


def test_who_may_not_be_short_is_flat():
    twin = same(one([SHORT, 0, LONG, 0, SHORT, 0], flat(6), can_short=False))
    assert twin.state.g[k.P_QTY, 0] == 0
    assert twin.state.g[k.FILLS, 0] == 2


@pytest.mark.parametrize(
    ("wanted", "lots"),
    [
        (0.5, 250), (0.333333, 166), (0.0000004, 0), (0.0000006, 0), (0.002, 1), (0.0019994, 0), (0.0019996, 1), (0.9999994, 499), (0.9999996, 500),
    ],
)  # fmt: skip
def test_a_part_of_a_full_position_is_taken_to_a_millionth_and_rounded_to_whole_lots(wanted, lots):
    run, told = one([wanted, wanted], flat(2), size=SizeSpec(kind="quantity", value=d(500)))
    run.strategies["alpha"] = stock(share)
    assert sent(same((run, told))) == lots


def sent(twin):
    """Return the lots of the first order with their sign, 0 for none."""
    row = twin.state.log[k.ORDERS, 0]
    return int(row[k.L_LOTS] * row[k.L_SIDE])


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (double, STATUS[k.ODD_TARGET]),
        (near_half, STATUS[k.ODD_TARGET]),
        (strange, "a strategy gave a reason code that does not exist"),
        (raising, "a strategy raised ZeroDivisionError"),
    ],
)
def test_what_a_kernel_has_no_words_for_is_left_to_the_plain_engine(step, why):
    compiled_once()
    run, told = one([0, 0], flat(2))
    run.strategies["alpha"] = stock(step)
    assert Twin(run, told).run() == why


def test_money_beyond_its_bound_makes_the_twin_give_up():
    compiled_once()
    twin = Twin(
        *one([LONG, 0, 0], [*flat(2), (500.0, 500.0, 500.0, 500.0)], size=SizeSpec(kind="weight", value=d("0.9")))
    )
    twin.state.g[k.MOST_MONEY, 0] = twin.state.g[k.EQUITY, 0]
    assert "could pass 2^62" in twin.run()


def test_lots_beyond_their_bound_make_the_twin_give_up():
    compiled_once()
    twin = Twin(*one([LONG, 0, 0], flat(3)))
    twin.state.g[k.T_MOST_LOTS, 0] = 9
    assert "could pass 2^62" in twin.run()
