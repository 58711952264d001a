"""A market that changed is told from one that did not."""

import numpy as np
import pytest

from openbell.research.regime import FEATURES, FEWEST_BEFORE, FEWEST_RECENT, distance, features, probability, shifts


def days(seed: int, count: int, *, width: float = 0.01, trend: float = 0.0) -> np.ndarray:
    """Return the features of invented days of 24 bars; `trend` is how much of a step goes on in the next one."""
    chance, found = np.random.default_rng(seed), []
    for _ in range(count):
        steps = chance.normal(0.0, width, 24)
        for n in range(1, 24):
            steps[n] += trend * steps[n - 1]
        closes = 100.0 * np.exp(np.cumsum(steps))
        found.append(features(closes, closes * 1.001, closes * 0.999, 100.0))
    return np.array(found)


def is_new(before: np.ndarray, recent: np.ndarray) -> bool:
    found = shifts(before, recent)
    assert found is not None
    return any(one.is_new for one in found)


def test_a_day_is_described_by_its_way_its_width_and_its_straightness() -> None:
    closes = np.array([110.0, 99.0, 121.0])
    net, width, straight = features(closes, np.array([112.0, 111.0, 122.0]), np.array([100.0, 98.0, 99.0]), 100.0)
    assert net == pytest.approx(np.log(1.21))
    assert width == pytest.approx(np.log(122 / 98))
    assert straight == pytest.approx(np.log(1.21) / (np.log(1.1) + np.log(110 / 99) + np.log(121 / 99)))
    assert features(np.array([5.0]), np.array([5.0]), np.array([5.0]), 5.0) == (0.0, 0.0, 0.0)


def test_a_market_that_stays_is_hardly_ever_called_new() -> None:
    called = sum(is_new(days(seed, 60), days(10_000 + seed, 20)) for seed in range(200))
    assert called <= 4


@pytest.mark.parametrize("change", [{"width": 0.02}, {"width": 0.005}, {"trend": 0.7}])
def test_wider_calmer_and_straighter_days_are_found(change: dict[str, float]) -> None:
    found = sum(is_new(days(seed, 60), days(10_000 + seed, 20, **change)) for seed in range(20))
    assert found >= 19


def test_a_market_that_was_always_now_calm_and_now_wild_is_not_new() -> None:
    blocks = [days(seed, 10, width=0.005 if seed % 2 else 0.02) for seed in range(8)]
    before = np.concatenate(blocks)
    assert not is_new(before, days(99, 10, width=0.02))
    assert is_new(np.concatenate([days(seed, 10, width=0.005) for seed in range(8)]), days(99, 10, width=0.02))


def test_below_the_fewest_days_nothing_is_told() -> None:
    assert shifts(days(1, FEWEST_BEFORE - 1), days(2, 20)) is None
    assert shifts(days(1, 60), days(2, FEWEST_RECENT - 1)) is None
    assert [one.feature for one in shifts(days(1, FEWEST_BEFORE), days(2, FEWEST_RECENT)) or ()] == list(FEATURES)


def test_distance_and_probability_are_the_textbooks() -> None:
    one, other = np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0])
    assert distance(one, other) == 0.5
    assert distance(one, one) == 0.0
    # Table of Kolmogorov's distribution: 1.358 is passed by 5 of 100.
    assert probability(1.358 / (50.0 + 0.12 + 0.11 / 50.0), 5000, 5000) == pytest.approx(0.05, abs=0.0005)
    assert probability(0.0, 10, 10) == 1.0
