"""Where the level of a budget is kept: in memory, or in a file that processes share.

The file is for its owner alone and locked while it is changed; a process that dies lets go of it.
"""

import fcntl
import hashlib
import os
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class Level(msgspec.Struct, kw_only=True):
    """What is left of a budget.

    Attributes:
        left: Billionths of a request; below 0 for what is still to be earned. at: When that was, UTC ns, 0 for never.
        closed_until: Nothing but cancels before that instant, UTC ns. shut_until: Nothing at all before that one.
        spoilt: Why nobody knows any of it, empty where somebody does; it is not kept.
    """

    left: int
    at: int = 0
    closed_until: int = 0
    shut_until: int = 0
    spoilt: str = ""


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

    def __init__(self, path: Path, left: int, now_s: Callable[[], float] = time.monotonic) -> None:
        """Share `path`, made with its folder if missing; its first level is `left`.

        `now_s` tells how long the lock has been waited for, s.

        Raises:
            OSError: It cannot be opened.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Each question comes with a budget of its own: the file is let go of with the last who knows it.
        self._closing = weakref.finalize(self, os.close, self._file)
        self._first = left
        self._now_s = now_s

    @contextmanager
    def hold(self) -> Iterator[Level]:
        """Lend the level under a lock; it is written back if it was changed.

        Raises:
            Busy: Somebody holds it for longer than anybody should.
        """
        self._lock()
        try:
            raw = os.pread(self._file, _SIZE, 0)
            level = _read(raw, self._first, self._path)
            yield level
            made = _written(level)
            if made != raw and not level.spoilt:
                os.pwrite(self._file, made, 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _lock(self) -> None:
        """Take the lock, but wait for nobody who hangs: cancels must get out."""
        end_s = 0.0
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                now_s = self._now_s()
                end_s = end_s or now_s + _PATIENCE_S
                if now_s >= end_s:
                    raise Busy from None
                # Where others want the processor this can take as long as their turn: the clock counts, not the tries.
                os.sched_yield()
            else:
                return

    def close(self) -> None:
        """Let go of the file."""
        self._closing()


_PATIENCE_S = 0.02
"""With a lock that is held for some microseconds each time."""
_WIDTH = 24
_SIZE = 4 * _WIDTH
"""Four numbers in plain digits, so that a person can read the file; the last one may be missing."""


def _read(raw: bytes, first: int, path: Path) -> Level:
    """Return the level of a file: `first` for a new one, nothing at all for one that makes no sense."""
    if not raw:
        return Level(left=first)
    try:
        left, at, closed, *shut = (int(part) for part in raw.split())
        (shut_until,) = shut or (0,)
        shut_until.to_bytes(8, signed=True)
    except (ValueError, OverflowError):
        return Level(left=0, spoilt=f"{path} cannot be read, which says what may still be sent; it is begun anew")
    return Level(left=left, at=at, closed_until=closed, shut_until=shut_until)


def _written(level: Level) -> bytes:
    numbers = (level.left, level.at, level.closed_until, level.shut_until)
    return b"".join(b"%*d\n" % (_WIDTH - 1, number) for number in numbers)


def place(folder: Path, broker: str, key: str) -> Path:
    """Return the file of a broker's `key`, which does not stand in its name."""
    return folder / f"{broker}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.rate"
