"""Old segments are compressed without ever being missing."""

import errno
from contextlib import suppress

import pytest

from openbell.edges.journal import FaultyDisk, JournalDamaged, Options, PowerLost, open_journal, read_records, verify
from openbell.edges.journal.compress import CALM_S, Compressor, compress_segment, read_segment, segment_names
from openbell.edges.journal.faulty import flip_bit

OPTIONS = Options(segment_bytes=1024, is_background=False, is_compressing=False)


def log_of_segments(count: int) -> FaultyDisk:
    """Return the disk of a closed log with one record in each of `count` segments."""
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    for number in range(count):
        journal.append(b"%d" % number * 900)
    journal.close()
    return disk


def compress_old(disk: FaultyDisk, newest: int) -> None:
    """Compress in this thread what is older than the two newest segments."""
    Compressor(disk, is_on=True, is_background=False).follow(newest)


def test_all_but_the_newest_two_are_compressed_and_read_alike() -> None:
    disk = log_of_segments(5)
    before = list(read_records(disk))
    compress_old(disk, 5)
    assert list(segment_names(disk).values()) == [
        "000001.seg.xz", "000002.seg.xz", "000003.seg.xz", "000004.seg", "000005.seg",
    ]  # fmt: skip
    assert list(read_records(disk)) == before
    assert list(read_records(disk, 3)) == before[2:]
    assert list(read_records(disk, 5)) == before[4:]
    assert verify(disk).seq == 5
    journal, found = open_journal(disk, OPTIONS)
    assert (journal.append(b"next"), found.seq) == (6, 5)


def test_the_first_record_of_a_writer_compresses_what_an_earlier_one_left() -> None:
    disk = log_of_segments(3)
    journal, _ = open_journal(disk, Options(segment_bytes=1024, is_background=False))
    assert segment_names(disk)[1] == "000001.seg"
    journal.commit(journal.append(b""))
    assert segment_names(disk)[1] == "000001.seg.xz"


@pytest.mark.parametrize("left", range(4))
@pytest.mark.parametrize("survives", [0, 1])
def test_a_crash_leaves_every_record(left: int, survives: int) -> None:
    disk = log_of_segments(4)
    disk.left = left
    with suppress(PowerLost):
        compress_old(disk, 4)
    found = disk.after_crash(lambda _: survives)
    assert [entry.seq for entry in read_records(found)] == [1, 2, 3, 4]
    compress_old(found, 4)
    assert [entry.seq for entry in read_records(found)] == [1, 2, 3, 4]
    assert segment_names(found)[2] == "000002.seg.xz"


def test_a_stop_or_a_failed_disk_leaves_the_segment_plain() -> None:
    disk = log_of_segments(3)
    assert not compress_segment(disk, 1, lambda: True)
    disk.failures["replace"] = errno.ENOSPC
    compressor = Compressor(disk, is_on=True, is_background=False)
    compressor.follow(3)
    assert compressor.failure == "[Errno 28] No space left on device"
    assert segment_names(disk)[1] == "000001.seg"


def test_a_stopped_compressor_begins_nothing() -> None:
    disk = log_of_segments(3)
    now = [0.0]
    compressor = Compressor(disk, is_on=True, is_background=True, now_s=lambda: now[0])
    compressor.follow(3)
    compressor.stop()
    now[0] = CALM_S
    compressor.follow(3)
    compressor.stop()
    assert segment_names(disk)[1] == "000001.seg"


class Threaded(Compressor):
    """Lets a test wait until the thread, if one has begun, has done its work."""

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()


def test_the_thread_begins_once_a_segment_has_been_the_newest_for_a_minute() -> None:
    disk, now = log_of_segments(4), [0.0]
    compressor = Threaded(disk, is_on=True, is_background=True, now_s=lambda: now[0])
    for at, newest in ((0.0, 3), (59.0, 3), (60.0, 4), (119.0, 4)):
        now[0] = at
        compressor.follow(newest)
        compressor.join()
        assert segment_names(disk)[1] == "000001.seg"
    now[0] = 120.0
    compressor.follow(4)
    compressor.join()
    assert list(segment_names(disk).values()) == ["000001.seg.xz", "000002.seg.xz", "000003.seg", "000004.seg"]


def test_a_segment_with_damage_is_not_compressed() -> None:
    disk = log_of_segments(3)
    flip_bit(disk, "000001.seg", 500)
    assert not compress_segment(disk, 1, lambda: False)
    flip_bit(disk, "000001.seg", 0)
    assert not compress_segment(disk, 1, lambda: False)


def test_a_damaged_compressed_segment_refuses_to_open() -> None:
    disk = log_of_segments(4)
    compress_old(disk, 4)
    flip_bit(disk, "000002.seg.xz", 40)
    assert read_segment(disk, 2) == b""
    with pytest.raises(JournalDamaged) as caught:
        open_journal(disk, OPTIONS)
    assert (caught.value.segment, caught.value.seq) == ("000002.seg", 2)


def test_a_log_that_ends_in_a_compressed_segment_goes_on_in_the_next() -> None:
    disk = log_of_segments(1)
    compress_segment(disk, 1, lambda: False)
    journal, _ = open_journal(disk, OPTIONS)
    journal.append(b"x")
    journal.close()
    assert list(segment_names(disk).values()) == ["000001.seg.xz", "000002.seg"]
    assert [entry.seq for entry in read_records(disk)] == [1, 2]
