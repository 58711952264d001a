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
