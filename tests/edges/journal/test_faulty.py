"""The simulated disk loses what it should, and nothing else."""

import errno
from collections.abc import Callable

import pytest

from openbell.edges.journal.faulty import FaultyDisk, PowerLost, flip_bit


def always(answer: int) -> Callable[[int], int]:
    """Return a choice that is always `answer`."""
    return lambda _: answer


def test_synced_writes_survive_and_unsynced_sectors_may() -> None:
    disk = FaultyDisk()
    disk.create("a", 0)
    disk.write("a", 0, b"x" * 600)
    disk.sync("a")
    disk.write("a", 600, b"y" * 600)
    assert disk.after_crash(always(0)).read("a") == b"x" * 600
    assert disk.after_crash(always(1)).read("a") == b"x" * 600 + b"y" * 600
    choices = iter([0, 1])
    assert disk.after_crash(lambda _: next(choices)).read("a")[600:] == bytes(424) + b"y" * 176
    assert disk.survivor().read("a") == b"x" * 600 + b"y" * 600


def test_power_goes_in_the_middle_of_an_operation() -> None:
    disk = FaultyDisk()
    disk.left = 1
    disk.replace("a", b"old")
    with pytest.raises(PowerLost):
        disk.replace("a", b"new")
    with pytest.raises(PowerLost):
        disk.remove("a")
    assert disk.after_crash(always(0)).read("a") == b"old"
    assert disk.after_crash(always(1)).read("a") == b"new"


def test_a_write_cut_by_power_may_survive_in_part() -> None:
    disk = FaultyDisk()
    disk.create("a", 0)
    disk.left = 0
    with pytest.raises(PowerLost):
        disk.write("a", 0, b"x" * 1024)
    choices = iter([1, 0])
    assert disk.after_crash(lambda _: next(choices)).read("a") == b"x" * 512


def test_after_a_failed_sync_no_later_sync_saves_the_data() -> None:
    disk = FaultyDisk()
    disk.create("a", 0)
    disk.write("a", 0, b"x")
    disk.failures["sync"] = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        disk.sync("a")
    disk.failures.clear()
    disk.sync("a")
    assert disk.read("a") == b"x"
    assert disk.after_crash(always(0)).read("a") == b""


def test_a_flipped_bit_stays() -> None:
    disk = FaultyDisk()
    disk.replace("a", b"a")
    flip_bit(disk, "a", 0)
    assert disk.read("a") == disk.after_crash(always(0)).read("a") == b"`"
