"""Who carries out the runs of a study: the handful of functions of every back end."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

import msgspec

from openbell.run.study.trial import Outcome, Values

Chunk = Sequence[Values]
"""Runs that are handed over together."""
Carried = Generator[list[Outcome], None, None]
"""Outcomes as runs end, in any order; an empty list while none has."""
LOOK_S = 0.2
"""Seconds after which one who waits for runs may look at other things."""
AHEAD = 2
"""Chunks that are handed over for each one that can run: nobody waits for the next."""
BACKENDS = ("pool", "dask", "ray")
H = TypeVar("H")


class Executor(Protocol):
    """Carries out the runs of one study; what comes out does not depend on who it is."""

    @property
    def width(self) -> int:
        """How many chunks run at once."""

    def carry_out(self, chunks: Iterable[Chunk]) -> Carried:
        """Yield outcomes as runs end, in any order; it may be called again when it is done.

        One who has seen enough closes the iterator: runs not begun are dropped.

        Raises:
            StudyError: Runs cannot be carried out.
        """

    def close(self) -> None:
        """Give back what was taken; runs that have begun are waited for or dropped."""


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """Which one it is.

    Attributes:
        kind: One of `BACKENDS`. cluster: Address of a cluster that runs already, empty for processes of this machine.
        jobs: Processes on this machine.
    """

    kind: str = "pool"
    cluster: str = ""
    jobs: int = 1


class Hands(Protocol[H]):
    """One who takes chunks and gives each a handle."""

    @property
    def width(self) -> int:
        """How many chunks run at once."""

    def submit(self, chunk: Chunk) -> H:
        """Hand a chunk over."""

    def wait(self, handles: set[H]) -> tuple[list[list[Outcome]], set[H]]:
        """Return what has ended within `LOOK_S`, and the handles of the rest."""

    def drop(self, handles: set[H]) -> None:
        """Forget chunks that have not begun."""


def in_flight(hands: Hands[H], chunks: Iterable[Chunk]) -> Carried:
    """Yield outcomes as chunks end, while so many are handed over that nobody has to wait."""
    left: Iterator[Chunk] = iter(chunks)
    waiting: set[H] = set()
    try:
        while True:
            waiting |= {hands.submit(chunk) for chunk in islice(left, AHEAD * hands.width - len(waiting))}
            if not waiting:
                return
            done, waiting = hands.wait(waiting)
            yield [outcome for outcomes in done for outcome in outcomes]
    finally:
        hands.drop(waiting)


def chunks_of(values: Sequence[Values], width: int) -> list[Chunk]:
    """Return runs in pieces, so small that no process waits long for another."""
    size = max(1, min(64, len(values) // (width * 8)))
    return [values[n : n + size] for n in range(0, len(values), size)]
