"""The engine's sign of life: a small file, replaced each second from its own loop.

A loop that hangs writes no more; whoever watches compares what it reads with what it read before, never with a clock.
"""

import os
from pathlib import Path

import msgspec

from openbell.files import write_whole

BEAT = "beat"
EVERY_NS = 1_000_000_000
"""Time between two signs of life, ns."""


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of life.

    Attributes:
        pid: Of the engine. epoch: Its lease. seq: Last record of its journal. count: How many signs it has given.
        ts: When, UTC ns. is_closed: True for the last one of a run that has ended in good order.
    """

    pid: int
    epoch: int
    seq: int
    count: int
    ts: int
    is_closed: bool = False


def write_pulse(folder: Path, pulse: Pulse) -> None:
    """Replace a state directory's sign of life.

    It need not survive a power cut. Raises OSError.
    """
    write_whole(folder / BEAT, msgspec.json.encode(pulse))


def read_pulse(folder: Path) -> Pulse | None:
    """Return the latest sign of life, None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / BEAT).read_bytes(), type=Pulse)
    except (OSError, msgspec.MsgspecError):
        return None


class Heart:
    """Gives signs of life for one process."""

    def __init__(self, folder: Path, epoch: int) -> None:
        """Beat for the engine that holds lease `epoch`."""
        self._folder = folder
        self._epoch = epoch
        self._count = 0
        self._at = 0

    def beat(self, seq: int, now: int) -> None:
        """Give a sign where a second (of `now`, ns) has passed since the last.

        A disk without room for it stops nothing: the journal has its own way to tell.
        """
        if self._count and 0 <= now - self._at < EVERY_NS:
            return
        self._give(seq, now, is_closed=False)

    def stop(self, seq: int, now: int) -> None:
        """Give the last sign: the run has ended in good order and needs no watching."""
        self._give(seq, now, is_closed=True)

    def _give(self, seq: int, now: int, *, is_closed: bool) -> None:
        self._at = now
        self._count += 1
        pulse = Pulse(pid=os.getpid(), epoch=self._epoch, seq=seq, count=self._count, ts=now, is_closed=is_closed)
        try:
            write_pulse(self._folder, pulse)
        except OSError:
            return
