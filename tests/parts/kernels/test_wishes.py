"""Wishes in the kernels: one by one, in their order, and all bars of an instant together."""

import random

import pytest

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.run.verified import verify
from tests.core.build import free
from tests.parts.kernels.build import CACHE, GAVE_UP, begin, compiled_once
from tests.parts.kernels.markets import random_run

begin()
TARGETS = (0.0, 1.0, -1.0, 0.5, -0.25, 0.3)


def wisher(seed, heard, *, bars, instants):
    """Return a strategy that wishes at random, for any of its instruments, also several at once.

    It puts the instants it hears of together into `heard`.
    """

    def wishes(state, names):
        place = state["n"] = state.get("n", -1) + 1
        draw = random.Random(seed * 1_000_003 + place)
        if draw.random() < 0.6:
            return []
        found = []
        for name in draw.sample(list(names), draw.randint(1, len(names))):
            target, again = draw.choice(TARGETS), draw.random() < 0.2
            reason = Code.REBALANCE if again else Code.SIGNAL_LONG
            found.append(Intent(instrument=name, target=target, reason=reason, rebalance=again))
        return found

    def decide(config, state, bar, view):
        return wishes(state, view.instruments) if bars else []

    def on_bars(config, state, bars, view):
        heard.append((seed, bars[0].ts, len(bars)))
        return wishes(state, [bar.instrument for bar in bars] if seed % 2 else view.instruments)

    return free(decide, **({"on_bars": on_bars} if instants else {}))


@pytest.mark.parametrize("kind", [(True, False), (False, True), (True, True)])
def test_both_engines_grant_the_same_wishes_on_random_markets(kind):
    compiled_once()
    orders, heard = 0, []
    for seed in range(14):
        run, told = random_run(seed)
        for number, name in enumerate(run.strategies):
            # Where there are two, the second is a strategy of the usual sort in every third run.
            if number == 0 or seed % 3:
                run.strategies[name] = wisher(7 * seed + number, heard, bars=kind[0], instants=kind[1])
        found = verify(run, told, CACHE)
        assert found["difference"] == ""
        if found["compiled"] is None:
            continue
        assert found["reason"].removeprefix("the compiled twin gave up: ") in GAVE_UP
        orders += found["compiled"]["orders"]
    assert orders > 150
    assert (len(heard) > 500) == kind[1]
    assert not kind[1] or {count for _, _, count in heard} == {1, 2, 3}
