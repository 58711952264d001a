"""One run of a program's configuration, without a thread around it."""

from pathlib import Path

import pytest

from openbell import LiveTradingConfig, ProgramError
from openbell.core import events as ev
from openbell.run.embedded import Session
from openbell.run.state import commands
from tests.checklist.market import Told


def session(folder: Path) -> Session:
    return Session(LiveTradingConfig(kis_account_no="12345678", tickers=["AAPL"], state=folder / "s"))


def test_a_run_is_written_down_as_the_file_it_is(tmp_path: Path) -> None:
    made = session(tmp_path)
    assert (made.book(), made.seconds()) == (None, 0.0)
    made.prepare()
    assert (made.book(), (tmp_path / "s" / "config.yaml").read_text(encoding="utf-8").count("AAPL")) == (None, 1)
    result = made.run()
    assert (result.is_complete, made.is_running) == (True, False)
    book = made.book()
    assert book is not None and book.truth.counts.bars == 395
    assert made.seconds() > 0


def test_a_word_for_a_run_that_has_ended_waits_for_the_next_one(tmp_path: Path) -> None:
    made = session(tmp_path)
    made.run()
    made.give("kill", "for tomorrow", tier=1)
    assert [command.kind for _, command in commands(tmp_path / "s") if command is not None] == ["kill"]
    session(tmp_path).run()
    told = Told(tmp_path / "s" / "journal")
    assert [c.reason for c in told.events(ev.Command)] == ["for tomorrow"]
    assert [latch.kind for latch in told.book.truth.latches.values()] == ["kill"]


def test_before_a_start_there_is_nobody_to_speak_to() -> None:
    with pytest.raises(ProgramError, match="nothing has been started"):
        Session(LiveTradingConfig(kis_account_no="12345678")).give("kill", "early")


def test_a_stop_before_the_first_event_ends_at_once(tmp_path: Path) -> None:
    made = session(tmp_path)
    made.stop()
    assert made.is_stopping
    assert made.run().is_complete is False
