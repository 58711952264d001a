"""Snapshot files."""

from openbell.edges.journal.disk import MemoryDisk
from openbell.edges.journal.snapshots import (
    Snapshot,
    prune_snapshots,
    read_points,
    read_snapshot,
    snapshot_name,
    write_snapshot,
)


def test_snapshot_reads_back_and_damage_is_seen() -> None:
    disk = MemoryDisk()
    for seq in (1, 2):
        write_snapshot(disk, Snapshot(seq, bytes([seq]) * 32, b"body"))
    assert read_snapshot(disk, snapshot_name(1)) == Snapshot(1, b"\1" * 32, b"body")
    disk.files[snapshot_name(2)][50] ^= 1
    disk.replace(snapshot_name(3), b"x")
    disk.replace(snapshot_name(4), disk.read(snapshot_name(1)))
    assert read_snapshot(disk, snapshot_name(9)) is None
    assert read_points(disk) == ({1: b"\1" * 32}, tuple(snapshot_name(seq) for seq in (2, 3, 4)))


def test_the_newest_three_stay() -> None:
    disk = MemoryDisk()
    for seq in range(1, 6):
        write_snapshot(disk, Snapshot(seq, bytes(32), b""))
    assert prune_snapshots(disk, [5, 4, 3, 2, 1]) == [3, 4, 5]
    assert len(disk.names("snapshots")) == 3
