"""Each exhibit: the reference bot falls for it, openbell does not."""

import pytest

from tests.museum.naive import Naive
from tests.museum.ours import Ours
from tests.museum.scenarios import EXHIBITS, Exhibit
from tests.museum.stage import FULL, Stage

NAMES = [exhibit.source for exhibit in EXHIBITS]


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=NAMES)
def test_the_reference_bot_falls_for_it(exhibit: Exhibit) -> None:
    assert exhibit.play(Stage(Naive, **exhibit.options))


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=NAMES)
def test_openbell_does_not(exhibit: Exhibit) -> None:
    assert exhibit.play(Stage(Ours, **exhibit.options)) == []


def test_there_are_twenty_of_different_sources() -> None:
    assert len(set(NAMES)) == len(EXHIBITS) == 20


@pytest.mark.parametrize("bot", [Naive, Ours])
def test_without_a_fault_both_trade_well(bot: type) -> None:
    stage = Stage(bot)
    entry = stage.entered()
    assert (entry.side, stage.position, stage.bot.holds()) == ("buy", FULL, FULL)
    stage.wants(0)
    leaving = stage.accept(stage.last)
    stage.told("accepted", leaving)
    stage.fill(leaving)
    assert (leaving.side, stage.position, stage.bot.holds()) == ("sell", 0, 0)
    assert stage.problems() == []
    assert stage.count("submit") == 2
