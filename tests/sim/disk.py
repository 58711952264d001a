"""The simulated disk: every file has what the system's cache holds and what would survive a loss of power.

It implements the journal's port `Disk`. Writes become durable with `sync`; until then a loss of power keeps any of
their sectors of 512 bytes in any order, and a sector may be torn. `replace`, `create`, `truncate` and `remove` are
durable on return, as the port promises; a crash in their middle leaves the old or the new. Every operation is a
boundary at which the process may be stopped.
"""

import errno
from collections.abc import Callable

from tests.sim.chance import Draws

SECTOR = 512


class Crashed(Exception):
    """The process is gone in the middle of an operation."""


class Sick:
    """What is wrong with a disk just now: error numbers by operation, and whether its syncs are lies."""

    __slots__ = ("errors", "is_once", "lies", "no_room")

    def __init__(self) -> None:
        self.errors: dict[str, int] = {}
        self.no_room = False
        self.lies = self.is_once = False


class SimDisk:
    """Flat named files with a durable watermark.

    Attributes:
        cache, durable: Bytes by name. pending: Writes not yet synced, by name.
        sick: Present faults. boundary: Called at each boundary with its name.
        on_sync: Called with a file's name and its durable bytes whenever more of it became durable.
        lied: True once a sync was swallowed: what the journal believes durable may be gone after a loss of power.
    """

    def __init__(self) -> None:
        """Begin empty and healthy."""
        self.cache: dict[str, bytearray] = {}
        self.durable: dict[str, bytearray] = {}
        self.pending: dict[str, list[tuple[int, bytes]]] = {}
        self.sick = Sick()
        self.lied = False
        self.is_locked = False
        self.boundary: Callable[[str], None] = lambda name: None
        self.on_sync: Callable[[str, bytearray], None] = lambda name, data: None
        self.failed_syncs = 0
        self.lost: list[str] = []

    # --- the port ---------------------------------------------------------------------------------------------

    def create(self, name: str, size: int) -> None:
        """See `Disk`: room is reserved, what was not written reads as zeros."""
        self.boundary("create")
        if self.sick.no_room:
            raise OSError(errno.ENOSPC, "no room (simulated)")
        self._maybe_fail("create")
        for files in (self.cache, self.durable):
            files.setdefault(name, bytearray())
        self.boundary("created")

    def write(self, name: str, offset: int, data: bytes) -> None:
        """See `Disk`."""
        self.boundary("write")
        self._maybe_fail("write")
        _put(self.cache[name], offset, data)
        self.pending.setdefault(name, []).append((offset, bytes(data)))
        self.boundary("written")

    def sync(self, name: str) -> None:
        """See `Disk`."""
        self.boundary("sync")
        if "sync" in self.sick.errors:
            self.failed_syncs += 1
            error = self.sick.errors["sync"]
            if self.sick.is_once:
                # The kernel has dropped the pages and calls them clean: the next sync says nothing of them.
                self.sick.errors.clear()
                self.pending.pop(name, None)
                self.lost.append(name)
            raise OSError(error, "sync failed (simulated)")
        if self.sick.lies and self.pending.get(name):
            self.lied = True
            self.on_sync(name, self.cache[name])
            return
        for offset, data in self.pending.pop(name, ()):
            _put(self.durable[name], offset, data)
        # What a lie has swallowed was counted, and leaves a hole in what is there.
        self.on_sync(name, self.cache[name] if self.lied else self.durable[name])
        self.boundary("synced")

    def truncate(self, name: str, size: int) -> None:
        """See `Disk`."""
        self.boundary("truncate")
        self._maybe_fail("truncate")
        del self.cache[name][size:]
        self.pending.pop(name, None)
        self.durable[name] = bytearray(self.cache[name])
        self.boundary("truncated")

    def replace(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        self.boundary("replace")
        self._maybe_fail("replace")
        self.cache[name] = bytearray(data)
        self.durable[name] = bytearray(data)
        self.pending.pop(name, None)
        self.boundary("replaced")

    def remove(self, name: str) -> None:
        """See `Disk`."""
        self.boundary("remove")
        for files in (self.cache, self.durable, self.pending):
            files.pop(name, None)  # type: ignore[attr-defined]
        self.boundary("removed")

    def read(self, name: str, length: int = -1) -> bytes:
        """See `Disk`."""
        if name not in self.cache:
            raise FileNotFoundError(name)
        file = self.cache[name]
        return bytes(file) if length < 0 else bytes(file[:length])

    def names(self, folder: str = "") -> list[str]:
        """See `Disk`."""
        front = f"{folder}/" if folder else ""
        inside = [name.removeprefix(front) for name in self.cache if name.startswith(front)]
        return sorted(name for name in inside if "/" not in name)

    def lock(self) -> None:
        """See `Disk`: a process that is gone holds nothing."""
        self.is_locked = True

    def close(self) -> None:
        """See `Disk`."""
        self.is_locked = False

    def _maybe_fail(self, operation: str) -> None:
        error = self.sick.errors.get(operation)
        if error is not None:
            raise OSError(error, f"{operation} failed (simulated)")

    # --- what happens to it -----------------------------------------------------------------------------------

    def lose_power(self, draws: Draws) -> int:
        """Forget the cache: unsynced writes survive by sectors, some torn. Return how many writes were unsynced."""
        loose = 0
        for name, writes in self.pending.items():
            file = self.durable.get(name)
            if file is None:
                continue
            loose += len(writes)
            mode = draws.below(4)  # all, none, a prefix, any sectors
            for offset, data in writes:
                _survive(file, offset, data, mode, draws)
        self.pending.clear()
        self.cache = {name: bytearray(data) for name, data in self.durable.items()}
        return loose

    def lose_process(self) -> None:
        """Only the process dies: the system writes its cache out in its own time."""
        for name, writes in self.pending.items():
            for offset, data in writes:
                if name in self.durable:
                    _put(self.durable[name], offset, data)
        self.pending.clear()

    def clone(self) -> "SimDisk":
        """Return a healthy copy as it would be found after the process died."""
        copy = SimDisk()
        copy.cache = {name: bytearray(data) for name, data in self.cache.items()}
        copy.durable = {name: bytearray(data) for name, data in self.cache.items()}
        return copy

    def flip(self, name: str, offset: int, bit: int) -> None:
        """Change one bit, durably."""
        for files in (self.cache, self.durable):
            files[name][offset] ^= 1 << bit


def _put(file: bytearray, offset: int, data: bytes) -> None:
    if offset > len(file):
        file.extend(bytes(offset - len(file)))
    file[offset : offset + len(data)] = data


def _survive(file: bytearray, offset: int, data: bytes, mode: int, draws: Draws) -> None:
    """Let some of the sectors of one unsynced write reach the platter."""
    if mode == 1:
        return
    if mode == 0:
        _put(file, offset, data)
        return
    start, end = offset, offset + len(data)
    keep = draws.between(0, len(data)) if mode == 2 else 0
    while start < end:
        stop = min(end, start - start % SECTOR + SECTOR)
        if mode == 2:
            stop = min(stop, offset + keep)
            if start >= stop:
                return
            _put(file, start, data[start - offset : stop - offset])
        elif draws.chance(0.5):
            _put(file, start, data[start - offset : stop - offset])
        start = stop
