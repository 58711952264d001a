"""Words out."""

import io
import sys

import pytest

from openbell.cli.shell.output import has_colour, headline, say_notes, styled


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert has_colour(Terminal())
    assert styled("x", "red", Terminal()) == "\x1b[1;97;41mx\x1b[0m"
    assert styled("x", "red", io.StringIO()) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert styled("x", "red", Terminal()) == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not has_colour(Terminal())


def test_a_badge_needs_no_colour() -> None:
    assert headline("live", "T", io.StringIO(), is_synthetic=False) == "[LIVE]  T"
    assert headline("demo", "T", io.StringIO(), is_synthetic=True) == "[DEMO]  SYNTHETIC market data  T"


def test_the_same_note_of_several_symbols_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    say_notes(["A: same", "B: same", "ignored, not configured: X (x.csv)"])
    assert capsys.readouterr().err.splitlines() == ["note: A, B: same", "note: ignored, not configured: X (x.csv)"]
    assert sys.stderr is not None
