"""The reserve file: last words after a failure."""

import errno

import pytest

from openbell.edges.journal.disk import DiskFailed
from openbell.edges.journal.faulty import FaultyDisk, flip_bit
from openbell.edges.journal.head import Head
from openbell.edges.journal.reserve import RESERVE, Reserve, make_reserve, read_saved, torn_reserve

LAST = Head(4, b"\7" * 32, 1)


def filled(count: int) -> FaultyDisk:
    """Return a disk whose reserve holds `count` records."""
    disk = FaultyDisk()
    make_reserve(disk, 4096)
    reserve = Reserve(disk, 4096, LAST)
    for _ in range(count):
        reserve.append(b"cancel")
    return disk


def test_records_continue_seq_and_chain() -> None:
    saved = read_saved(filled(3))
    assert saved is not None
    assert (saved.first, saved.previous, saved.seq, len(saved.data), saved.damage) == (5, LAST.digest, 7, 216, "")


def test_an_empty_or_missing_reserve_holds_nothing() -> None:
    assert read_saved(filled(0)) is None
    assert read_saved(FaultyDisk()) is None
    assert torn_reserve(FaultyDisk(), None) == b""


def test_a_torn_end_is_dropped() -> None:
    disk = filled(2)
    flip_bit(disk, RESERVE, 140)
    saved = read_saved(disk)
    assert saved is not None
    assert (saved.first, saved.seq, saved.damage) == (5, 5, "")
    assert torn_reserve(disk, saved)
    flip_bit(disk, RESERVE, 30)
    assert read_saved(disk) is None


@pytest.mark.parametrize("byte", [3, 20, 40, 70, 71])
def test_an_invalid_record_before_a_valid_one_is_damage(byte: int) -> None:
    disk = filled(2)
    flip_bit(disk, RESERVE, byte)
    saved = read_saved(disk)
    assert saved is not None
    assert saved.damage


def test_a_used_up_or_failed_reserve_takes_no_more() -> None:
    disk = FaultyDisk()
    make_reserve(disk, 100)
    reserve = Reserve(disk, 100, LAST)
    assert reserve.append(b"1") == 5
    with pytest.raises(DiskFailed, match="no more"):
        reserve.append(b"2")
    disk = filled(0)
    disk.failures["sync"] = errno.EIO
    reserve = Reserve(disk, 4096, LAST)
    with pytest.raises(DiskFailed, match="Input/output"):
        reserve.append(b"1")
    disk.failures.clear()
    with pytest.raises(DiskFailed, match="no more"):
        reserve.append(b"1")
