"""Opening after anything: crash, tear, sick disk, a second writer, a killed process."""

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.edges.journal import (
    AlreadyRunning,
    DiskFailed,
    FaultyDisk,
    Journal,
    JournalDamaged,
    MemoryDisk,
    Options,
    OsDisk,
    PowerLost,
    open_journal,
    read_records,
    verify,
)
from openbell.edges.journal.faulty import flip_bit

OPTIONS = Options(segment_bytes=1024, reserve_bytes=1024, is_background=False, is_compressing=False)


def payloads(disk: FaultyDisk | MemoryDisk | OsDisk) -> list[bytes]:
    """Return all payloads that a reader sees."""
    return [entry.payload for entry in read_records(disk)]


def appended(bodies: list[bytes]) -> FaultyDisk:
    """Return the disk of a process that wrote `bodies` in one group and was killed."""
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    for body in bodies:
        journal.append(body)
    journal.commit(len(bodies))
    return disk.survivor()


def test_a_new_log_is_empty_and_a_second_writer_is_refused(tmp_path: Path) -> None:
    journal, opened = open_journal(tmp_path / "state")
    assert (opened.seq, opened.epoch, opened.head_hash, opened.is_headless) == (0, 1, bytes(32), False)
    with pytest.raises(AlreadyRunning, match="process"):
        open_journal(str(tmp_path / "state"))
    journal.close()
    journal, opened = open_journal(tmp_path / "state")
    assert opened.epoch == 2
    journal.close()


@pytest.mark.parametrize("count", [0, 5])
def test_opening_and_closing_changes_no_byte_of_the_log(tmp_path: Path, count: int) -> None:
    journal, _ = open_journal(tmp_path / "state", OPTIONS)
    for _ in range(count):
        journal.append(bytes(range(200)))
    journal.close()

    def content() -> dict[str, bytes]:
        own = {"lease", "lock"}
        return {path.name: path.read_bytes() for path in (tmp_path / "state").iterdir() if path.name not in own}

    before = content()
    open_journal(tmp_path / "state", OPTIONS)[0].close()
    assert content() == before


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=8), st.data())
@settings(max_examples=150, deadline=None)
def test_F91_B30_a_log_torn_at_any_byte_starts_with_its_prefix(bodies: list[bytes], data: st.DataObject) -> None:
    disk = appended(bodies)
    names = [name for name in disk.names() if name.startswith("0")]
    cut = data.draw(st.integers(0, len(names) - 1))
    for name in names[cut + 1 :]:
        disk.remove(name)
    left = data.draw(st.integers(0, len(disk.read(names[cut]))))
    disk.truncate(names[cut], left)
    journal, opened = open_journal(disk, OPTIONS)
    assert payloads(disk) == bodies[: opened.seq]
    journal.commit(journal.append(b"next"))
    journal.close()
    assert payloads(disk) == [*bodies[: opened.seq], b"next"]
    assert verify(disk).problem == ""


def test_a_tail_that_lost_an_earlier_sector_and_kept_a_later_one_starts() -> None:
    disk = appended([b"a" * 100, b"b" * 100, b"c" * 100])
    before = disk.read("000001.seg")
    disk.write("000001.seg", 168, bytes(168))
    journal, opened = open_journal(disk, OPTIONS)
    assert (opened.seq, opened.torn) == (1, ("torn-2-1.bin",))
    assert disk.read("torn-2-1.bin") == (bytes(168) + before[336:]).rstrip(b"\0")
    journal.commit(journal.append(b"B"))
    journal.close()
    assert payloads(disk) == [b"a" * 100, b"B"]


def test_side_files_of_several_tears_are_all_kept() -> None:
    disk = appended([b"a"])
    for count, torn in enumerate([b"first", b"second", b"second"], 1):
        disk.write("000001.seg", 72, torn)
        _, opened = open_journal(disk, OPTIONS)
        disk.close()
        assert opened.torn == (f"torn-2-{min(count, 2)}.bin",)


def test_a_tear_at_the_beginning_of_a_segment_removes_it() -> None:
    disk = appended([b"a" * 900])
    disk.create("000002.seg", 1024)
    disk.write("000002.seg", 0, b"torn")
    _, opened = open_journal(disk, OPTIONS)
    assert (opened.seq, opened.torn) == (1, ("torn-2-1.bin",))
    assert "000002.seg" not in disk.names()


def test_a_crash_while_a_reserve_is_moved_without_a_head_can_be_repeated() -> None:
    for left in range(12):
        disk = failed_log()
        disk.remove("head")
        disk.left = left
        with suppress(PowerLost):
            open_journal(disk, OPTIONS)
        found = disk.after_crash(lambda _: 1)
        assert open_journal(found, OPTIONS)[1].seq == 4


def test_a_log_without_head_opens_and_says_so() -> None:
    disk = appended([b"a"])
    disk.remove("head")
    assert open_journal(disk, OPTIONS)[1].is_headless
    assert "head" in disk.names()


def test_damage_leaves_everything_as_it_was_and_the_lock_free() -> None:
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    journal.append(b"a")
    journal.close()
    flip_bit(disk, "000001.seg", 66)
    disk.done.clear()
    for _ in range(2):
        with pytest.raises(JournalDamaged):
            open_journal(disk, OPTIONS)
    assert disk.done == []


