"""Shapes of what the core's shell is handed: the core itself calls none of them."""

from collections.abc import Iterator
from typing import Protocol

from openbell.core.effects import Effect
from openbell.core.events import Bar, Event


class Venue(Protocol):
    """An in-process venue: a pure state machine.

    It takes orders and bars and says what became of them.
    """

    @property
    def due(self) -> int:
        """Next instant (ns) at which it has something to say; the largest int64 for none."""

    def speak(self, ts: int) -> list[Event]:
        """Return and forget every answer due at or before `ts` (ns)."""

    def is_touched(self, bar: Bar) -> bool:
        """Return True if `bar` could execute or change any order.

        False lets the caller pass over `work`.
        """

    def take(self, effect: Effect, ts: int) -> None:
        """Take an effect decided at `ts` (ns)."""

    def heed(self, event: Event) -> None:
        """Take note of a session or corporate action."""

    def work(self, bar: Bar) -> Iterator[list[Event]]:
        """Play a bar and yield what happened in each phase."""

    def snapshot(self) -> bytes:
        """Return the whole state."""

    def restore(self, stored: bytes) -> None:
        """Take over a state that `snapshot` returned."""
