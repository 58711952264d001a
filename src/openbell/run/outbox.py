"""The way out to a venue outside the process: effects that are durable go to a transport.

It keeps no state and never answers by itself: what the venue says comes in as events from outside, and what it does
not say is for the engine to ask about.
"""

from collections.abc import Iterator
from typing import Protocol

from openbell.core.effects import Effect
from openbell.core.events import Bar, Event
from openbell.run.loop import FAR


class Transport(Protocol):
    """An open line to a broker."""

    def send(self, effect: Effect, ts: int) -> None:
        """Take an effect decided at `ts` (ns) and return at once.

        What becomes of it is told through the inbox; where nobody can know, as `OrderUpdate` with the word `lost`.
        """


class OutsideVenue:
    """A venue in the loop's eyes, with the world behind it."""

    def __init__(self, transport: Transport | None = None) -> None:
        """Hand effects to `transport`; without one the line is down and they go nowhere."""
        self.transport = transport

    @property
    def due(self) -> int:
        """Never: it speaks through the inbox."""
        return FAR

    def speak(self, ts: int) -> list[Event]:
        """Return nothing."""
        return []

    def is_touched(self, bar: Bar) -> bool:
        """Return False: its market is not ours to play."""
        return False

    def take(self, effect: Effect, ts: int) -> None:
        """Hand an effect decided at `ts` (ns) to the transport.

        While there is none nothing is sent and nothing assumed: the engine's timers find out that no answer came.
        """
        if self.transport is not None:
            self.transport.send(effect, ts)

    def heed(self, event: Event) -> None:
        """Do nothing: the venue keeps its own hours."""

    def work(self, bar: Bar) -> Iterator[list[Event]]:
        """Yield nothing."""
        return iter(())

    def snapshot(self) -> bytes:
        """Return nothing: what the venue knows is asked, never remembered."""
        return b""

    def restore(self, stored: bytes) -> None:
        """Do nothing."""
