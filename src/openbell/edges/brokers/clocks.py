"""The venue's clock beside ours. Pure."""

from typing import Protocol

from openbell.core import events as ev
from openbell.core.types import NS

MAX_SKEW = NS // 2
"""Largest difference between the venue's clock and ours at which risk is added, ns."""


class Clocks(Protocol):
    """What is kept of both over connections.

    Attributes:
        offset: The venue's clock less ours as last measured, ns. is_apart: The engine was told that they disagree.
    """

    offset: int
    is_apart: bool


def compared(account: str, clocks: Clocks) -> list[ev.Link]:
    """Return what a new measurement changes: nothing while they agree, or disagree, as before."""
    is_apart = abs(clocks.offset) > MAX_SKEW
    if is_apart == clocks.is_apart:
        return []
    clocks.is_apart = is_apart
    text = f"the venue's clock is {clocks.offset // 1_000_000} ms off ours"
    return [ev.Link(ts=0, account=account, channel="clock", is_up=not is_apart, text=text)]
