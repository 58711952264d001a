"""Appending and committing, and what a sick disk does to them."""

import errno
import threading
from itertools import count

import pytest

from openbell.core.types import InvariantError
from openbell.edges.journal import (
    Disk,
    DiskFailed,
    DiskFull,
    FaultyDisk,
    Fenced,
    Journal,
    MemoryDisk,
    Options,
    open_journal,
    read_head,
    read_records,
    take_lease,
)
from openbell.edges.journal.faulty import flip_bit

PLAIN = Options(segment_bytes=1024, reserve_bytes=1024, is_background=False, is_compressing=False)


def opened(disk: Disk, options: Options = PLAIN) -> Journal:
    """Return the log of `disk`, open."""
    return open_journal(disk, options)[0]


def payloads(disk: Disk) -> list[bytes]:
    """Return all payloads that a reader sees."""
    return [entry.payload for entry in read_records(disk)]


def head_seq(disk: Disk) -> int:
    """Return the seq that the head file names, -1 without one."""
    head = read_head(disk)
    return head.seq if head else -1


def test_F92_B2_commit_makes_everything_before_durable() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    assert [journal.append(b"a"), journal.append(b"b")] == [1, 2]
    assert (journal.seq, journal.durable_seq) == (2, 0)
    journal.commit(2)
    journal.commit(1)
    assert journal.durable_seq == 2
    assert payloads(disk.after_crash(lambda _: 0)) == [b"a", b"b"]
    with pytest.raises(ValueError, match="not appended"):
        journal.commit(3)


def test_records_name_what_was_durable_when_they_were_written() -> None:
    journal = opened(disk := MemoryDisk())
    journal.commit(journal.append(b""))
    journal.append(b"")
    journal.append(b"")
    journal.commit(3)
    assert [int.from_bytes(entry.record_bytes[24:32], "little") for entry in read_records(disk)] == [0, 1, 1]


def test_a_record_never_spans_segments_and_one_too_long_is_refused() -> None:
    disk = MemoryDisk()
    journal = opened(disk)
    for size in (800, 100, 900, 960):
        journal.append(bytes([1]) * size)
    with pytest.raises(ValueError, match="fits no segment"):
        journal.append(bytes(961))
    journal.close()
    assert [len(disk.read(f"00000{number}.seg")) for number in (1, 2, 3, 4)] == [864, 168, 968, 1024]
    assert len(payloads(disk)) == 4


def test_threads_append_and_commit_together() -> None:
    disk = MemoryDisk()
    journal = opened(disk, Options(segment_bytes=1 << 16))

    def work() -> None:
        for number in range(100):
            journal.commit(journal.append(b"%d" % number))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.durable_seq == 400
    journal.close()
    journal.close()
    assert len(payloads(disk)) == 400


def test_the_writer_thread_syncs_unasked() -> None:
    synced = threading.Event()

    class Watched(MemoryDisk):
        def sync(self, name: str) -> None:
            synced.set()

    journal = opened(Watched(), Options(segment_bytes=1 << 20))
    for _ in range(3000):
        journal.append(bytes(200))
    assert synced.wait(10)
    journal.close()


def test_a_large_heap_is_written_by_the_appending_thread() -> None:
    journal = opened(MemoryDisk(), Options(is_background=False))
    for _ in range(300):
        journal.append(bytes(1000))
    assert journal.durable_seq > 200


@pytest.mark.parametrize("operation", ["write", "sync"])
def test_F93_after_a_failed_write_or_sync_nothing_is_reported_durable(operation: str) -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    journal.commit(journal.append(b"good"))
    journal.append(b"lost")
    disk.failures[operation] = errno.EIO
    with pytest.raises(DiskFailed, match="Input/output"):
        journal.commit(2)
    disk.failures.clear()
    tried = len(disk.done)
    with pytest.raises(DiskFailed):
        journal.commit(2)
    with pytest.raises(DiskFailed):
        journal.append(b"more")
    with pytest.raises(DiskFailed):
        journal.snapshot(b"", 2)
    assert len(disk.done) == tried
    assert journal.durable_seq == 1
    assert journal.failed
    assert journal.durable_head().seq == 1
    journal.close()


def test_close_reports_records_that_it_could_not_save() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    journal.append(b"x")
    disk.failures["sync"] = errno.EIO
    with pytest.raises(DiskFailed):
        journal.close()
    for use in (lambda: journal.append(b""), lambda: journal.commit(1), lambda: journal.append_reserve(b"")):
        with pytest.raises(DiskFailed):
            use()


def test_close_reports_a_disk_that_fails_at_the_head() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    journal.append(b"x")
    disk.failures["replace"] = errno.EIO
    with pytest.raises(DiskFailed):
        journal.close()


