"""Read the log without locks and without changing anything, also while a writer runs.

A reader sees every valid record, including some that the writer has not yet confirmed durable: after a power loss those
may be gone. Records in the reserve are read behind the segment records that they follow.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from openbell.edges.journal.compress import read_front, read_segment, segment_name, segment_names
from openbell.edges.journal.disk import Disk, OsDisk
from openbell.edges.journal.head import Head
from openbell.edges.journal.record import (
    ALIGN,
    GENESIS,
    HEADER,
    HEADER_BYTES,
    MAGIC,
    Found,
    place_of,
    used_bytes,
    walk,
)
from openbell.edges.journal.reserve import read_saved
from openbell.edges.journal.scan import JournalDamaged, inspect


class Entry(NamedTuple):
    """One record as read."""

    seq: int
    payload: bytes
    record_bytes: bytes
    """Header, payload and padding, as they stand in the log."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found."""

    is_sound: bool
    """True when the log may be opened: no durable record is lost or altered."""
    records: int
    seq: int
    """Last valid seq."""
    head_hash: bytes
    """Chain hash after it, 32 bytes."""
    has_head: bool
    """True when the head file names a (seq, hash) that the log holds."""
    in_reserve: int
    """Records that stand in the reserve."""
    problem: str
    """The first problem in words; empty for none. A torn tail is a problem, and still sound."""
    segment: str
    """File with the first problem; empty for none."""
    offset: int
    """Byte in it."""


def read_records(where: Disk | Path | str, from_seq: int = 1) -> Iterator[Entry]:
    """Yield the records from `from_seq` on; end before the first missing or invalid one.

    What lies before `from_seq` is not verified.
    """
    disk = _disk(where)
    saved = read_saved(disk)
    limit = saved.first - 1 if saved else None
    last = yield from _read_segments(disk, from_seq, limit)
    if saved is not None and last.seq == saved.first - 1 and last.digest == saved.previous:
        for found in walk(saved.data, 0, last.seq, last.digest):
            if found.seq >= from_seq:
                yield _entry(saved.data, found)


def read_first(where: Disk | Path | str) -> Entry | None:
    """Return the first record, None where there is no valid one.

    No more is read than it needs.
    """
    disk = _disk(where)
    number = next(iter(segment_names(disk)), 0)
    front = read_front(disk, number, HEADER_BYTES) if number else b""
    if len(front) < HEADER_BYTES:
        return next(read_records(disk), None)
    data = read_front(disk, number, HEADER_BYTES + HEADER.unpack_from(front)[1] + ALIGN)
    found = next(walk(data, 0, 0, GENESIS), None)
    return _entry(data, found) if found is not None else None


def verify(where: Disk | Path | str) -> Verdict:
    """Check every record, the chain and the head file, as opening would.

    What it finds is returned, never raised.
    """
    disk = _disk(where)
    try:
        found = inspect(disk)
    except JournalDamaged as damage:
        count, last = 0, None
        for entry in read_records(disk):
            count, last = count + 1, entry
        return Verdict(
            is_sound=False,
            records=count,
            seq=last.seq if last else 0,
            head_hash=GENESIS if last is None else digest_of(last),
            has_head=False,
            in_reserve=0,
            problem=str(damage),
            segment=damage.segment,
            offset=damage.offset,
        )
    scan, saved, last_point = found.scan, found.saved, found.last
    is_torn = bool(scan.rests)
    place = scan.problem or scan.end
    return Verdict(
        is_sound=True,
        records=scan.records + (last_point.seq - scan.seq),
        seq=last_point.seq,
        head_hash=last_point.digest,
        has_head=found.head is not None,
        in_reserve=saved.seq - saved.first + 1 if saved else 0,
        problem=f"bytes behind seq {scan.seq} that were never confirmed" if is_torn else "",
        segment=segment_name(place.number) if is_torn else "",
        offset=place.offset if is_torn else 0,
    )


def export_raw(where: Disk | Path | str, out_file: Path | str) -> int:
    """Write all valid records one after another to `out_file` and return their number.

    An export is a byte prefix of every later one, as long as no record that was exported before it was durable is
    lost with the disk.
    """
    count = 0
    with Path(out_file).open("wb") as out:
        for entry in read_records(where):
            out.write(entry.record_bytes)
            count += 1
    return count


def _disk(where: Disk | Path | str) -> Disk:
    return OsDisk(where) if isinstance(where, Path | str) else where


def digest_of(entry: Entry) -> bytes:
    """Return the chain hash after a record, 32 bytes."""
    found = next(walk(entry.record_bytes, 0, entry.seq - 1, HEADER.unpack_from(entry.record_bytes)[-1]))
    return found.digest


def _entry(data: bytes, found: Found) -> Entry:
    return Entry(found.seq, data[found.start + HEADER_BYTES : found.stop], data[found.start : found.end])


def _read_segments(disk: Disk, from_seq: int, limit: int | None) -> Generator[Entry, None, Head]:
    """Yield the segments' records from `from_seq` to `limit`, both included, and return the last point reached."""
    numbers = list(segment_names(disk))
    first = _first_segment(disk, numbers, from_seq)
    seq, digest = 0, GENESIS
    for number in numbers[numbers.index(first) if first else 0 :]:
        data = read_segment(disk, number)
        # From the record before, so that a log which ends there is not searched again from its beginning.
        begin = place_of(data, from_seq - 1) if number == first else 0
        if number == first and len(data) >= HEADER_BYTES:
            header = HEADER.unpack_from(data, begin)
            seq, digest = (header[4] - 1, header[6]) if header[0] == MAGIC else (seq, digest)
        offset = 0
        for found in walk(data, begin, seq, digest):
            if limit is not None and found.seq > limit:
                return Head(seq, digest, 0)
            seq, digest, offset = found.seq, found.digest, found.end
            if seq >= from_seq:
                yield _entry(data, found)
        if offset == 0 or used_bytes(data, offset):
            break
    return Head(seq, digest, 0)


def _first_segment(disk: Disk, numbers: list[int], from_seq: int) -> int:
    """Return the segment to begin with so as to meet `from_seq`; 0 for the log's beginning."""
    for number in reversed(numbers if from_seq > 1 else []):
        data = disk.read(segment_name(number), HEADER_BYTES) if _is_plain(disk, number) else read_segment(disk, number)
        if len(data) >= HEADER_BYTES:
            header = HEADER.unpack_from(data)
            if header[0] == MAGIC and header[4] <= from_seq:
                return number
    return 0


def _is_plain(disk: Disk, number: int) -> bool:
    return segment_names(disk)[number] == segment_name(number)
