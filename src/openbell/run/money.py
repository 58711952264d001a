"""Exact arithmetic inside a program that has rules of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import localcontext

from openbell.core.types import use_money_context


@contextmanager
def in_money() -> Iterator[None]:
    """Calculate with the core's rules inside, and leave the program's own as they were."""
    with localcontext():
        use_money_context()
        yield
