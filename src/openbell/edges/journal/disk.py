"""The port `Disk` through which the log touches storage, and its two implementations.

`OsDisk` is a directory of the operating system. `MemoryDisk` is always durable, for backtests and tests. A simulated
disk with faults implements the same port. Each operation raises OSError when the storage fails.
"""

import errno
import fcntl
import os
from pathlib import Path
from typing import Protocol

from openbell.files import sync_folder

AHEAD_BYTES = 256 << 10
"""Reserved room is filled with zeros this far ahead of the data, by the write that reaches it. The sync of a block that
was only reserved makes the file system note that it has contents now: 190 us where a block written before takes 100."""
PRIVATE_MODE = 0o700
_FILE_MODE = 0o600


class DiskFailed(Exception):
    """The log can no longer promise durability; the message says why. Never retried."""


class DiskFull(DiskFailed):
    """No room for the next segment; the record asked for was not taken."""


class AlreadyRunning(Exception):
    """Another process writes this log."""

    def __init__(self, place: str, pid: int) -> None:
        """Name the log's `place` and the writer's process id, 0 where it is unknown."""
        super().__init__(f"{place} is in use by process {pid}")
        self.pid = pid


class Disk(Protocol):
    """Flat named files; a name may have one folder in front. Sizes and offsets are bytes."""

    def create(self, name: str, size: int) -> None:
        """Make the file where it is missing and reserve `size` bytes; durable on return.

        New bytes are zeros. On failure the file is as it was before.
        """

    def write(self, name: str, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset`; not yet durable."""

    def sync(self, name: str) -> None:
        """Make the file's data durable."""

    def truncate(self, name: str, size: int) -> None:
        """Cut the file to `size` bytes; durable on return."""

    def replace(self, name: str, data: bytes) -> None:
        """Put `data` in place of the whole file, all or nothing; durable on return."""

    def remove(self, name: str) -> None:
        """Delete the file if it is there; durable on return."""

    def read(self, name: str, length: int = -1) -> bytes:
        """Return the first `length` bytes, all of them for -1; zeros at the end may be missing.

        Raises FileNotFoundError.
        """

    def names(self, folder: str = "") -> list[str]:
        """Return the sorted names of the files in `folder`, without it; empty where it is missing."""

    def lock(self) -> None:
        """Become the one writer. Raises AlreadyRunning."""

    def close(self) -> None:
        """Give up the lock and all open files."""


MOST_TRIES = 100_000
"""Looks for a lock that somebody holds who only asks, some tenths of a second: one who was stopped in it may stay."""


def _takes(descriptor: int, how: int) -> bool:
    """Take the lock on an open file, or return False where another holds it so that it cannot be had now."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class OsDisk:
    """A directory of the operating system.

    Reading never changes it; `lock` makes it, with mode 0700.
    """

    def __init__(self, directory: Path | str) -> None:
        """Name the directory; nothing is touched yet."""
        self._directory = Path(directory)
        self._open: dict[str, int] = {}
        # Reserved here and never written: (first byte, end) by file.
        self._blank: dict[str, tuple[int, int]] = {}
        self._lock = -1

    def create(self, name: str, size: int) -> None:
        """See `Disk`."""
        path = self._directory / name
        was_there = path.exists()
        descriptor = self._descriptor(name)
        before = os.fstat(descriptor).st_size
        try:
            if size > before:
                os.posix_fallocate(descriptor, 0, size)
                self._blank[name] = before, size
            os.fsync(descriptor)
        except OSError:
            # A file that is half allocated must not eat the room that the reserve's user may still need.
            self._blank.pop(name, None)
            os.ftruncate(descriptor, before)
            if not was_there:
                self.remove(name)
            raise
        sync_folder(path.parent)

    def write(self, name: str, offset: int, data: bytes) -> None:
        """See `Disk`."""
        descriptor, rest = self._descriptor(name), memoryview(data + self._zeros(name, offset + len(data)))
        while rest:
            done = os.pwrite(descriptor, rest, offset)
            rest, offset = rest[done:], offset + done

    def sync(self, name: str) -> None:
        """See `Disk`."""
        os.fdatasync(self._descriptor(name))

    def truncate(self, name: str, size: int) -> None:
        """See `Disk`."""
        descriptor = self._descriptor(name)
        self._blank.pop(name, None)
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)

    def replace(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        path = self._directory / name
        if not path.parent.exists():
            path.parent.mkdir(mode=PRIVATE_MODE)
            sync_folder(path.parent.parent)
        draft = path.with_name(path.name + ".tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._forget(name)
        draft.rename(path)
        sync_folder(path.parent)

    def remove(self, name: str) -> None:
        """See `Disk`."""
        self._forget(name)
        path = self._directory / name
        path.unlink(missing_ok=True)
        sync_folder(path.parent)

    def read(self, name: str, length: int = -1) -> bytes:
        """See `Disk`."""
        with (self._directory / name).open("rb") as file:
            # Room that was only reserved is not read: 64 MiB of zeros would cost each start a tenth of a second a time.
            return file.read(_contents_end(file.fileno()) if length < 0 else length)

    def names(self, folder: str = "") -> list[str]:
        """See `Disk`."""
        path = self._directory / folder
        if not path.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(path) if entry.is_file() and not entry.name.endswith(".tmp"))

    def lock(self) -> None:
        """See `Disk`."""
        if not self._directory.exists():
            self._directory.parent.mkdir(parents=True, exist_ok=True)
            self._directory.mkdir(mode=PRIVATE_MODE, exist_ok=True)
            sync_folder(self._directory.parent)
        descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, _FILE_MODE)
        tries = 0
        while not _takes(descriptor, fcntl.LOCK_EX):
            tries += 1
            # Whoever only asks who writes holds it for a moment, beside others; a writer holds it alone.
            if tries > MOST_TRIES or not _takes(descriptor, fcntl.LOCK_SH):
                text = os.pread(descriptor, 20, 0).decode("ascii", "replace")
                os.close(descriptor)
                raise AlreadyRunning(str(self._directory), int(text) if text.isdecimal() else 0)
            os.sched_yield()
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._lock = descriptor

    def close(self) -> None:
        """See `Disk`."""
        for name in list(self._open):
            self._forget(name)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _zeros(self, name: str, end: int) -> bytes:
        """Return what is written along with data that reaches to `end`: zeros where there are only zeros already."""
        first, size = self._blank.get(name, (end, end))
        if end <= first:
            return b""
        filled = min(end + AHEAD_BYTES, size)
        self._blank[name] = filled, size
        return bytes(max(filled - end, 0))

    def _descriptor(self, name: str) -> int:
        descriptor = self._open.get(name)
        if descriptor is None:
            descriptor = os.open(self._directory / name, os.O_RDWR | os.O_CREAT, _FILE_MODE)
            self._open[name] = descriptor
        return descriptor

    def _forget(self, name: str) -> None:
        self._blank.pop(name, None)
        descriptor = self._open.pop(name, -1)
        if descriptor >= 0:
            os.close(descriptor)


def _contents_end(descriptor: int) -> int:
    """Return where the last stretch of a file that was ever written ends; zeros are behind it, or nothing."""
    end = 0
    while True:
        try:
            begin = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            os.lseek(descriptor, 0, os.SEEK_SET)
            return end
        end = os.lseek(descriptor, begin, os.SEEK_HOLE)


class MemoryDisk:
    """Files in memory, durable at once.

    Reserving room costs nothing: a file is as long as what was written.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.files: dict[str, bytearray] = {}
        self._is_locked = False

    def create(self, name: str, size: int) -> None:
        """See `Disk`; `size` is not needed, since readers take a short file as ending in zeros."""
        self.files.setdefault(name, bytearray())

    def write(self, name: str, offset: int, data: bytes) -> None:
        """See `Disk`."""
        file = self.files[name]
        if offset > len(file):
            file.extend(bytes(offset - len(file)))
        file[offset : offset + len(data)] = data

    def sync(self, name: str) -> None:
        """See `Disk`; it is durable already."""

    def truncate(self, name: str, size: int) -> None:
        """See `Disk`."""
        del self.files[name][size:]

    def replace(self, name: str, data: bytes) -> None:
        """See `Disk`."""
        self.files[name] = bytearray(data)

    def remove(self, name: str) -> None:
        """See `Disk`."""
        self.files.pop(name, None)

    def read(self, name: str, length: int = -1) -> bytes:
        """See `Disk`."""
        if name not in self.files:
            raise FileNotFoundError(name)
        file = self.files[name]
        return bytes(file) if length < 0 else bytes(file[:length])

    def names(self, folder: str = "") -> list[str]:
        """See `Disk`."""
        front = f"{folder}/" if folder else ""
        # The copy is one step, so another thread may add a file meanwhile.
        inside = [name.removeprefix(front) for name in list(self.files) if name.startswith(front)]
        return sorted(name for name in inside if "/" not in name)

    def lock(self) -> None:
        """See `Disk`."""
        if self._is_locked:
            raise AlreadyRunning("the disk in memory", os.getpid())
        self._is_locked = True

    def close(self) -> None:
        """See `Disk`."""
        self._is_locked = False
