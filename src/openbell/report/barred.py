"""What is kept out of instruments now, in words."""

from openbell.core.book import Book


def told(book: Book, only: str = "") -> list[str]:
    """Return in words what is kept out of instruments now, by vendors or venues.

    With `only`, of that symbol alone.
    """
    shut = [f"{symbol}: {text or 'halted'}" for symbol, text in book.truth.halted.items() if only in ("", symbol)]
    listed = [one for one in book.truth.relisted.values() if only in ("", one.instrument)]
    return [*shut, *(one.text for one in listed if not one.can_short or one.step)]
