"""Momentum: the distance of two averages beyond a threshold, both ways, with its confidence."""

import pytest
from pydantic import ValidationError

from openbell.core.strategy import Strength, strength
from openbell.parts.strategies import momentum
from tests.parts.strategies.told import numbers, played, rows

SHORT = {"fast_period": 1, "slow_period": 3, "signal_threshold": "5%"}


def test_it_enters_beyond_the_threshold_and_leaves_when_momentum_has_turned() -> None:
    # Averages: fast is the close; slow 100, 100, 100, 110, 125, 117.5, 103.75.
    found, _ = played(momentum, rows(100, 100, 100, 120, 140, 110, 90), **SHORT)
    assert found == ["-", "-", "0 no_signal", "1 signal_long", "1 no_signal", "-1 signal_short", "-1 no_signal"]


def test_between_the_threshold_and_nothing_it_keeps_what_it_has() -> None:
    # Slow 100, 100, 110, 111, 110.5, 108.25; momentum 9%, 0.9%, -0.5%, -2%.
    found, _ = played(momentum, rows(100, 100, 120, 112, 110, 106), **SHORT)
    assert found[2:] == ["1 signal_long", "1 no_signal", "0 signal_flat", "0 no_signal"]


def test_confidence_is_a_half_at_the_threshold_and_never_more_than_one() -> None:
    for last, confidence, words in ((111.0, 0.521, Strength.MODERATE), (160.0, 1.0, Strength.STRONG)):
        _, state = played(momentum, rows(100, 100, last), **SHORT)
        shown = numbers(momentum, state, **SHORT)
        assert shown["confidence"] == pytest.approx(confidence, abs=5e-4)
        assert strength(shown["confidence"]) is words


def test_confidence_filters_and_sizes() -> None:
    told = rows(100, 100, 111, 160)
    assert played(momentum, told, **SHORT, min_confidence="90%")[0][2:] == ["0 no_signal", "1 signal_long"]
    sized = played(momentum, told, **SHORT, size_by_confidence=True)[0]
    assert sized[2] == "0.521327 signal_long"
    assert sized[3] == "0.521327 no_signal", "a position keeps the size of its entry"
    fall = played(momentum, rows(100, 100, 90), **SHORT, size_by_confidence=True)[0]
    assert fall[2].startswith("-0.5") and fall[2].endswith("signal_short")


def test_prices_of_nothing_have_no_momentum() -> None:
    assert played(momentum, rows(0, 0, 0), **SHORT)[0][2] == "0 no_signal"


@pytest.mark.parametrize("wrong", [{"fast_period": 28}, {"signal_threshold": 0}, {"min_confidence": "101%"}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        momentum.Config(**wrong)


def test_it_takes_the_words_of_the_founding_document() -> None:
    made = momentum.Config(fast_period=12, slow_period=28, signal_threshold=0.025)
    assert (made.fast_period, made.slow_period, f"{made.signal_threshold}") == (12, 28, "0.025")
