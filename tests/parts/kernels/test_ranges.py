"""Average true ranges in the kernels: the same as the indicator's, at each bar."""

from array import array

import pytest

from openbell.core.strategy import SessionRow, fresh_state
from openbell.core.types import Rounding
from openbell.parts.indicators import atr
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.calls import compiled_step
from openbell.parts.kernels.ranges import step
from tests.core.build import exits
from tests.parts.kernels.build import LONG, begin, one, same, seeded_bars

begin()
BARS = seeded_bars(40)
GRID = [tuple(float(BARS[key][n]) for key in "ohlc") for n in range(40)]


def told(count: int, period: int) -> float:
    state, found = fresh_state(atr.STATE), float("nan")
    for o, h, low, c in GRID[:count]:
        found = atr.step(state, array("d", [period]), SessionRow(o, h, low, c, 0.0, 0, 0, 0, 0))
    return found


@pytest.mark.parametrize(("count", "period"), [(2, 2), (3, 2), (15, 14), (40, 14), (14, 14)])
def test_the_range_of_a_run_is_that_of_the_indicator(count, period):
    twin = same(one([0] * count, GRID[:count], exits=exits(stop_atr="3", atr_period=period)))
    value, thing = told(count, period), twin.prepared.spec.instruments["AAPL"]
    wanted = 0 if value != value else int(thing.price(value, Rounding.HALF_EVEN) / thing.quantum)
    assert twin.state.g[k.P_RANGE, 0] == wanted and (wanted > 0) == (count > period)


def test_it_is_asked_for_as_strategies_are_and_only_where_an_exit_needs_it():
    assert compiled_step(step) is compiled_step(step)
    twin = same(one([LONG, 0, 0], exits=exits(stop_loss="0.01")))
    assert (twin.state.g[k.P_SHADE, 0], len(twin.state.memory.d)) == (-1, 1)
    twin = same(one([LONG, 0, 0], exits=exits(trail_atr="1")))
    assert (twin.state.g[k.P_SHADE, 0], len(twin.state.memory.d)) == (1, 2)
