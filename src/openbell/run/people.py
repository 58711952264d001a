"""What a run asks of people: who is told, and what their silence means.

A question is asked by a rule, about one entry, with a deadline. Answers come over the local socket (`openbell confirm`,
the control room) or from the terminal of the run. Behind the deadline silence becomes an answer of its own, so that the
journal says why something was sent or not. Exits are never asked about.
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


def time_of(book: Book, wall: int) -> int:
    """Return the time that deadlines of a run are in, ns.

    The clock's, or the market's where all of it is simulated.
    """
    return wall if book.spec.outside_accounts else book.truth.ts


def in_words(ask: Ask, now: int, *, sends: bool = False) -> str:
    """Return a question on a line, as of `now` (ns); `sends` where silence is a yes."""
    draft = msgspec.json.decode(ask.question, type=Draft)
    what = f"{draft.account}: {draft.deployment} wants to {draft.side} {draft.qty:f} {draft.instrument}"
    left = max(ask.deadline - now, 0) // NS
    if sends:
        return f"{what}; it is sent in {left} s unless somebody objects: openbell confirm --answer no"
    return f"{what}; a person has {left} s: openbell confirm"


class People:
    """Puts the questions of a run to people, and takes what they say."""

    def __init__(
        self, tell: Callable[[str], None], heard: Callable[[], str | None], *, agrees: bool, sends: bool = False
    ) -> None:
        """Begin with nobody asked.

        Args:
            tell: Takes a line for people.
            heard: Returns a line that was typed and not taken yet, None for none.
            agrees: Every question is answered with yes at once.
            sends: Silence is a yes.
        """
        self._tell, self._heard, self._agrees, self._sends = tell, heard, agrees, sends
        self._told: set[str] = set()

    def look(self, book: Book, now: int) -> Iterator[Answer]:
        """Yield the answers there are at `now` (ns); what is asked for the first time is told."""
        asked = list(book.truth.asked.values())
        self._told &= {ask.id for ask in asked}
        for ask in asked:
            if ask.deadline < now:
                yield nobody(ask)
            elif self._agrees:
                yield _answer(ask, "yes", UNASKED)
            elif ask.id not in self._told:
                self._told.add(ask.id)
                self._tell(in_words(ask, now, sends=self._sends))
        typed = self._heard()
        still = waiting(book, now)
        if typed is not None and still:
            yield _answer(still[0], typed.strip(), "terminal")


def nobody(ask: Ask) -> Answer:
    """Return the answer that silence is."""
    return _answer(ask, "", NOBODY)


def silences(book: Book, upto: int) -> Iterator[Answer]:
    """Yield what silence says to each question with a deadline up to `upto` (ns).

    Each is of the market's time, at its deadline.
    """
    for ask in [ask for ask in book.truth.asked.values() if ask.deadline <= upto]:
        yield msgspec.structs.replace(nobody(ask), ts=max(ask.deadline, book.truth.ts))


def _answer(ask: Ask, value: str, actor: str) -> Answer:
    return Answer(ts=0, ask=ask.id, deployment=ask.deployment, is_ok=bool(value), value=value, actor=actor)
