"""Where the level of a budget is kept: in memory, or in a file that processes share.

The file is for its owner alone and locked while it is changed; a process that dies lets go of it.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class Level(msgspec.Struct, kw_only=True):
    """What is left of a budget.

    Attributes:
        left: Billionths of a request; below 0 for what is still to be earned. at: When that was, UTC ns, 0 for never.
        closed_until: Nothing but cancels before that instant, UTC ns. shut_until: Nothing at all before that one.
    """

    left: int
    at: int = 0
    closed_until: int = 0
    shut_until: int = 0


class Busy(Exception):
    """Nobody can tell what is left: another process holds the level and does not let go."""


class Own:
    """A level of this process alone."""

    def __init__(self, left: int) -> None:
        """Begin with so much."""
        self._level = Level(left=left)

    @contextmanager
    def hold(self) -> Iterator[Level]:
        """Lend the level."""
        yield self._level


class Shared:
    """A level in a file, for every process of this user on this machine."""

    def __init__(self, path: Path, left: int) -> None:
        """Share `path`, made with its folder if missing; its first level is `left`.

        Raises:
            OSError: It cannot be opened.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._first = left

    @contextmanager
    def hold(self) -> Iterator[Level]:
        """Lend the level under a lock; it is written back if it was changed.

        Raises:
            Busy: Somebody holds it for longer than anybody should.
        """
        self._lock()
        try:
            raw = os.pread(self._file, _SIZE, 0)
            level = _read(raw, self._first)
            yield level
            made = _written(level)
            if made != raw:
                os.pwrite(self._file, made, 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _lock(self) -> None:
        """Take the lock, but wait for nobody who hangs: cancels must get out."""
        for _ in range(_TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.sched_yield()
            else:
                return
        raise Busy

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


_TRIES = 5_000
"""Of a lock that is held for some microseconds each time."""
_WIDTH = 24
_SIZE = 4 * _WIDTH
"""Four numbers in plain digits, so that a person can read the file; the last one may be missing."""


def _read(raw: bytes, first: int) -> Level:
    """Return the level of a file: `first` for a new one, nothing at all for one that makes no sense."""
    if not raw:
        return Level(left=first)
    try:
        numbers = [int(part) for part in raw.split()]
    except ValueError:
        return Level(left=0)
    if len(numbers) not in (3, 4):
        return Level(left=0)
    return Level(**dict(zip(Level.__struct_fields__, numbers, strict=False)))


def _written(level: Level) -> bytes:
    return b"".join(b"%*d\n" % (_WIDTH - 1, number) for number in msgspec.structs.astuple(level))


def place(folder: Path, broker: str, key: str) -> Path:
    """Return the file of a broker's `key`, which does not stand in its name."""
    return folder / f"{broker}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.rate"
