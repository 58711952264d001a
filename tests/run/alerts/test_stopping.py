"""Words from outside may only stop: those on the list, with a code, once, and all of it is written down first."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import MINUTE_NS
from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts.codes import issue, shown
from openbell.run.alerts.stopping import MOST, STALE_NS, Stopping, Word, plain
from openbell.run.clock import FakeClock
from openbell.run.state import commands, make
from tests.run.alerts.stage import NOW

ME = "me@example.com"


class Desk:
    """A stopping over a state that nothing runs; its commands stay as files."""

    def __init__(self, folder: Path) -> None:
        make(folder)
        self.folder, self.clock = folder, FakeClock(NOW)
        self.outbox = Outbox(folder)
        self.codes = issue(self.outbox, 5, NOW)
        self.written: list[tuple[str, str, str]] = []
        self.stopping = Stopping(self.outbox, folder, self.clock, lambda *words: self.written.append(words))

    def say(self, text: str, sender: str = ME, age: int = 0) -> str:
        word = Word(channel="mail", sender=sender, text=text, arrived=self.clock.now() - age)
        return asyncio.run(self.stopping.obey(word, (ME, "+1 (555) 123-4567")))

    def left(self) -> list[tuple[str, str, int | None]]:
        return [(one.kind, one.actor, one.tier) for _, one in commands(self.folder) if one is not None]


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    made = Desk(tmp_path / "s")
    yield made
    made.outbox.close()


@pytest.mark.parametrize(("words", "tier"), [("STOP {}", 2), ("Re: stop: {}", 2), ("Stop  close {}", 3)])
def test_a_right_code_from_somebody_on_the_list_stops(desk: Desk, words: str, tier: int) -> None:
    said = desk.say(words.format(shown(desk.codes)[0]), sender="Me@Example.com")
    assert said.endswith("it is taken first at the next start; 4 codes are left")
    assert desk.left() == [("kill", "mail Me@Example.com", tier)]
    assert [what.partition(": ")[2][:14] for _, _, what in desk.written] == ["being given", "no engine runs"]


def test_S4_209_a_forged_mail_is_refused(desk: Desk) -> None:
    """The sender's name is right, as anybody can write it; the code is a guess, one of before, or missing."""
    good = desk.codes[0]
    guess = good[:-1] + str((int(good[-1]) + 5) % 10)
    assert desk.say(f"STOP {guess}") == "the code is wrong; nothing was done"
    assert desk.say("STOP") == "only STOP CODE and STOP CLOSE CODE are known here; nothing was done"
    assert desk.say(f"STOP {good}1").startswith("only STOP CODE")
    assert desk.left() == []
    desk.say(f"STOP {good}")
    assert desk.say(f"STOP {good}") == "the code was used before; nothing was done"
    assert len(desk.left()) == 1


def test_who_is_on_no_list_is_not_answered_even_with_a_code(desk: Desk) -> None:
    assert desk.say(f"STOP {desk.codes[0]}", sender="you@example.com") == ""
    assert desk.say(f"STOP {desk.codes[0]}", sender="") == ""
    assert desk.left() == []
    assert desk.written[0] == ("mail", "you@example.com", "refused: this sender is on no list")


@pytest.mark.parametrize("words", ["RESUME {}", "BUY 100 AAPL {}", "{}", "PAUSE {}", "unstoppable {}"])
def test_nothing_but_stopping_is_known(desk: Desk, words: str) -> None:
    assert desk.say(words.format(desk.codes[0])).startswith("only STOP CODE")
    assert desk.left() == []


def test_an_old_word_is_not_obeyed_and_keeps_its_code(desk: Desk) -> None:
    assert "more than 15 minutes old" in desk.say(f"STOP {desk.codes[0]}", age=STALE_NS + 1)
    assert desk.left() == []
    desk.say(f"STOP {desk.codes[0]}")
    assert len(desk.left()) == 1


def test_a_flood_of_wrong_words_falls_silent_and_a_right_code_goes_through_it(desk: Desk) -> None:
    answers = [desk.say("STOP 1") for _ in range(MOST + 30)]
    assert [bool(one) for one in answers] == [True] * MOST + [False] * 30
    assert len(desk.written) == MOST
    desk.say(f"STOP {desk.codes[0]}")
    assert len(desk.left()) == 1
    desk.clock.sleep(MINUTE_NS)
    assert desk.say("STOP 1")


def test_two_that_bring_one_code_at_once_stop_once(desk: Desk) -> None:
    async def both() -> list[str]:
        word = Word(channel="mail", sender=ME, text=f"STOP {desk.codes[0]}", arrived=NOW)
        other = Word(channel="sms", sender="+15551234567", text=f"STOP {desk.codes[0]}", arrived=NOW)
        allowed = (ME, "+1 (555) 123-4567")
        return await asyncio.gather(desk.stopping.obey(word, allowed), desk.stopping.obey(other, allowed))

    assert sorted("used before" in one for one in asyncio.run(both())) == [False, True]
    assert len(desk.left()) == 1


def test_numbers_are_compared_as_they_are_dialled() -> None:
    assert plain("+1 (555) 123-4567") == plain("+15551234567") != plain("+15551234568")
    assert plain(" Me@Example.COM ") == ME and plain("a.b@x") != plain("ab@x")
