"""Real money and questions to people, as `status` tells them."""

from typing import Any

from openbell.cli.shell.options import shown_time
from openbell.core.book import Book
from openbell.run.arming import armings
from openbell.run.clock import WallClock
from openbell.run.modes import is_simulated
from openbell.run.people import in_words, time_of, waiting


def people_lines(book: Book) -> list[str]:
    """Return lines: of each account with real money, of each entry that waits for a person."""
    now = WallClock().now()
    lines = []
    for one in armings(book):
        kind = "SIMULATED, no real money" if book.spec.accounts[one.account].is_simulated else "REAL MONEY"
        is_armed = one.until > now
        told = f"ARMED until {shown_time(one.until)}" if is_armed else "not armed: no new risk (openbell arm)"
        lines.append(f"{one.account}: {kind}, account ends in {one.digits}, {told}")
    now = time_of(book, now)
    return [*lines, *(in_words(ask, now) for ask in waiting(book, now))]


def people_as_data(book: Book) -> dict[str, Any]:
    """Return the same for machines: `is_simulated`, `armed` by account, `waiting`."""
    now = WallClock().now()
    return {
        "is_simulated": is_simulated(book.spec),
        "armed": {
            one.account: {"until": shown_time(one.until) if one.until > now else None, "digits": one.digits}
            for one in armings(book)
        },
        "waiting": [ask.id for ask in waiting(book, time_of(book, now))],
    }
