"""Words out: text with a little colour for people, one JSON object for machines."""

import errno
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from openbell.run.hangup import to_nowhere
from openbell.run.modes import badge, is_simulated

if TYPE_CHECKING:
    from openbell.core.book import Book

STYLES = {"bold": "1", "dim": "2", "red": "1;97;41", "blue": "1;97;44", "grey": "1;97;100"}
"""Terminal codes by style; colour never tells what the words do not."""


def has_colour(stream: TextIO) -> bool:
    """Return True if `stream` is a terminal that wants colours; `NO_COLOR` is honoured."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, stream: TextIO) -> str:
    """Return `text` in a style where `stream` shows it, else as it is."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if has_colour(stream) else text


NO_TERMINAL, NO_READER = errno.EIO, errno.EPIPE


@contextmanager
def unheard(stream: TextIO, *signs: int) -> Iterator[None]:
    """Write to a stream; all of it goes nowhere once an error is one of `signs`.

    They say that nobody is there: an engine trades on when its window, or the pipe behind it, is gone.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in signs:
            raise
        to_nowhere([stream.fileno()])


def say(text: str = "") -> None:
    """Write a line to standard output.

    Raises:
        BrokenPipeError: Its reader has enough.
    """
    with unheard(sys.stdout, NO_TERMINAL):
        print(text)


def narrate(text: str = "") -> None:
    """Write a line to standard output while something goes on that needs no reader."""
    with unheard(sys.stdout, NO_TERMINAL, NO_READER):
        print(text, flush=True)


def tell(text: str, end: str = "\n") -> None:
    """Write a line to standard error: progress, notes, failures."""
    with unheard(sys.stderr, NO_TERMINAL, NO_READER):
        print(text, end=end, file=sys.stderr, flush=True)


def say_json(data: dict[str, Any]) -> None:
    """Write the one object of `--json` to standard output."""
    say(json.dumps(data, ensure_ascii=False))


def headline(mode: str, title: str, stream: TextIO, *, is_synthetic: bool, is_simulated: bool = False) -> str:
    """Return the line that tells the mode: badge, SYNTHETIC for invented prices, title.

    `is_simulated` is for a venue outside that is a local server.
    """
    words, colour = badge(mode, is_simulated=is_simulated)
    parts = [styled(f" {words} ", colour, stream) if has_colour(stream) else f"[{words}]"]
    if is_synthetic:
        parts.append(styled("SYNTHETIC market data", "bold", stream))
    return "  ".join([*parts, title])


def headline_of(book: "Book", mode: str, stream: TextIO) -> str:
    """Return the line that tells the mode of a state."""
    truth = book.truth
    is_fake = is_simulated(book.spec)
    return headline(mode, truth.title, stream, is_synthetic=truth.is_synthetic, is_simulated=is_fake)


def say_notes(notes: Iterable[str]) -> None:
    """Write what happened on the way to standard error; the same of several symbols once."""
    about: dict[str, list[str]] = {}
    for note in notes:
        head, _, rest = note.partition(": ")
        is_symbol = bool(rest) and " " not in head
        about.setdefault(rest if is_symbol else note, []).extend([head] if is_symbol else [])
    for text, symbols in about.items():
        tell(f"note: {', '.join(symbols)}: {text}" if symbols else f"note: {text}")
