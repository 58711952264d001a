"""Orders on their way: cancelled, changed, shrunk, and what the engine knows of it."""

from openbell.core.events import Schedule
from openbell.core.spec import SizeSpec
from openbell.parts.kernels import layout as k
from openbell.run.compiled import Twin
from tests.core.build import T0, d, exits
from tests.parts.kernels.build import (
    AGAIN,
    FLAT,
    LONG,
    MINUTE_NS,
    SHORT,
    begin,
    compiled_once,
    fills_of,
    flat,
    one,
    orders_of,
    same,
    source,
)

begin()


def test_an_entry_that_could_not_fill_yet_is_taken_back_and_its_successor_waits():
    """Between two sessions nothing executes: the wish that comes in the last bar replaces the one before."""
    run, told = one([0, LONG, SHORT, 0, 0, 0], flat(6))
    day = Schedule(ts=T0, calendar="24x7", date="a", open=T0, close=T0 + 9 * MINUTE_NS, is_open=True)
    twin = same((run, source(run.spec, told.tables, [day])))
    assert [row[k.L_SIDE] for row in orders_of(twin)] == [1, -1, -1]


def test_a_stop_and_a_target_shrink_with_a_part_that_is_sold():
    prices = [(100.0, 100.0, 100.0, 100.0)] * 3 + [(140.0, 140.0, 140.0, 140.0)] * 6
    run = one(
        [LONG, 0, 0, AGAIN, 0, 0, AGAIN, 0, 0],
        prices,
        size=SizeSpec(kind="notional", value=d(50_000)),
        exits=exits(stop_loss="0.5", take_profit="0.9"),
    )
    twin = same(run)
    held = twin.state.g[k.P_QTY, 0]
    slots = twin.state.g[k.LANES, : twin.state.g[k.T_COUNT, 0]]
    assert [twin.state.g[k.O_LOTS, slot] for slot in slots] == [held, held]
    assert held < fills_of(twin)[0][k.X_AMOUNT]


def test_what_fills_ends_the_rest_of_its_group():
    twin = same(
        one(
            [LONG, 0, 0, 0],
            [*flat(2), (100.0, 100.0, 90.0, 91.0), (91.0, 91.0, 91.0, 91.0)],
            exits=exits(stop_loss="0.02", take_profit="0.05"),
        )
    )
    assert twin.state.g[k.T_COUNT, 0] == 0
    assert twin.state.g[k.P_QTY, 0] == 0
    assert twin.state.g[k.TOP, 0] == 8


def test_a_full_log_makes_the_twin_give_up():
    compiled_once()
    run = one([LONG, FLAT] * 20, flat(40))
    twin = Twin(*run)
    twin.state = twin.state._replace(log=twin.state.log[:, :3].copy())
    assert twin.run() == "there were more orders than the log holds"


def test_too_many_orders_make_the_twin_give_up():
    compiled_once()
    twin = Twin(*one([LONG, 0, 0], flat(3), exits=exits(stop_loss="0.1", take_profit="0.1")))
    twin.state.g[k.TOP, 0] = 1
    assert twin.run() == "too many orders were alive at once"