def test_F92_F93_records_that_only_the_cache_holds_are_made_durable() -> None:
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    journal.commit(journal.append(b"good"))
    for body in (b"x" * 800, b"y" * 800, b"z"):
        journal.append(body)
    disk.failures["sync"] = errno.EIO
    with pytest.raises(DiskFailed):
        journal.commit(4)
    disk.failures.clear()
    disk.close()
    _, opened = open_journal(disk, OPTIONS)
    assert payloads(disk.after_crash(lambda _: 0)) == payloads(disk) == [b"good", b"x" * 800][: opened.seq]
    assert opened.seq == 2


def test_unproven_records_of_several_segments_are_made_durable() -> None:
    bodies = [b"a" * 900, b"b" * 900, b"c"]
    disk = appended(bodies)
    disk.done.clear()
    assert open_journal(disk, OPTIONS)[1].seq == 3
    assert disk.done.count("sync") == 3


def failed_log() -> FaultyDisk:
    """Return the disk of a log that failed at seq 2 and wrote three records to the reserve; the cache is alive."""
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    journal.commit(journal.append(b"good"))
    for _ in range(3):
        journal.append(b"lost" * 20)
    disk.failures["sync"] = errno.EIO
    with pytest.raises(DiskFailed):
        journal.commit(4)
    disk.failures.clear()
    for body in (b"cancel" * 50, b"exit" * 50, b"flat" * 50):
        journal.append_reserve(body)
    journal.close()
    return disk


SAVED = [b"good", b"cancel" * 50, b"exit" * 50, b"flat" * 50]


def test_the_reserve_is_moved_into_the_log_and_what_it_supersedes_is_kept() -> None:
    disk = failed_log()
    journal, opened = open_journal(disk, OPTIONS)
    assert (opened.seq, opened.joined, opened.torn) == (4, 3, ("torn-2-1.bin",))
    assert b"lost" in disk.read("torn-2-1.bin")
    journal.commit(journal.append(b"on"))
    journal.close()
    assert payloads(disk) == [*SAVED, b"on"]
    assert disk.read("reserve.seg").strip(b"\0") == b""
    assert verify(disk).has_head


def test_a_torn_reserve_record_is_kept_aside() -> None:
    disk = failed_log()
    end = len(disk.read("reserve.seg"))
    disk.write("reserve.seg", end, b"half a record")
    _, opened = open_journal(disk, OPTIONS)
    assert opened.torn[-1].startswith("torn-5-")
    assert payloads(disk) == SAVED
    disk.close()
    assert open_journal(disk, OPTIONS)[1].torn == ()


@given(st.integers(0, 30), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_F90_B33_moving_the_reserve_survives_a_crash_at_any_step(left: int, chance: Random) -> None:
    choose = chance.randrange
    disk = failed_log().after_crash(choose)
    disk.left = left
    with suppress(PowerLost):
        open_journal(disk, OPTIONS)
    found = disk.after_crash(choose)
    assert payloads(found) == SAVED
    _, opened = open_journal(found, OPTIONS)
    assert (opened.seq, payloads(found)) == (4, SAVED)


def run_until_power_goes(disk: FaultyDisk, sizes: list[int], acknowledged: list[bytes], written: list[bytes]) -> None:
    """Append a record of each size, committing some, taking snapshots and closing at the end."""
    journal: Journal
    journal, opened = open_journal(disk, Options(segment_bytes=1024, is_background=False))
    del written[opened.seq :]
    for count, size in enumerate(sizes):
        seq = journal.append(body := bytes([count % 255 + 1]) * size)
        written.append(body)
        if size % 3:
            journal.commit(seq)
            acknowledged[:] = written
        if size % 7 == 1:
            journal.snapshot(b"state", seq)
    journal.close()
    acknowledged[:] = written


@given(
    st.lists(st.tuples(st.integers(0, 60), st.lists(st.integers(0, 500), max_size=12)), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
@settings(max_examples=250, deadline=None)
def test_F88_F91_B30_a_crash_in_any_operation_loses_nothing_acknowledged(
    runs: list[tuple[int, list[int]]], chance: Random
) -> None:
    choose = chance.randrange
    disk = FaultyDisk()
    acknowledged: list[bytes] = []
    written: list[bytes] = []
    for left, sizes in runs:
        disk.left = left
        with suppress(PowerLost):
            run_until_power_goes(disk, sizes, acknowledged, written)
        disk = disk.after_crash(choose)
        found = payloads(disk)
        assert found == written[: len(found)]
        assert len(found) >= len(acknowledged)
        written[len(found) :] = []
        acknowledged[:] = []
        journal, opened = open_journal(disk.survivor(), OPTIONS)
        assert opened.seq == len(found)
        snapshot = journal.latest_snapshot()
        assert snapshot is None or snapshot[0] <= opened.seq


CHILD = """
import sys
from openbell.edges.journal import open_journal
journal, _ = open_journal(sys.argv[1])
while True:
    seq = journal.append(b"x" * 100)
    journal.append(b"y" * 100)
    journal.commit(seq)
    print(seq, flush=True)
"""


def test_F88_B2_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path / "state")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    last = 0
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in range(100)]
            with pytest.raises(AlreadyRunning) as caught:
                open_journal(tmp_path / "state")
            assert caught.value.pid == child.pid
            child.kill()
            lines += child.stdout.readlines()
        acknowledged = int([line for line in lines if line.endswith("\n")][-1])
        assert acknowledged > last
        journal, opened = open_journal(tmp_path / "state")
        assert opened.seq >= acknowledged
        assert [entry.seq for entry in read_records(tmp_path / "state")] == list(range(1, opened.seq + 1))
        last = opened.seq
        journal.close()
