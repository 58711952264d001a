"""A simulated disk for the tester: it loses power and sectors, and fails on command.

Atomic operations of the port happen whole or not at all when the power goes in their middle; of unsynced writes any
set of 512-byte sectors may survive. After a failed sync the data is still read back, and no later sync brings it to
the disk: so do real kernels behave.
"""

import os
from collections.abc import Callable
from itertools import pairwise

from openbell.edges.journal.disk import Disk, MemoryDisk

SECTOR_BYTES = 512


class PowerLost(Exception):
    """The power is off: the process that used this disk is gone."""


class FaultyDisk:
    """Implements `Disk` in memory, with faults.

    Attributes:
        left: Operations until the power goes, in the middle of the one after; None for never.
        failures: Error number raised by each operation named here: create, write, sync, truncate, replace, remove.
        done: Names of the operations so far, in order.
    """

    def __init__(self, durable: MemoryDisk | None = None) -> None:
        """Begin with the files of `durable`, which is copied."""
        self._durable, self._cache = MemoryDisk(), MemoryDisk()
        for name, data in (durable.files if durable else {}).items():
            self._durable.files[name] = bytearray(data)
            self._cache.files[name] = bytearray(data)
        self._unsynced: list[tuple[str, int, bytes]] = []
        self._loose: list[tuple[str, int, bytes]] = []
        self._half: Callable[[MemoryDisk], None] | None = None
        self._is_off = False
        self.left: int | None = None
        self.failures: dict[str, int] = {}
        self.done: list[str] = []

    def after_crash(self, choose: Callable[[int], int]) -> "FaultyDisk":
        """Return the disk as found when the power is back.

        Args:
            choose: Returns a number from 0 to its argument less 1; decides what survives.
        """
        disk = FaultyDisk(self._durable)
        if self._half is not None and choose(2):
            self._half(disk._durable)
        for name, offset, data in [*self._loose, *self._unsynced]:
            for start, stop in _sectors(offset, len(data)):
                if name in disk._durable.files and choose(2):
                    disk._durable.write(name, start, data[start - offset : stop - offset])
        return FaultyDisk(disk._durable)

    def survivor(self) -> "FaultyDisk":
        """Return the disk as found when only the process died: the cache is still there."""
        return FaultyDisk(self._cache)

    def create(self, name: str, size: int) -> None:
        """See `Disk`."""
        self._change("create", lambda disk: disk.create(name, size))

    def write(self, name: str, offset: int, data: bytes) -> None:
        """See `Disk`."""
        try:
            self._begin("write")
        except PowerLost:
            self._unsynced.append((name, offset, data))
            raise
        self._cache.write(name, offset, data)
        self._unsynced.append((name, offset, data))

    def sync(self, name: str) -> None:
        """See `Disk`."""
        mine = [item for item in self._unsynced if item[0] == name]
        try:
            self._begin("sync")
        except OSError:
            self._loose += mine
            self._unsynced = [item for item in self._unsynced if item[0] != name]
            raise
        for _, offset, data in mine:
            self._durable.write(name, offset, data)
        self._unsynced = [item for item in self._unsynced if item[0] != name]

    def truncate(self, name: str, size: int) -> None:
        """See `Disk`."""
        self._change("truncate", lambda disk: disk.truncate(name, size), name)
        self._durable.files[name] = bytearray(self._cache.files[name])

    def replace(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        self._change("replace", lambda disk: disk.replace(name, data), name)

    def remove(self, name: str) -> None:
        """See `Disk`."""
        self._change("remove", lambda disk: disk.remove(name), name)

    def read(self, name: str, length: int = -1) -> bytes:
        """See `Disk`."""
        return self._cache.read(name, length)

    def names(self, folder: str = "") -> list[str]:
        """See `Disk`."""
        return self._cache.names(folder)

    def lock(self) -> None:
        """See `Disk`."""
        self._cache.lock()

    def close(self) -> None:
        """See `Disk`."""
        self._cache.close()

    def _begin(self, operation: str) -> None:
        """Count one operation, and raise what is due in it."""
        if self._is_off:
            raise PowerLost(operation)
        self.done.append(operation)
        if self.left == 0:
            self._is_off = True
            raise PowerLost(operation)
        if self.left is not None:
            self.left -= 1
        if operation in self.failures:
            raise OSError(self.failures[operation], os.strerror(self.failures[operation]))

    def _change(self, operation: str, apply: Callable[[MemoryDisk], None], settled: str = "") -> None:
        """Do an operation that is durable when it returns; unsynced writes to `settled` are then gone."""
        was_off = self._is_off
        try:
            self._begin(operation)
        except PowerLost:
            self._half = self._half if was_off else apply
            raise
        apply(self._cache)
        apply(self._durable)
        self._unsynced = [item for item in self._unsynced if item[0] != settled]
        self._loose = [item for item in self._loose if item[0] != settled]


def flip_bit(disk: Disk, name: str, offset: int) -> None:
    """Change one bit of the byte at `offset` of a file, durably."""
    disk.write(name, offset, bytes([disk.read(name)[offset] ^ 1]))
    disk.sync(name)


def _sectors(offset: int, length: int) -> list[tuple[int, int]]:
    """Cut the bytes from `offset` on at the disk's sector boundaries."""
    cuts = [*range(offset - offset % SECTOR_BYTES + SECTOR_BYTES, offset + length, SECTOR_BYTES)]
    edges = [offset, *cuts, offset + length]
    return list(pairwise(edges))
