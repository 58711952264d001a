"""What is kept out of instruments now, in words."""

from openbell.core.book import Book


def told(book: Book, only: str = "") -> list[str]:
    """Return in words what is kept out of instruments now, by vendors or venues.

    With `only`, of that symbol alone.
    """
    shut = [f"{symbol}: {text or 'halted'}" for symbol, text in book.truth.halted.items() if only in ("", symbol)]
    listed = [one for one in book.truth.relisted.values() if only in ("", one.instrument)]
    return [*shut, *(one.text for one in listed if not one.can_short or one.step)]


def frozen(book: Book) -> list[str]:
    """Return in words which deployments and instruments wait for a person to enter again."""
    truth = book.truth
    return [
        *(
            f"{name}: {why}; openbell adopt or openbell release lets it trade again"
            for name, why in truth.frozen.items()
        ),
        *(f"{where} disagrees with the venue: {why}" for where, why in truth.mismatched.items()),
    ]
