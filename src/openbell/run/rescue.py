"""The journal's disk fails in the middle of a step: nothing that adds risk leaves.

The step is written to the reserve instead, with a `Withhold` for every order and change that must not go out, so that
the record says both what was decided and that it never left. Cancels and exits go.
"""

from typing import Protocol

from openbell.core.apply import apply_effect
from openbell.core.book import Book
from openbell.core.effects import Amend, Effect, Submit, Withhold
from openbell.core.events import Event
from openbell.edges.journal import DiskFailed

RESCUED = "the journal failed: its reserve takes cancels and exits"
"""Text of the `DiskState` that the loop itself delivers, at once, behind a step that had to be rescued."""


class Log(Protocol):
    """Where records go before anything leaves. Each may raise DiskFailed."""

    def record(self, event: Event, effects: list[Effect]) -> None:
        """Append an event with all its effects."""

    def commit(self) -> None:
        """Return when everything recorded so far is durable."""

    def rescue(self, event: Event, effects: list[Effect]) -> None:
        """Save the step that failed, and what was not durable before it, in the reserve."""


def secure(log: Log, event: Event, effects: list[Effect], *, leaves: bool) -> bool:
    """Record a step, durably if anything of it leaves; return False where the disk failed."""
    try:
        log.record(event, effects)
        if leaves:
            log.commit()
    except DiskFailed:
        return False
    return True


def rescue(log: Log, book: Book, event: Event, effects: list[Effect]) -> list[Effect]:
    """Save a step whose record failed, with what must not leave withheld; return its effects.

    Raises:
        DiskFailed: The reserve failed as well; nothing may leave any more.
    """
    held: list[Effect] = [Withhold(oid=oid) for oid in _risky(book, effects)]
    for effect in held:
        apply_effect(book, effect, book.truth.ts)
    whole = [*effects, *held]
    log.rescue(event, whole)
    return whole


def _risky(book: Book, effects: list[Effect]) -> list[str]:
    """Return the orders of a step that would add risk, each once."""
    found: dict[str, None] = {}
    for effect in effects:
        if isinstance(effect, Submit) and not effect.reduce_only:
            found[effect.oid] = None
        if isinstance(effect, Amend):
            order = book.truth.orders.get(effect.oid)
            if order is None or not order.reduce_only:
                found[effect.oid] = None
    return list(found)
