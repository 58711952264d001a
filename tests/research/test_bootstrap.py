"""What might as well have happened, against what is known of it."""

import math

import numpy as np
import pytest

from openbell.research import bootstrap
from openbell.research.bootstrap import LEVELS, blocks, percentiles, redrawn, shuffled


def test_shuffled_trades_end_where_they_did_and_fall_otherwise() -> None:
    profits = np.array([0.1, -0.05, 0.02, -0.08, 0.2])
    found = shuffled(profits, 2000, 1)
    assert found.final == pytest.approx(np.full(2000, profits.sum()))
    # The worst order loses first; the best never has two losses in a row but must begin or end somewhere.
    assert found.lowest.min() == pytest.approx(1.0 - 0.13)
    assert found.deepest.max() == pytest.approx(0.13)
    assert found.fan[0].tolist() == [1.0] * len(LEVELS)


def test_every_order_comes_up_as_often() -> None:
    found = shuffled(np.array([1.0, 10.0, 100.0]), 6000, 3)
    firsts = [round(value) for value in np.unique(found.fan[1])]
    assert set(firsts) <= {2, 11, 101}
    lowest = shuffled(np.array([-0.3, 0.2, 0.1]), 6000, 3).lowest
    # Lowest equity of the six orders: 0.7, 0.7, 0.9, 1.0, 0.8, 1.0.
    counts = {level: int(np.isclose(lowest, level).sum()) for level in (0.7, 0.8, 0.9, 1.0)}
    assert sum(counts.values()) == 6000
    for level, share in ((0.7, 1 / 3), (0.8, 1 / 6), (0.9, 1 / 6), (1.0, 1 / 3)):
        assert abs(counts[level] - 6000 * share) < 4 * math.sqrt(6000 * share * (1 - share))


def test_redrawn_trades_have_the_mean_and_spread_of_their_sum() -> None:
    profits = np.array([0.01, -0.02, 0.03, 0.005])
    found = redrawn(profits, 20_000, 5)
    spread = profits.std() * math.sqrt(4)
    assert found.final.mean() == pytest.approx(profits.sum(), abs=4 * spread / math.sqrt(20_000))
    assert found.final.std() == pytest.approx(spread, rel=0.03)


def test_ruin_of_a_fair_game_is_what_the_reflection_says() -> None:
    # Ten fair steps: the walk touches -4 with probability P(S <= -4) + P(S < -4) = (176 + 56) / 1024.
    found = redrawn(np.array([0.1, -0.1] * 5), 20_000, 11)
    assert found.ruined(0.4) == pytest.approx((176 + 56) / 1024, abs=4 * math.sqrt(0.2266 * 0.7734 / 20_000))
    assert found.ruined(1.01) == 0.0


def test_blocks_keep_days_that_follow_each_other() -> None:
    daily = np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.06])
    # One block as long as the series is the series, begun anywhere.
    found = blocks(daily, 6, 50, 2)
    assert found.final == pytest.approx(np.full(50, np.prod(1 + daily) - 1))
    pairs = blocks(np.array([0.1, -0.1] * 10), 2, 200, 2)
    # Each pair is a gain and a loss in one order or the other: nothing drifts.
    assert pairs.final == pytest.approx(np.full(200, 0.99**10 - 1))
    assert blocks(np.array([0.1, -0.1] * 10), 1, 200, 2).final.std() > 0.1


def test_draws_are_those_of_the_seed_and_of_no_version() -> None:
    profits = np.linspace(-0.1, 0.12, 30)
    for draw in (shuffled, redrawn):
        assert draw(profits, 50, 9).final.tolist() == draw(profits, 50, 9).final.tolist()
        assert draw(profits, 50, 9).deepest.tolist() != draw(profits, 50, 10).deepest.tolist()
    assert bootstrap._below(np.random.PCG64(1), 10, (1, 8)).tolist() == [[5, 9, 1, 9, 3, 4, 8, 4]]


def test_memory_stays_flat_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    profits = np.linspace(-0.1, 0.12, 30)
    whole = redrawn(profits, 100, 4), blocks(profits, 3, 100, 4), shuffled(profits, 100, 4)
    monkeypatch.setattr(bootstrap, "_AT_ONCE", 300)
    parts = redrawn(profits, 100, 4), blocks(profits, 3, 100, 4), shuffled(profits, 100, 4)
    for one, other in zip(whole, parts, strict=True):
        assert one.final.tolist() == other.final.tolist()
        assert one.fan.tolist() == other.fan.tolist()


def test_percentiles_have_names() -> None:
    assert percentiles(np.arange(101.0)) == {f"p{n}": float(n) for n in (1, 5, 25, 50, 75, 95, 99)}