def test_a_full_disk_is_seen_ahead_of_need_and_forgotten_when_there_is_room() -> None:
    disk, now = FaultyDisk(), [0.0]
    journal = opened(disk, Options(segment_bytes=1024, is_background=False, now_s=lambda: now[0]))
    journal.commit(journal.append(bytes(400)))
    seen = [journal.is_full]
    disk.failures["create"] = errno.ENOSPC
    journal.commit(journal.append(bytes(100)))
    seen.append(journal.is_full)
    disk.failures.clear()
    journal.commit(journal.append(b""))
    seen.append(journal.is_full)
    now[0] = 5.0
    journal.commit(journal.append(b""))
    seen.append(journal.is_full)
    assert seen == [False, True, True, False]
    assert journal.failed is None


def test_a_log_without_room_takes_nothing_but_reserve_records() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    disk.failures["create"] = errno.ENOSPC
    with pytest.raises(DiskFull):
        journal.append(b"first")
    disk.failures.clear()
    journal.append(bytes(600))
    disk.failures["create"] = errno.ENOSPC
    journal.commit(1)
    journal.append(b"fits still")
    with pytest.raises(DiskFull):
        journal.append(bytes(600))
    assert journal.append_reserve(b"cancel") == 3
    assert journal.durable_head().seq == 3
    with pytest.raises(DiskFailed, match="reserve in use"):
        journal.append(b"")
    journal.close()
    assert payloads(disk.after_crash(lambda _: 0)) == [bytes(600), b"fits still", b"cancel"]


def test_a_sick_disk_at_allocation_fails_the_log() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    disk.failures["create"] = errno.EIO
    with pytest.raises(DiskFailed):
        journal.append(b"")
    assert journal.failed


def test_the_reserve_continues_behind_the_last_durable_record() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    journal.commit(journal.append(b"good"))
    with pytest.raises(InvariantError):
        journal.append_reserve(b"no need")
    journal.append(b"lost")
    disk.failures["sync"] = errno.EIO
    with pytest.raises(DiskFailed):
        journal.commit(2)
    disk.failures.clear()
    assert [journal.append_reserve(b"cancel"), journal.append_reserve(b"exit")] == [2, 3]
    with pytest.raises(DiskFailed):
        journal.commit(2)
    assert journal.durable_seq == 1
    assert payloads(disk.survivor()) == [b"good", b"cancel", b"exit"]


def test_head_follows_in_time_and_at_snapshots() -> None:
    disk, now = FaultyDisk(), [0.0]
    journal = opened(disk, Options(is_background=False, now_s=lambda: now[0]))
    journal.commit(journal.append(b""))
    assert head_seq(disk) == 0
    now[0] = 1.0
    journal.commit(journal.append(b""))
    assert head_seq(disk) == 2
    journal.append(b"")
    journal.snapshot(b"", 3)
    assert head_seq(disk) == 3


@pytest.mark.parametrize(("number", "is_full"), [(errno.ENOSPC, True), (errno.EIO, False)])
def test_a_head_that_can_not_be_written_is_noted(number: int, is_full: bool) -> None:
    disk, now = FaultyDisk(), [0.0]
    journal = opened(disk, Options(is_background=False, now_s=lambda: now[0]))
    disk.failures["replace"] = number
    now[0] = 1.0
    journal.commit(journal.append(b""))
    assert (journal.is_full, journal.failed is None) == (is_full, is_full)
    with pytest.raises(DiskFailed):
        journal.snapshot(b"", 1)


def test_snapshots_are_of_the_last_seq_and_the_newest_good_one_is_returned() -> None:
    disk = FaultyDisk()
    journal = opened(disk)
    assert journal.latest_snapshot() is None
    for number in range(5):
        journal.append(b"")
        journal.snapshot(b"state %d" % number, number + 1)
    with pytest.raises(ValueError, match="offered"):
        journal.snapshot(b"", 4)
    assert journal.latest_snapshot() == (5, b"state 4")
    assert disk.names("snapshots") == [f"{seq:012d}.snap" for seq in (3, 4, 5)]
    flip_bit(disk, "snapshots/000000000005.snap", 50)
    assert journal.latest_snapshot() == (4, b"state 3")


def test_F72_B25_a_later_lease_fences_the_writer() -> None:
    disk = MemoryDisk()
    journal = opened(disk)
    journal.check_lease()
    assert take_lease(disk) == journal.epoch + 1
    with pytest.raises(Fenced):
        journal.check_lease()


def test_finished_segments_are_compressed_in_the_background() -> None:
    disk = MemoryDisk()
    packed = threading.Event()
    remove = disk.remove

    def watch(name: str) -> None:
        remove(name)
        if name == "000001.seg":
            packed.set()

    disk.remove = watch  # type: ignore[method-assign]  # watches the one call that ends a compression
    journal = opened(disk, Options(segment_bytes=1024, now_s=count(0.0, 100.0).__next__))
    for _ in range(8):
        journal.commit(journal.append(bytes(800)))
    assert packed.wait(10)
    journal.close()
    assert len(payloads(disk)) == journal.seq
