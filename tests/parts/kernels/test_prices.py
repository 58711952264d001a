"""Prices in the kernels: ticks around a price, and how far the stop stands from an entry."""

from hypothesis import given
from hypothesis import strategies as st

from openbell.core.protect import stop_distance as plain_distance
from openbell.core.types import TickBand
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.prices import stop_distance, tick_at
from openbell.run.twin_bounds import bounds_of
from openbell.run.twin_layout import lay_out, tape_of
from tests.core.build import d, exits
from tests.parts.kernels.build import begin, flat, one, opened

begin()
DISTANCE, TICK = opened(stop_distance), opened(tick_at)
BANDS = (TickBand(above=d(0), tick=d("0.01")), TickBand(above=d(50), tick=d("0.05")))


EXITS = (
    {}, {"stop_loss": "0.0123"}, {"stop_loss": "0.3"}, {"stop_atr": "1.7"}, {"trail_frac": "0.02"},
    {"trail_amount": "1.2345"}, {"trail_atr": "2"}, {"stop_loss": "0.02", "trail_frac": "0.01"},
    {"stop_loss": "0.02", "trail_amount": "0.5"}, {"stop_atr": "2", "trail_atr": "3"},
    {"stop_loss": "0.02", "trail_atr": "1"},
)  # fmt: skip


@given(px=st.integers(1, 2_000_000), away=st.sampled_from(EXITS), wide=st.sampled_from([0, 1, 12_345, 400_000]))
def test_a_stop_stands_as_far_away_as_in_the_core(px, away, wide):
    """Of two the nearer one counts, and one in true ranges only once they are known."""
    run = one([0], flat(1), thing={"bands": BANDS}, exits=exits(**away))
    g = lay_out(run[0], tape_of(*run), bounds_of(*run)).g
    thing = run[0].spec.instruments["AAPL"]
    g[k.P_RANGE, 0], at = wide, px * thing.quantum
    assert DISTANCE(g, 0, px) * thing.quantum == plain_distance(exits(**away), thing, at, wide * thing.quantum)
    assert TICK(g, 0, px, 1) * thing.quantum == thing.tick_at(at)
    assert g[k.T_BANDS, 0] == 2
