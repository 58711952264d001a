"""Pairs: two legs against each other, both in and both out."""

import pytest
from pydantic import ValidationError

from openbell.core.effects import Intent
from openbell.parts.strategies import pairs
from tests.core.build import bar, d
from tests.parts.strategies.told import World

CONFIG = pairs.Config(period=4, entry=1.5, exit=0.5)


class Table:
    """A strategy, its memory and the world it sees."""

    def __init__(self, *instruments: str) -> None:
        self.world, self.state, self.n = World(*(instruments or ("A", "B"))), pairs.State(), 0

    def told(self, symbol: str, close: float) -> list[Intent]:
        return pairs.decide(CONFIG, self.state, bar(self.n, close, symbol=symbol), self.world)

    def both(self, first: float, second: float = 100.0) -> list[tuple[str, float]]:
        """Show a bar of each; return (instrument, target) of the wishes."""
        self.n += 1
        assert self.told("A", first) == []
        return [(wish.instrument, wish.target) for wish in self.told("B", second)]


def test_what_has_become_dear_is_sold_against_what_has_not() -> None:
    table = Table()
    assert [table.both(100.0) for _ in range(3)] == [[]] * 3
    assert table.both(110.0) == [("A", -1.0), ("B", 1.0)]
    assert table.both(110.0) == []
    assert table.both(105.0) == [("A", 0.0), ("B", 0.0)]


def test_what_has_become_cheap_is_bought() -> None:
    table = Table()
    assert [table.both(close) for close in (100.0, 100.0, 100.0, 90.0)][-1] == [("A", 1.0), ("B", -1.0)]


def test_a_leg_that_is_silent_decides_nothing() -> None:
    table = Table()
    for n in range(1, 20):
        table.n = n
        assert table.told("A", 100.0 + n) == []
    assert table.state.spreads == []


def test_where_protection_took_one_leg_the_other_follows_and_waits() -> None:
    table = Table()
    for close in (100.0, 100.0, 100.0, 110.0):
        table.both(close)
    table.world.held = {"A": d(-10), "B": d(11)}
    assert table.both(112.0) == []
    table.world.held = {"B": d(11)}
    assert table.both(114.0) == [("A", 0.0), ("B", 0.0)]
    assert table.both(130.0) == [], "apart again, but it has not come back"
    table.world.held = {}
    for close in (130.0, 120.0, 125.0):
        table.both(close)
    assert not table.state.waits
    for _ in range(4):
        table.both(125.0)
    assert table.both(150.0) == [("A", -1.0), ("B", 1.0)]


def test_a_spread_that_does_not_vary_is_no_distance() -> None:
    table = Table()
    assert [table.both(100.0) for _ in range(8)] == [[]] * 8


def test_it_takes_two_instruments_and_no_other_number() -> None:
    with pytest.raises(ValueError, match="two instruments, not 3"):
        Table("A", "B", "C").told("A", 1.0)


def test_the_exit_is_below_the_entry() -> None:
    with pytest.raises(ValidationError, match="must be below entry"):
        pairs.Config(entry=1, exit=1)
