"""The two product disks behave alike, and the real one is careful."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from openbell.edges.journal.disk import AHEAD_BYTES, AlreadyRunning, Disk, MemoryDisk, OsDisk


@pytest.fixture(params=["os", "memory"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    made: Disk = OsDisk(tmp_path / "deep" / "state") if request.param == "os" else MemoryDisk()
    made.lock()
    return made


def test_files_are_written_at_offsets_and_read_back(disk: Disk) -> None:
    disk.create("a.seg", 4096)
    disk.write("a.seg", 8, b"hello")
    disk.sync("a.seg")
    disk.create("a.seg", 4096)
    assert disk.read("a.seg").rstrip(b"\0") == bytes(8) + b"hello"
    assert disk.read("a.seg", 10) == bytes(8) + b"he"
    disk.truncate("a.seg", 10)
    assert disk.read("a.seg") == bytes(8) + b"he"
    disk.close()


def test_small_files_are_replaced_listed_and_removed(disk: Disk) -> None:
    disk.replace("snapshots/b", b"1")
    disk.replace("snapshots/a", b"2")
    disk.replace("snapshots/a", b"3")
    disk.replace("head", b"")
    assert disk.names("snapshots") == ["a", "b"]
    assert "head" in disk.names()
    assert "a" not in disk.names()
    assert disk.names("missing") == []
    assert disk.read("snapshots/a") == b"3"
    disk.remove("snapshots/a")
    disk.remove("snapshots/a")
    with pytest.raises(FileNotFoundError):
        disk.read("snapshots/a")
    disk.close()


def test_a_second_lock_is_refused_until_the_first_is_closed(disk: Disk, tmp_path: Path) -> None:
    other: Disk = OsDisk(tmp_path / "deep" / "state") if isinstance(disk, OsDisk) else disk
    with pytest.raises(AlreadyRunning) as caught:
        other.lock()
    assert caught.value.pid == os.getpid()
    disk.close()
    other.lock()
    other.close()


def test_whoever_asks_who_writes_just_then_keeps_nobody_from_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "lock").open("w+b") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        flock, tries = fcntl.flock, list[int]()

        def meanwhile(file: int, how: int) -> None:
            tries.append(how)
            if len(tries) == 5:
                flock(asking, fcntl.LOCK_UN)
            flock(file, how)

        monkeypatch.setattr(fcntl, "flock", meanwhile)
        disk = OsDisk(tmp_path)
        disk.lock()
        assert len(tries) >= 5
        with pytest.raises(BlockingIOError):
            flock(asking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        disk.close()


def test_who_asks_and_is_stopped_in_it_does_not_hold_up_a_start_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openbell.edges.journal.disk.MOST_TRIES", 50)
    with (tmp_path / "lock").open("w+b") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        with pytest.raises(AlreadyRunning):
            OsDisk(tmp_path).lock()
        fcntl.flock(asking, fcntl.LOCK_UN)
        OsDisk(tmp_path).lock()


def test_directory_is_private_and_reading_makes_none(tmp_path: Path) -> None:
    disk = OsDisk(tmp_path / "state")
    assert disk.names() == []
    assert not (tmp_path / "state").exists()
    disk.lock()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    disk.close()


@pytest.mark.parametrize("before", [0, 24])
def test_failed_allocation_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    disk = OsDisk(tmp_path)
    disk.lock()
    if before:
        disk.create("a", before)

    def refuse(descriptor: int, offset: int, length: int) -> None:
        os.ftruncate(descriptor, length // 2)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match="full"):
        disk.create("a", 4096)
    assert ([path.stat().st_size for path in tmp_path.glob("a")] or [0]) == [before]
    disk.close()


def test_room_reserved_is_filled_with_zeros_ahead_of_the_data(tmp_path: Path) -> None:
    disk = OsDisk(tmp_path / "state")
    disk.lock()
    disk.create("a.seg", 2 * AHEAD_BYTES)
    disk.write("a.seg", 0, b"first")
    disk.write("a.seg", 5, b"second")
    disk.write("a.seg", AHEAD_BYTES + 1, b"x" * 9)
    disk.write("a.seg", 2 * AHEAD_BYTES - 4, b"last")
    data = disk.read("a.seg")
    assert len(data) == 2 * AHEAD_BYTES
    assert data.replace(b"\0", b"") == b"firstsecond" + b"x" * 9 + b"last"
    disk.close()


def test_zeros_never_run_over_what_was_written_before(tmp_path: Path) -> None:
    disk = OsDisk(tmp_path / "state")
    disk.lock()
    disk.create("a.seg", 64)
    disk.write("a.seg", 32, b"later")
    disk.close()
    again = OsDisk(tmp_path / "state")
    again.create("a.seg", 64)
    again.write("a.seg", 0, b"early")
    assert again.read("a.seg").replace(b"\0", b"") == b"earlylater"
    again.write("a.seg", 8, b"!")
    assert again.read("a.seg").replace(b"\0", b"") == b"early!later"
    again.close()
