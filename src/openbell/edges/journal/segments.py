"""Which segment files are ready to be written, made ahead of need."""

import threading

from openbell.edges.journal.compress import segment_name, segment_names
from openbell.edges.journal.disk import Disk


class Segments:
    """Pre-allocates segment files, each once in the life of a writer."""

    def __init__(self, disk: Disk, size: int) -> None:
        """Make segments of `size` bytes on `disk`."""
        self._disk = disk
        self._made: set[int] = set()
        self._lock = threading.Lock()
        self.size = size

    def ensure(self, number: int) -> None:
        """Return when segment `number` is there in full, durably.

        Raises OSError, having changed nothing.
        """
        with self._lock:
            if number not in self._made:
                self._disk.create(segment_name(number), self.size)
                self._made.add(number)

    def has(self, number: int) -> bool:
        """Return whether `ensure` made the segment."""
        return number in self._made

    def trim(self, number: int, used: int) -> None:
        """Give back the room behind the last record, `used` bytes into segment `number`.

        Does nothing where this writer made no such segment. Raises OSError.
        """
        if number not in self._made:
            return
        for later in [name for name in segment_names(self._disk) if name > number]:
            self._disk.remove(segment_name(later))
        self._disk.truncate(segment_name(number), used)
