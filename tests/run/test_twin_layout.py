"""A run laid out: numbers for names, whole numbers for money, and how far they may grow."""

import numpy as np
import pytest

from openbell.core.events import Schedule
from openbell.core.spec import SizeSpec
from openbell.core.types import TickBand
from openbell.parts.kernels import layout as k
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run import twin_layout
from openbell.run.twin_layout import Bounds, bounds_of, fee_rate, has_odd_schedule, lay_out, lot_value, tape_of
from tests.core.build import T0, d, exits, instrument
from tests.parts.kernels.build import MINUTE_NS, begin, flat, one, source

begin()


def _laid(*args, **changes):
    run = one(*args, **changes)
    bounds = bounds_of(*run)
    assert isinstance(bounds, Bounds)
    return lay_out(run[0], tape_of(*run), bounds)


@pytest.mark.parametrize(
    ("lot", "quantum", "multiplier", "wanted"),
    [
        ("1", "0.0001", "1", (10_000, 1)),
        ("0.00001", "0.01", "1", (10, 1)),
        ("1", "0.25", "50", (1_250_000_000, 1)),
        ("0.0001", "0.00001", "0.7", (7, 100)),
    ],
)
def test_a_lot_at_one_quantum_in_whole_numbers(lot, quantum, multiplier, wanted):
    assert lot_value(instrument(lot=d(lot), quantum=d(quantum), multiplier=d(multiplier))) == wanted


def test_fees_as_ratios():
    thing = instrument(lot=d("0.1"))
    assert fee_rate(VenueOptions(fees=FeeModel(kind="per_share", rate=d("0.005"))), thing) == (50_000, 1)
    assert fee_rate(VenueOptions(fees=FeeModel(kind="per_notional", rate=d("0.001"))), thing) == (1, 1000)
    assert fee_rate(VenueOptions(fees=FeeModel(kind="maker_taker", taker=d("0.0005"))), thing) == (1, 2000)


def test_the_schedule_comes_before_bars_of_its_instant():
    run, told = one([0] * 3, flat(3))
    at = T0 + 2 * MINUTE_NS
    days = [Schedule(ts=at, calendar="24x7", date="a", open=at, close=at + 1, is_open=True)]
    twin = lay_out(run, tape_of(run, source(run.spec, told.tables, days)), Bounds(1, {}, {}))
    assert twin.tape.events[:, k.E_PLACE].tolist() == [0, -1, 0, 0]
    assert twin.tape.events[:, k.E_TS].tolist() == [T0 + MINUTE_NS, at, at, T0 + 3 * MINUTE_NS]
    assert twin.tape.days[0].tolist() == [0, at, at + 1, 1, 0, 0, 0]


def test_events_come_as_the_feed_orders_them():
    from tests.parts.kernels.markets import random_run

    run, told = random_run(3)
    laid = lay_out(run, tape_of(run, told), Bounds(1, {}, {}))
    symbols = list(run.spec.instruments)
    ours = [("" if place < 0 else symbols[place], ts) for place, ts, _ in laid.tape.events.tolist()]
    assert ours == [(getattr(event, "instrument", ""), event.ts) for event in told.events()]


def test_the_end_of_a_session_must_not_contradict_its_begin():
    def told(*events):
        run, plain = one([0], flat(1))
        return source(
            run.spec,
            plain.tables,
            [
                Schedule(ts=n, calendar="24x7", date=date, open=open_, close=close, is_open=is_open)
                for n, (date, open_, close, is_open) in enumerate(events)
            ],
        )

    assert not has_odd_schedule(told(("a", 1, 5, True), ("a", 1, 5, False), ("b", 7, 9, True)))
    assert not has_odd_schedule(told(("a", 1, 5, True), ("b", 5, 9, True), ("a", 1, 5, False)))
    assert has_odd_schedule(told(("a", 1, 5, True), ("a", 1, 4, False)))
    assert has_odd_schedule(told(("a", 1, 5, True), ("b", 6, 9, False)))


def test_strategies_see_their_own_state_and_parameters_only():
    state = _laid([0], flat(1))
    assert state.g[k.P_FLOATS, 0] == state.g[k.P_INTS, 0] == 1
    assert state.g[k.P_PARAMS, 0] == 0
    assert state.memory.d.shape == (1, 1)


def test_ticks_stand_in_quanta():
    bands = (TickBand(above=d(0), tick=d("0.01")), TickBand(above=d(50), tick=d("0.05")))
    g = _laid([0], flat(1), thing={"bands": bands}).g
    assert g[k.LANES + 1, :2].tolist() == [0, 500_000]
    assert g[k.LANES + 2, :2].tolist() == [100, 500]


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
    value = lots * px * num * (twin_layout.SLOTS + 1)
    assert value < 1 << 62
    assert value // den * 123 < 1 << 62
    assert 2 * bounds.money * 17 * den < 1 << 62
    assert px * 2 * num * 1000 < 1 << 62
    assert px * 2 * 1031 < 1 << 62
