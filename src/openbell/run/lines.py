"""Are the lines to venues outside well? A broken one must not look like a quiet one."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol


class LineRefused(Exception):
    """A venue does not accept who we are, for this account, in this mode.

    Or under this lease; the text says which.
    """


class Failing(Protocol):
    """A line, of which only this counts: why it has given up for good, None while it has not."""

    failed: Exception | None


def demand_lines(lines: Mapping[str, Failing], tasks: Iterable[asyncio.Task[None]]) -> None:
    """Look at every line.

    Args:
        lines: By account.
        tasks: What keeps them open.

    Raises:
        LineRefused: A venue does not accept us.
        Exception: What ended a line that should have come back by itself: a fault of ours.
    """
    for task in tasks:
        if task.done():
            task.result()
    for name, line in lines.items():
        if line.failed is not None:
            raise LineRefused(f"{name}: {line.failed}")
