"""Staleness: data prove that a stream lives; heartbeats prove nothing. Pure.

The caller tells the time.
"""

from typing import Protocol

import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.failures import Transient

NEVER = 2**63 - 1
PATIENCE, MOST_DOUBLINGS = 3, 4
"""A connection on which no stream at all tells anything for so many of their longest silences is ended: its sockets may
be open and deaf. Twice as many for each that was ended so before it, up to sixteen times: a market may be shut."""


class Stream(msgspec.Struct, kw_only=True):
    """One stream that is watched.

    Attributes:
        max_age: Longest silence, ns. heard: When data last came, or watching began, ns.
        is_asked_again: It was subscribed to once more because it was silent. is_stale: Still silent after that.
    """

    max_age: int
    heard: int
    is_asked_again: bool = False
    is_stale: bool = False


class Hearing(Protocol):
    """What is kept over connections of those that heard nothing.

    Attributes:
        deaf: How many were ended for that, one after the other.
    """

    deaf: int


class Watch:
    """Watches streams by name.

    Attributes:
        streams: By name. has_heard: Something came on one of them.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.streams: dict[str, Stream] = {}
        self.has_heard = False
        self._next = NEVER

    def begin(self, name: str, max_age: int, now: int) -> None:
        """Watch a stream from now on; what is watched already goes on being watched."""
        self.streams.setdefault(name, Stream(max_age=max_age, heard=now))
        self._next = min(self._next, now + max_age)

    def hear(self, name: str, now: int) -> bool:
        """Note that data came; return True if the stream had been stale."""
        stream = self.streams.get(name)
        if stream is None:
            return False
        was_stale, self.has_heard = stream.is_stale, True
        if stream.is_asked_again:
            self._next = min(self._next, now + stream.max_age)
        stream.heard, stream.is_asked_again, stream.is_stale = now, False, False
        return was_stale

    def silent(self, now: int) -> tuple[list[str], list[str]]:
        """Return the streams to subscribe to once more, and those that have just become stale."""
        again: list[str] = []
        stale: list[str] = []
        # Data only put it off: before this instant none of thousands of streams can have become silent.
        if now <= self._next:
            return again, stale
        self._next = NEVER
        for name, stream in self.streams.items():
            silence = now - stream.heard
            if silence > stream.max_age and not stream.is_asked_again:
                stream.is_asked_again = True
                again.append(name)
            elif silence > 2 * stream.max_age and not stream.is_stale:
                stream.is_stale = True
                stale.append(name)
            if not stream.is_stale:
                self._next = min(self._next, stream.heard + (1 + stream.is_asked_again) * stream.max_age)
        return again, stale

    def listen(self, hearing: Hearing, now: int) -> None:
        """Look whether anything at all is heard; `hearing` outlives the connection.

        Raises:
            Transient: Nothing, for too long: another connection may hear more.
        """
        if self.has_heard:
            hearing.deaf = 0
        # While one stream lives, or has not been asked for twice, the next look has an instant.
        if self._next != NEVER or not self.streams:
            return
        silence = now - max(stream.heard for stream in self.streams.values())
        age = max(stream.max_age for stream in self.streams.values())
        if silence > (PATIENCE << min(hearing.deaf, MOST_DOUBLINGS)) * age:
            # Counted once: what is heard behind the next opening begins anew.
            self.has_heard = False
            hearing.deaf += 1
            raise Transient(f"no prices for {silence // NS} s although subscribed to twice")
