"""Smart money: after a break it waits for the price to come back to the block."""

import pytest
from pydantic import ValidationError

from openbell.core.strategy import Row
from openbell.parts.strategies import smart_money
from tests.parts.strategies.told import numbers, played, rows

SHORT = {"left": 1, "right": 2}
BREAK = (10, 12, 11, 10.5, 11, 13)
"""Breaks the swing high of 12.5 and leaves the block from 10 to 11."""


def path(*levels: float) -> list[Row]:
    return rows(*levels, high=[px + 0.5 for px in levels], low=[px - 0.5 for px in levels])


def test_it_buys_when_the_price_comes_back_to_the_block_and_leaves_when_it_fails() -> None:
    found, _ = played(smart_money, path(*BREAK, 14, 11.4, 12, 9), **SHORT)
    assert found[3:] == ["0 no_signal"] * 4 + ["1 signal_long", "1 no_signal", "0 signal_flat"]
    _, state = played(smart_money, path(*BREAK, 14, 11.4, 12), **SHORT)
    shown = numbers(smart_money, state, **SHORT)
    assert (shown["block_bottom"], shown["block_top"], shown["confidence"]) == (10.0, 11.0, 1.0)


def test_it_sells_the_same_way() -> None:
    mirrored = [30 - px for px in (*BREAK, 14, 11.4, 12, 9)]
    found, _ = played(smart_money, path(*mirrored), **SHORT)
    assert found[7:] == ["-1 signal_short", "-1 no_signal", "0 signal_flat"]


def test_a_block_that_fails_is_not_waited_for() -> None:
    found, _ = played(smart_money, path(*BREAK, 9, 10.8, 10.8), **SHORT)
    assert found[6:] == ["0 no_signal"] * 3


def test_a_break_the_other_way_ends_the_position() -> None:
    found, state = played(smart_money, path(*BREAK, 14, 13, 12, 11.2, 13, 12.5, 12.2, 12.1, 10.4), **SHORT)
    assert "1 signal_long" in found and found[-1] == "0 signal_flat"
    assert numbers(smart_money, state, **SHORT)["confidence"] == 0.5


def test_confidence_filters() -> None:
    told = path(*[30 - px for px in BREAK], *[30 - px for px in (14, 13, 12, 11.2, 13, 12.5, 12.2, 12.1, 10.4, 13)])
    every, _ = played(smart_money, told, **SHORT)
    sure, _ = played(smart_money, told, **SHORT, min_confidence="60%")
    assert every != sure


def test_wrong_options_are_refused() -> None:
    for wrong in ({"left": 0}, {"right": 1}, {"min_confidence": "200%"}):
        with pytest.raises(ValidationError):
            smart_money.Config(**wrong)
