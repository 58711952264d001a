"""The rule that looks at the account again and again, in the kernels."""

import numpy as np
import pytest

from openbell.core.types import use_money_context
from openbell.parts.kernels import layout as k
from openbell.parts.rules import watch
from openbell.parts.venue.options import VenueOptions
from openbell.run.backtest import backtest
from tests.core.build import d, exits
from tests.parts.kernels.build import begin, flat, one, rule, same

begin()
OFF = dict.fromkeys(watch.FIGURES, "off")


def walk(count, **options):
    """Return a run that trades a lot while prices walk, with a rule that looks on."""
    use_money_context()
    numbers = np.random.default_rng(2)
    close = 100.0 * np.exp(np.cumsum(numbers.standard_normal(count) * 0.004))
    open_ = np.concatenate(([100.0], close[:-1]))
    prices = np.column_stack([open_, np.maximum(open_, close), np.minimum(open_, close), close])
    volumes = numbers.choice([0, 0, 0, 1000, 2000, 3000], count).astype(float)
    looks = rule(watch, **{**OFF, "trades": 0, **options})
    venue = VenueOptions(slippage=d("0.001"))
    return one(volumes, prices, rules=[looks], exits=exits(stop_loss="0.01"), venue=venue)


@pytest.mark.parametrize(
    "options",
    [
        {"exposure": "1%", "every": "30s"},
        {"position": "1.01%", "every": "1m"},
        {"concentration": "0.5%", "every": "7m"},
        {"weekly_loss": "0.001%", "every": "90s"},
        {"slippage": "0.01%", "every": "25s"},
        {"trades": 3, "every": "11h"},
    ],
)
def test_alerts_and_timers_are_those_of_the_plain_engine(options):
    # More than a day: a session ends on the way, and counts of the day begin anew.
    run = walk(1600, **options)
    twin, plain = same(run), backtest(*run).book.truth
    assert twin.state.g[k.ALERTS, 0] == plain.counts.alerts
    told = [name for name in (*watch.FIGURES, "trades") if f"watch_{name}:warn/account:main" in plain.stages]
    assert [(*watch.FIGURES, "trades")[n] for n in np.flatnonzero(twin.state.g[k.TOLD, :6])] == told
    assert plain.counts.alerts > 0


def test_nobody_looks_where_no_rule_does():
    twin = same(one([0], flat(1)))
    assert (twin.state.g[k.LOOK_AT, 0], twin.state.g[k.LOOKS, 0]) == (k.NEVER, 0)


def test_the_timer_stops_with_the_last_session_and_begins_with_the_next_bar():
    twin = same(walk(1500, every="45s", trades=1))
    assert twin.state.g[k.LOOK_AT, 0] > twin.state.g[k.CLOCK, 0]
