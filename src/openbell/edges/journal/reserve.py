"""The reserve: a small file for the last words of a log that failed or is full.

Its records continue seq and chain of the last *durable* record of the log. Whatever the segments hold behind that
record was never confirmed, so it is superseded: the reserve wins. Each of its records is synced before the next is
written, so an invalid one that is followed by a valid one is damage, and one at the end is a torn tail.
"""

import msgspec

from openbell.edges.journal.disk import Disk, DiskFailed
from openbell.edges.journal.head import Head
from openbell.edges.journal.record import ALIGN, GENESIS, HEADER, decode, encode, find_later, used_bytes, walk

RESERVE = "reserve.seg"


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The records found in a reserve file."""

    first: int
    """Seq of the first record."""
    previous: bytes
    """Chain hash that the first record names, 32 bytes."""
    seq: int
    digest: bytes
    """Chain hash after the last record, 32 bytes."""
    data: bytes
    """The valid records' bytes, padding included."""
    damage: str
    """Why a record behind the last valid one must have been durable; empty for none."""


def read_saved(disk: Disk) -> Saved | None:
    """Return the records of the reserve, None for none; a torn one may be dropped."""
    try:
        data = disk.read(RESERVE)
    except FileNotFoundError:
        return None
    first = decode(data, 0)
    previous = HEADER.unpack_from(data)[-1] if first else GENESIS
    chain = list(walk(data, 0, first.seq - 1, previous)) if first else []
    stop = chain[-1].end if chain else 0
    later = next(find_later(data, stop + ALIGN), None)
    damage = f"seq {later.seq} was written after it was durable" if later else ""
    if chain:
        seq, digest = chain[-1].seq, chain[-1].digest
        return Saved(first=chain[0].seq, previous=previous, seq=seq, digest=digest, data=data[:stop], damage=damage)
    if later:
        return Saved(first=later.seq, previous=previous, seq=later.seq - 1, digest=previous, data=b"", damage=damage)
    return None


def torn_reserve(disk: Disk, saved: Saved | None) -> bytes:
    """Return what follows the valid records, up to the last byte that is not zero."""
    try:
        data = disk.read(RESERVE)
    except FileNotFoundError:
        return b""
    return used_bytes(data, len(saved.data) if saved else 0)


def make_reserve(disk: Disk, size: int) -> None:
    """Put an empty reserve of `size` bytes in place of any old one.

    Removing it is one step of the disk: records that were moved can not half remain.
    """
    disk.remove(RESERVE)
    disk.create(RESERVE, size)


class Reserve:
    """Writes the reserve, one synced record at a time."""

    def __init__(self, disk: Disk, size: int, last: Head) -> None:
        """Continue the chain behind `last`; `size` is the file's length in bytes."""
        self._disk = disk
        self._size = size
        self._offset = 0
        self._is_broken = False
        self.last = last
        """The last durable (seq, hash)."""

    def append(self, payload: bytes) -> int:
        """Write one record, make it durable and return its seq.

        Raises:
            DiskFailed: The reserve is used up or its disk failed; it then takes no more.
        """
        record, digest = encode(payload, self.last.seq + 1, self.last.seq, self.last.digest)
        if self._is_broken or self._offset + len(record) > self._size:
            raise DiskFailed("the reserve takes no more records")
        try:
            self._disk.write(RESERVE, self._offset, record)
            self._disk.sync(RESERVE)
        except OSError as error:
            self._is_broken = True
            raise DiskFailed(f"the reserve failed: {error}") from error
        self._offset += len(record)
        self.last = Head(self.last.seq + 1, digest, self.last.epoch)
        return self.last.seq
