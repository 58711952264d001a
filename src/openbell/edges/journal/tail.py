"""Follow a log that another process writes: each look reads only what is new.

Records in the reserve are not seen before the writer has moved them into the log.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from openbell.edges.journal.compress import read_segment, segment_name, segment_names
from openbell.edges.journal.disk import OsDisk
from openbell.edges.journal.reader import Entry, digest_of
from openbell.edges.journal.record import ALIGN, GENESIS, HEADER, HEADER_BYTES, MAGIC, walk

CHUNK_BYTES = 1 << 20
"""Read at a time; a longer record is read whole."""


class Rewritten(Exception):
    """The log no longer holds what was read: it was begun anew at an earlier record."""


class Tail:
    """A place in a log, and what comes behind it.

    Attributes:
        seq: Last record read, 0 for none.
    """

    def __init__(self, folder: Path, after: Entry | None = None) -> None:
        """Begin behind a record, or at the beginning. Nothing is opened yet."""
        self.seq = after.seq if after is not None else 0
        self._folder, self._disk = folder, OsDisk(folder)
        self._digest = digest_of(after) if after is not None else GENESIS
        self._number = self._offset = 0
        self._file = -1
        # A finished segment that is there in compressed form only.
        self._whole = b""

    def __enter__(self) -> Self:
        """Return itself; `close` at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file that is open; a later look opens it again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self) -> Iterator[Entry]:
        """Yield the records that have come since the last look.

        Raises:
            Rewritten: What was read is not what the log holds now.
        """
        if not self._number and not self._find():
            return
        while True:
            yield from self._read_segment()
            if not self._has_next():
                return
            # The next one has begun, so this one is whole now: what was written to it meanwhile comes first.
            yield from self._read_segment()
            self._open(self._number + 1, 0)

    def _find(self) -> bool:
        """Find the segment to begin with, and the place in it; return False where there is none yet."""
        numbers = list(segment_names(self._disk))
        for number in reversed(numbers):
            data = read_segment(self._disk, number)
            first = HEADER.unpack_from(data) if len(data) >= HEADER_BYTES else None
            if first is None or first[0] != MAGIC or first[4] > self.seq + 1:
                continue
            place = 0
            for found in walk(data, 0, first[4] - 1, first[6]):
                if found.seq > self.seq:
                    break
                place = found.end
            self._open(number, place)
            return True
        return False

    def _open(self, number: int, offset: int) -> None:
        self.close()
        self._number, self._offset, self._whole = number, offset, b""
        try:
            self._file = os.open(self._folder / segment_name(number), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            self._whole = read_segment(self._disk, number)

    def _bytes(self, length: int) -> bytes:
        if self._file < 0:
            return self._whole[self._offset : self._offset + length]
        return os.pread(self._file, length, self._offset)

    def _read_segment(self) -> Iterator[Entry]:
        while True:
            front = self._bytes(HEADER_BYTES)
            if len(front) < HEADER_BYTES:
                return
            magic, length, _, _, seq, _, previous = HEADER.unpack_from(front)
            if magic != MAGIC:
                return
            if seq != self.seq + 1 or previous != self._digest:
                raise Rewritten(f"{self._folder}: record {seq} does not follow the one that was read before it")
            data = self._bytes(max(CHUNK_BYTES, HEADER_BYTES + length + ALIGN))
            before = self.seq
            for found in walk(data, 0, self.seq, self._digest):
                entry = Entry(found.seq, data[found.start + HEADER_BYTES : found.stop], data[found.start : found.end])
                self.seq, self._digest = found.seq, found.digest
                self._offset += found.end - found.start
                yield entry
            if self.seq == before:
                return  # Half of it is written: the rest comes.

    def _has_next(self) -> bool:
        """Return True if the next segment has begun."""
        number = self._number + 1
        names = segment_names(self._disk)
        if number not in names:
            return False
        front = self._disk.read(names[number], HEADER_BYTES) if names[number] == segment_name(number) else MAGIC
        return front.startswith(MAGIC)
