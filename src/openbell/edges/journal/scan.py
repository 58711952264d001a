"""Judge a whole log without changing it: how far it is valid, and what the rest proves.

The log is one chain of records over the segments, then over the reserve file where records were saved after a failure.
The chain ends at the first invalid record. What stands behind tells a torn tail (never confirmed durable: may be cut)
from damage (was durable: refuse). Damage is proven by any of: a later valid record that says the seq was durable, a
snapshot at or behind it, the `head` file at or behind it, the reserve continuing behind it.
"""

import msgspec

from openbell.edges.journal.compress import read_segment, segment_name, segment_names
from openbell.edges.journal.disk import Disk
from openbell.edges.journal.head import Head, read_head
from openbell.edges.journal.lease import read_lease
from openbell.edges.journal.record import GENESIS, Found, find_later, used_bytes, walk
from openbell.edges.journal.reserve import RESERVE, Saved, read_saved
from openbell.edges.journal.snapshots import read_points


class JournalDamaged(Exception):
    """Durable records are lost or altered; the log must not be opened.

    Attributes:
        segment: File that holds the first problem.
        offset: Byte in it where the invalid record begins.
        seq: Number of the invalid record.
        proof: What shows that it was durable.
    """

    def __init__(self, segment: str, offset: int, seq: int, proof: str) -> None:
        """Name the place and the proof."""
        super().__init__(f"journal damaged at {segment} offset {offset}, seq {seq}: {proof}")
        self.segment, self.offset, self.seq, self.proof = segment, offset, seq, proof


class Place(msgspec.Struct, frozen=True):
    """A byte of the log: segment number from 1, offset in it."""

    number: int
    offset: int


class Rest(msgspec.Struct, frozen=True):
    """Bytes behind the valid chain, up to the last that is not zero."""

    number: int
    offset: int
    data: bytes


class Scan(msgspec.Struct, kw_only=True):
    """The valid chain of the segments and what stands behind it."""

    seq: int = 0
    digest: bytes = GENESIS
    end: Place = Place(1, 0)
    """Where the next record would go."""
    proven: int = 0
    """Largest seq that a valid record says was durable."""
    records: int = 0
    points: dict[int, bytes] = {}
    """Chain hash at each seq asked for that the log holds."""
    problem: Place | None = None
    """Where the first invalid record begins, None when only zeros follow the chain."""
    rests: tuple[Rest, ...] = ()
    later: str = ""
    """The later valid record which says that the invalid one was durable; empty for none."""


class Inspection(msgspec.Struct, kw_only=True):
    """All that is known of a log before anything is changed."""

    scan: Scan
    head: Head | None
    saved: Saved | None
    """Records in the reserve, None for none."""
    snapshots: tuple[int, ...]
    """Seqs of the snapshots that count, ascending."""
    skipped: tuple[str, ...]
    """Snapshot files that do not count."""

    @property
    def last(self) -> Head:
        """The last valid (seq, hash), reserve included."""
        tail = self.saved or self.scan
        return Head(tail.seq, tail.digest, 0)


def inspect(disk: Disk) -> Inspection:
    """Read and judge the whole log.

    Raises:
        JournalDamaged: Durable records are lost or altered; names the place and the proof.
    """
    try:
        head = read_head(disk)
        read_lease(disk)
    except ValueError as error:
        raise JournalDamaged("head or lease", 0, 0, str(error)) from error
    snapshots, broken = read_points(disk)
    saved = read_saved(disk)
    wanted = {0, *snapshots} | ({head.seq} if head else set())
    scan = scan_segments(disk, wanted, saved.first - 1 if saved else None)
    _refuse_damage(scan, head, max(snapshots, default=0), saved)
    counted = tuple(sorted(seq for seq, digest in snapshots.items() if scan.points.get(seq) == digest))
    strange = tuple(f"snapshot at {seq}" for seq in sorted(snapshots) if seq not in counted)
    return Inspection(scan=scan, head=head, saved=saved, snapshots=counted, skipped=broken + strange)


