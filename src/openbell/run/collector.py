"""Python's collector of cycles while a loop runs."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Objects made and not freed between two looks of the collector."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the collector look rarely.

    A loop makes no cycles on its way. With the interpreter's own bound of 700 objects, looking for some took 3 % of a
    run; memory stays bounded by `YOUNG`.
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Settled:
    """Keeps what a server has read out of the collector's sight.

    It stays; a look through all of it stops everybody who is served for some tenths of a second, and finds nothing.
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._kept: frozenset[object] = frozenset()

    def see(self, kept: Iterable[object]) -> None:
        """Look through everything once for each change of what is `kept`, the last time."""
        now = frozenset(kept)
        if now == self._kept:
            return
        # Before the look, so that what has gone is held by nobody.
        self._kept = now
        gc.unfreeze()
        gc.collect()
        gc.freeze()
