"""Python's collector of cycles while a loop runs."""

import gc
from collections.abc import Iterator
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


def settle() -> None:
    """Keep what is there now out of the collector's sight, but for what nobody reaches any more.

    What a server has read stays. A look through all of it stops everybody who is served for some tenths of a second,
    and finds nothing.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
