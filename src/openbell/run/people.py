"""What a run at venues outside asks of people: who is told, whose silence is a no.

A question is asked by a rule, about one entry, with a deadline. Answers come over the local socket (`openbell confirm`,
the control room) or from the terminal of the run. Behind the deadline silence becomes an answer of its own, so that the
journal says why nothing was sent. Exits are never asked about.
"""

from collections.abc import Callable, Iterator

import msgspec

from openbell.core.book import Book
from openbell.core.effects import Ask
from openbell.core.events import Answer
from openbell.core.exposure import Draft
from openbell.core.types import NS

NOBODY, UNASKED = "nobody", "--no-confirm"
"""Who answers behind a deadline, and where every question was agreed to before."""


def waiting(book: Book, now: int) -> list[Ask]:
    """Return the questions that may still be answered at `now` (ns), oldest first."""
    return [ask for ask in book.truth.asked.values() if ask.deadline >= now]


def in_words(ask: Ask, now: int) -> str:
    """Return a question on a line, as of `now` (ns)."""
    draft = msgspec.json.decode(ask.question, type=Draft)
    what = f"{draft.account}: {draft.deployment} wants to {draft.side} {draft.qty:f} {draft.instrument}"
    return f"{what}; a person has {max(ask.deadline - now, 0) // NS} s: openbell confirm"


class People:
    """Puts the questions of a run to people, and takes what they say."""

    def __init__(self, tell: Callable[[str], None], heard: Callable[[], str | None], *, agrees: bool) -> None:
        """Begin with nobody asked.

        Args:
            tell: Takes a line for people.
            heard: Returns a line that was typed and not taken yet, None for none.
            agrees: Every question is answered with yes at once.
        """
        self._tell, self._heard, self._agrees = tell, heard, agrees
        self._told: set[str] = set()

    def look(self, book: Book, now: int) -> Iterator[Answer]:
        """Yield the answers there are at `now` (ns); what is asked for the first time is told."""
        asked = list(book.truth.asked.values())
        self._told &= {ask.id for ask in asked}
        for ask in asked:
            if ask.deadline < now:
                yield _answer(ask, "", NOBODY)
            elif self._agrees:
                yield _answer(ask, "yes", UNASKED)
            elif ask.id not in self._told:
                self._told.add(ask.id)
                self._tell(in_words(ask, now))
        typed = self._heard()
        still = waiting(book, now)
        if typed is not None and still:
            yield _answer(still[0], typed.strip(), "terminal")


def _answer(ask: Ask, value: str, actor: str) -> Answer:
    return Answer(ts=0, ask=ask.id, deployment=ask.deployment, is_ok=bool(value), value=value, actor=actor)
