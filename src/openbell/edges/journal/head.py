"""The `head` file: the last (seq, hash) known durable, kept outside the log.

It is written after the fdatasync that covers it, so a log that ends before it, or holds another hash there, has lost
durable records.
"""

import json
import threading
from collections.abc import Callable
from typing import NamedTuple

from openbell.edges.journal.disk import Disk

HEAD = "head"
BEHIND_S = 1.0
"""The head file is at most this many seconds behind while records are being written."""


class Head(NamedTuple):
    """A point of the log that was durable."""

    seq: int
    digest: bytes
    """Chain hash after `seq`, 32 bytes."""
    epoch: int
    """Lease epoch of the writer."""


def read_head(disk: Disk) -> Head | None:
    """Return the head, or None where there is no such file.

    Raises:
        ValueError: The file is no head: being replaced as a whole it can not be torn, so it is damaged.
    """
    try:
        raw = disk.read(HEAD)
    except FileNotFoundError:
        return None
    try:
        value = json.loads(raw)
        head = Head(int(value["seq"]), bytes.fromhex(value["sha256"]), int(value["epoch"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the head file is not readable: {error}") from error
    if len(head.digest) != 32 or head.seq < 0:
        raise ValueError("the head file names no hash")
    return head


def write_head(disk: Disk, head: Head) -> None:
    """Replace the head file; the log must be durable up to it."""
    value = {"seq": head.seq, "sha256": head.digest.hex(), "epoch": head.epoch}
    disk.replace(HEAD, json.dumps(value).encode() + b"\n")


class HeadKeeper:
    """Keeps the head file near the end of the log; may be called from any thread."""

    def __init__(self, disk: Disk, seq: int, now_s: Callable[[], float]) -> None:
        """Begin where the file names `seq`; `now_s` gives seconds that only grow."""
        self._disk = disk
        self._now_s = now_s
        self._at = now_s()
        self._lock = threading.Lock()
        self.seq = seq
        """Seq that the file names."""

    def put(self, head: Head) -> None:
        """Write `head`, which must be durable, where the file is behind it. Raises OSError."""
        with self._lock:
            self._at = self._now_s()
            if head.seq > self.seq:
                write_head(self._disk, head)
                self.seq = head.seq

    def put_when_due(self, head: Head) -> None:
        """Do `put` when a second has passed since the last. Raises OSError."""
        if self._now_s() - self._at >= BEHIND_S:
            self.put(head)