def scan_segments(disk: Disk, wanted: set[int], until: int | None = None) -> Scan:
    """Walk the chain through the segments and search what is behind its end.

    Args:
        disk: Only read.
        wanted: Seqs whose chain hash is to be kept in `points`.
        until: Seq behind which everything is superseded by the reserve; None to walk on.
    """
    scan = Scan(points={0: GENESIS})
    names = segment_names(disk)
    expected = 1
    for number in names:
        data = _read(disk, number) if number == expected else b""
        offset = 0
        if number == expected and (scan.end == Place(number - 1, scan.end.offset) or number == 1):
            offset = _walk_segment(scan, number, data, wanted, until)
        is_unreadable = not data and names[number].endswith(".xz")
        is_done = until is not None and scan.seq >= until
        if number != expected or is_unreadable or is_done or used_bytes(data, offset):
            _judge_rest(scan, disk, names, Place(expected, offset))
            if number != expected and scan.rests:
                scan.later = f"{names[number]} follows a missing segment"
            if is_unreadable:
                scan.later = f"{names[number]} is compressed, so it was durable, and can not be read"
            break
        expected += 1
    return scan


def _read(disk: Disk, number: int) -> bytes:
    try:
        return read_segment(disk, number)
    except FileNotFoundError:
        return b""


def _walk_segment(scan: Scan, number: int, data: bytes, wanted: set[int], until: int | None) -> int:
    """Carry `scan` through one segment and return the offset behind its last valid record."""
    if until is not None and scan.seq >= until:
        return 0
    found: Found | None = None
    proven, records = scan.proven, 0
    for found in walk(data, 0, scan.seq, scan.digest):
        records += 1
        if found.durable > proven:
            proven = found.durable
        if found.seq in wanted:
            scan.points[found.seq] = found.digest
        if found.seq == until:
            break
    if found is None:
        return 0
    scan.seq, scan.digest, scan.proven = found.seq, found.digest, proven
    scan.records += records
    scan.end = Place(number, found.end)
    return found.end


def _judge_rest(scan: Scan, disk: Disk, names: dict[int, str], stop: Place) -> None:
    """Collect what follows the chain from `stop` on and the best claim that it was durable."""
    rests: list[Rest] = []
    best: tuple[int, str] = (0, "")
    hole = False
    for number, name in names.items():
        if number < stop.number:
            continue
        start = stop.offset if number == stop.number else 0
        data = _read(disk, number)
        left = used_bytes(data, start)
        if left:
            rests.append(Rest(number, start, left))
        for found in find_later(data, start):
            hole = hole or (found.start == 0 and number == stop.number and found.seq > scan.seq + 1)
            claim = f"seq {found.seq} at {name} offset {found.start} says {found.durable} was durable"
            best = max(best, (found.durable, claim))
    scan.rests = tuple(rests)
    # A first record that is whole but too late means that the lost one stood before it, in the zeros of the segment
    # that the chain ended in.
    scan.problem = scan.end if hole else stop
    if best[0] > scan.seq:
        scan.later = best[1]


def _refuse_damage(scan: Scan, head: Head | None, snapshot: int, saved: Saved | None) -> None:
    """Raise `JournalDamaged` when anything shows that more than the valid chain was durable."""
    if saved is not None and not saved.data:
        raise JournalDamaged(RESERVE, 0, saved.seq, saved.damage)
    lost = scan.seq + 1
    proof = ""
    if saved is not None and (saved.first > lost or scan.digest != saved.previous):
        proof = f"the reserve continues behind seq {saved.first - 1}"
    elif saved is None and scan.later:
        proof = scan.later
    elif head is not None and head.seq >= lost:
        proof = f"the head file says seq {head.seq} was durable"
    elif snapshot >= lost:
        proof = f"a snapshot says seq {snapshot} was durable"
    if proof:
        place = scan.problem or scan.end
        raise JournalDamaged(segment_name(place.number), place.offset, lost, proof)
    if saved is not None and saved.damage:
        raise JournalDamaged(RESERVE, len(saved.data), saved.seq + 1, saved.damage)
    if head is not None and scan.points.get(head.seq) != head.digest:
        raise JournalDamaged("head", 0, head.seq, "the log holds another hash at this seq than the head file")
