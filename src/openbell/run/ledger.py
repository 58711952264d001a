"""The journal as the loop sees it.

Records in, durability on demand, checkpoints now and then.
"""

import contextlib
from collections import deque

import msgspec

from openbell.core.effects import Effect
from openbell.core.engine import Engine
from openbell.core.events import Event
from openbell.core.ports import Venue
from openbell.core.record import Checkpoint, digest, encode_checkpoint, encode_record
from openbell.edges.journal import DiskFailed, Journal
from openbell.edges.journal.record import ALIGN, HEADER_BYTES

CHECKPOINT_EVERY = 50_000
"""Records between two checkpoints: few enough to be folded in less than a second at a restart, and so many that one,
which takes 14 ms, costs a record a third of a microsecond."""
FEW = 256
"""Records beyond which those that are durable by now are let go of."""


class Ledger:
    """Writes records through the journal and remembers how far a checkpoint lies back.

    Attributes:
        sick: Why only the reserve takes records, in words; empty while the journal is well.
    """

    def __init__(self, journal: Journal, checkpoint_every: int = CHECKPOINT_EVERY) -> None:
        """Write to `journal`, with a checkpoint due after that many records."""
        self.journal = journal
        self.sick = ""
        self._every = checkpoint_every
        self._last = journal.seq
        self._before = journal.seq
        # What the disk has not confirmed yet; the journal makes `append` wait where this would grow without end.
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._room = journal.reserve_bytes
        self._kept_back = journal.reserve_bytes >> 2

    def record(self, event: Event, effects: list[Effect]) -> None:
        """Append an event with all its effects.

        Raises:
            DiskFailed: It was not taken: the step is to be rescued, or the reserve is used up.
        """
        payload = encode_record(event, effects)
        if self.sick:
            self._save(payload)
            return
        self._before = self.journal.seq
        self._waiting.append((self.journal.append(payload), payload))
        if len(self._waiting) > FEW:
            self._forget()

    def commit(self) -> None:
        """Return when everything recorded so far is durable.

        Raises:
            DiskFailed: The disk has failed; nothing confirms what was recorded since the last commit.
        """
        if not self.sick:
            self.journal.commit(self.journal.seq)
            self._waiting.clear()

    def rescue(self, event: Event, effects: list[Effect]) -> None:
        """Save the step that failed, and what was not durable before it, in the reserve.

        Raises:
            DiskFailed: The reserve failed too, or was in use already and is full.
        """
        if self.sick:
            raise DiskFailed(f"{self.sick}; and the reserve takes no more")
        # A full disk may still make durable what it took; a failed one is never asked twice.
        with contextlib.suppress(DiskFailed):
            self.journal.commit(self.journal.seq)
        self.sick = self.journal.failed or "the disk has no room for the journal's next segment"
        self._forget()
        for seq, payload in self._waiting:
            if seq <= self._before:
                self._save(payload)
        self._waiting.clear()
        self._save(encode_record(event, effects))

    @property
    def is_short(self) -> bool:
        """True when the rest of the reserve is for cancels, exits and a venue's words."""
        return bool(self.sick) and self._room < self._kept_back

    def _save(self, payload: bytes) -> None:
        self.journal.append_reserve(payload)
        self._room -= len(payload) + HEADER_BYTES + ALIGN

    def _forget(self) -> None:
        durable = self.journal.durable_seq
        while self._waiting and self._waiting[0][0] <= durable:
            self._waiting.popleft()

    @property
    def is_checkpoint_due(self) -> bool:
        """True when enough was written since the last checkpoint."""
        return not self.sick and self.journal.seq - self._last >= self._every

    def checkpoint(self, engine: Engine, venues: dict[str, Venue], strategies: dict[str, str]) -> None:
        """Store a checkpoint of the present state.

        Only between two instants, when nothing is half done.
        """
        self.journal.snapshot(encode_checkpoint(take_checkpoint(engine, venues, strategies)), self.journal.seq)
        self._last = self.journal.seq


def take_checkpoint(engine: Engine, venues: dict[str, Venue], strategies: dict[str, str]) -> Checkpoint:
    """Return everything a run needs to go on from here."""
    truth, memory = engine.book.truth, engine.memory()
    return Checkpoint(
        truth=truth,
        memory=memory,
        truth_hash=digest(truth),
        memory_hash=digest(memory),
        venues={name: venue.snapshot() for name, venue in venues.items()},
        strategies=strategies,
    )


class Entry(msgspec.Struct, frozen=True):
    """One record of the journal, decoded."""

    seq: int
    event: Event
    effects: list[Effect]
