"""A run laid out: numbers for names, whole numbers for money, and how far they may grow."""

import msgspec
import pytest

from openbell.core.events import Schedule
from openbell.core.types import TickBand
from openbell.parts.kernels import layout as k
from openbell.parts.rules import near_close
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.twin_bounds import bounds_of
from openbell.run.twin_layout import Bounds, closings, fee_rate, has_odd_schedule, lay_out, lot_value, tape_of
from tests.core.build import T0, d, instrument
from tests.parts.kernels.build import MINUTE_NS, begin, flat, one, rule, source

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
    assert twin.tape.days[0].tolist() == [0, at, at + 1, 1, 0, 0, 1, 0]


def test_events_come_as_the_feed_orders_them():
    from tests.parts.kernels.markets import random_run

    run, told = random_run(3)
    laid = lay_out(run, tape_of(run, told), Bounds(1, {}, {}))
    symbols = list(run.spec.instruments)
    ours = [("" if place < 0 else symbols[place], ts) for place, ts, *_ in laid.tape.events.tolist()]
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


def test_what_must_not_be_held_over_a_close_has_a_timer_before_the_bars_of_its_instant():
    run, told = one([0] * 3, flat(3), rules=[rule(near_close, flatten="1m")], overnight=False)
    close = T0 + 3 * MINUTE_NS
    days = [Schedule(ts=T0, calendar="24x7", date="a", open=T0, close=close, is_open=True)]
    told = source(run.spec, told.tables, days)
    at = T0 + 2 * MINUTE_NS
    assert closings(run, told) == [(at, 0, 0)]
    tape = tape_of(run, told)
    assert tape.events[:, k.E_PLACE].tolist() == [-1, 0, -2, 0, 0]
    assert tape.events[2, k.E_TS] == at
    assert tape.days[1, : k.D_IS_NEW].tolist() == [k.CLOSING, 0, 0]
    tape.days[:, k.D_EQUITY] = 7
    kept = tape_of(run, told, (run, tape))
    assert kept.events is tape.events
    assert not kept.days[:, k.D_EQUITY].any()
    tape.events[:, k.E_GOOD] = 1
    assert tape_of(run, told, (run, tape)).events[:, k.E_GOOD].all()
    other = msgspec.structs.replace(run, spec=msgspec.structs.replace(run.spec, max_jump=run.spec.max_jump + 1))
    assert not tape_of(other, told, (run, tape)).events[:, k.E_GOOD].any()
    earlier = msgspec.structs.replace(run, rules=(rule(near_close, flatten="2m"),))
    assert tape_of(earlier, told, (run, tape)).events[:, k.E_TS].tolist() == sorted(
        [T0, at - MINUTE_NS, at - MINUTE_NS, at, close]
    )
    run.rules = ()
    assert len(tape_of(run, told, (earlier, tape)).events) == 4
