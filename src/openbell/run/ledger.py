"""The journal as the loop sees it.

Records in, durability on demand, checkpoints now and then.
"""

import msgspec

from openbell.core.effects import Effect
from openbell.core.engine import Engine
from openbell.core.events import Event
from openbell.core.ports import Venue
from openbell.core.record import Checkpoint, digest, encode_checkpoint, encode_record
from openbell.edges.journal import Journal

CHECKPOINT_EVERY = 50_000
"""Records between two checkpoints: few enough to be folded in less than a second at a restart, and so many that one,
which takes 14 ms, costs a record a third of a microsecond."""


class Ledger:
    """Writes records through the journal and remembers how far a checkpoint lies back."""

    def __init__(self, journal: Journal, checkpoint_every: int = CHECKPOINT_EVERY) -> None:
        """Write to `journal`, with a checkpoint due after that many records."""
        self.journal = journal
        self._every = checkpoint_every
        self._last = journal.seq

    def record(self, event: Event, effects: list[Effect]) -> None:
        """Append an event with all its effects."""
        self.journal.append(encode_record(event, effects))

    def commit(self) -> None:
        """Return when everything recorded so far is durable."""
        self.journal.commit(self.journal.seq)

    @property
    def is_checkpoint_due(self) -> bool:
        """True when enough was written since the last checkpoint."""
        return self.journal.seq - self._last >= self._every

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
