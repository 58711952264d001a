"""Snapshot files: bytes that stand for everything up to one (seq, hash) of the log.

A snapshot is written after the log is durable up to its seq, so it also proves that the log once reached it. It counts
only while the log holds its (seq, hash).
"""

import struct
import zlib
from typing import NamedTuple

from openbell.edges.journal.disk import Disk

FOLDER = "snapshots"
KEPT = 3
"""How many of the newest snapshots stay."""
_MAGIC = b"OBS1"
_FRONT = struct.Struct("<4sI")
_COVERED = struct.Struct("<Q32s")


class Snapshot(NamedTuple):
    """A snapshot read back."""

    seq: int
    digest: bytes
    """Chain hash of the log after `seq`, 32 bytes."""
    body: bytes


def snapshot_name(seq: int) -> str:
    """Return the file name of the snapshot at `seq`."""
    return f"{FOLDER}/{seq:012d}.snap"


def write_snapshot(disk: Disk, snapshot: Snapshot) -> None:
    """Write the file, all or nothing; the log must be durable up to its seq."""
    covered = _COVERED.pack(snapshot.seq, snapshot.digest) + snapshot.body
    disk.replace(snapshot_name(snapshot.seq), _FRONT.pack(_MAGIC, zlib.crc32(covered)) + covered)


def read_snapshot(disk: Disk, name: str) -> Snapshot | None:
    """Return the snapshot in the file `name`, None where it is missing or damaged."""
    try:
        raw = disk.read(name)
    except FileNotFoundError:
        return None
    covered = raw[_FRONT.size :]
    if len(covered) < _COVERED.size or _FRONT.unpack_from(raw) != (_MAGIC, zlib.crc32(covered)):
        return None
    seq, digest = _COVERED.unpack_from(covered)
    return Snapshot(seq, digest, covered[_COVERED.size :])


def read_points(disk: Disk) -> tuple[dict[int, bytes], tuple[str, ...]]:
    """Return the hash that each readable snapshot names, by seq, and the damaged files."""
    points: dict[int, bytes] = {}
    damaged: list[str] = []
    for name in disk.names(FOLDER):
        snapshot = read_snapshot(disk, f"{FOLDER}/{name}")
        if snapshot is None or snapshot_name(snapshot.seq) != f"{FOLDER}/{name}":
            damaged.append(f"{FOLDER}/{name}")
        else:
            points[snapshot.seq] = snapshot.digest
    return points, tuple(damaged)


def prune_snapshots(disk: Disk, seqs: list[int]) -> list[int]:
    """Delete all but the newest `KEPT` snapshots and return the seqs kept, ascending."""
    ordered = sorted(seqs)
    for seq in ordered[:-KEPT]:
        disk.remove(snapshot_name(seq))
    return ordered[-KEPT:]
