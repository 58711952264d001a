"""Lease epochs of accounts: who may send orders to one, from whichever directory.

An account's epoch only grows. The engine takes the next one when it starts and says it with every order; a guardian
that takes a later one has fenced the engine at the venue and, at its next look, here.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from openbell.edges.journal import Fenced, OsDisk

_NAME_CHARS = 24


class Tenure:
    """The lease of one process on some accounts.

    Attributes:
        epoch: One number for all of them, higher than any before it on each.
    """

    def __init__(self, folder: Path, places: Iterable[str], floor: int = 0) -> None:
        """Take the next epoch of `places`, above `floor`, durably; earlier holders are fenced.

        The epochs are kept in `folder`. Raises OSError.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._disk = OsDisk(folder)
        self._names = [_name(place) for place in places]
        # One at a time: two that read the same epoch would both believe in the next.
        turn = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            self.epoch = max([floor, *(self._read(name) for name in self._names)]) + 1
            for name in self._names:
                self._disk.replace(name, str(self.epoch).encode())
        finally:
            os.close(turn)

    def check(self) -> None:
        """Do nothing while no later epoch of any of the accounts was taken.

        Raises:
            Fenced: One was.
        """
        latest = max((self._read(name) for name in self._names), default=0)
        if latest > self.epoch:
            raise Fenced(self.epoch, latest)

    def _read(self, name: str) -> int:
        try:
            return int(self._disk.read(name))
        except FileNotFoundError:
            return 0


def _name(place: str) -> str:
    return hashlib.sha256(place.encode()).hexdigest()[:_NAME_CHARS]
