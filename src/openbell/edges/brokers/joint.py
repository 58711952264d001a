"""What every broker's line is joined to in its engine."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from openbell.core import events as ev


class Joint(msgspec.Struct, frozen=True, kw_only=True):
    """What a line is joined to in its engine.

    Attributes:
        tell: Takes events into the inbox. room: Waits until the inbox has room. now: UTC time, ns.
        epoch: Lease under which we send. seed: Of the jitter. since: Executions before it (ns) are known already.
        netting: True for an account that holds opposite deployments: an exit of one may grow what the account holds, so
            that the venue's own "reduce only" has to stay off.
        quotes: Instruments whose quotes are wanted.
        rates: Folder of the budgets that all processes share, None to keep them in this one.
        is_known: The venue has taken this account before, also in an earlier process of this run.
        is_apart: Its clock was last told to disagree with ours.
    """

    tell: Callable[[list[ev.Event]], None]
    room: Callable[[], Awaitable[None]]
    now: Callable[[], int]
    epoch: Callable[[], int]
    seed: int
    since: int
    netting: bool = False
    quotes: tuple[str, ...] = ()
    rates: Path | None = None
    is_known: bool = False
    is_apart: bool = False
