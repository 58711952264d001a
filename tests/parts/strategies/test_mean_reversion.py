"""Mean reversion: against large distances, out when they have shrunk."""

import pytest
from pydantic import ValidationError

from openbell.parts.strategies import mean_reversion
from tests.parts.strategies.told import numbers, played, rows

SHORT = {"period": 4, "entry": 1.5, "exit": 0.5}


def test_it_buys_what_has_fallen_and_leaves_near_the_mean() -> None:
    found, _ = played(mean_reversion, rows(10, 10, 10, 6, 8, 8), **SHORT)
    assert found == ["-", "-", "-", "1 signal_long", "0 signal_flat", "0 no_signal"]


def test_it_sells_what_has_risen_and_turns_around() -> None:
    found, _ = played(mean_reversion, rows(10, 10, 10, 14, 14, 14, 6), **SHORT)
    assert found[3] == "-1 signal_short"
    assert found[6] == "1 signal_long"


def test_nothing_varies_nothing_happens() -> None:
    assert played(mean_reversion, rows(*[0.1] * 9), **SHORT)[0][3:] == ["0 no_signal"] * 6


def test_confidence_grows_with_the_distance() -> None:
    _, state = played(mean_reversion, rows(10, 10, 10, 14), **SHORT)
    assert numbers(mean_reversion, state, **SHORT)["confidence"] == pytest.approx(3**0.5 / 3)
    _, state = played(mean_reversion, rows(10, 10, 10, 14), **{**SHORT, "entry": 0.8})
    assert numbers(mean_reversion, state, **SHORT)["confidence"] == 1.0


def test_the_exit_is_below_the_entry() -> None:
    with pytest.raises(ValidationError, match="must be below entry"):
        mean_reversion.Config(entry=1, exit=1)
