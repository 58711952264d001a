"""Telling a torn tail from damage."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.edges.journal import FaultyDisk, JournalDamaged, Options, open_journal
from openbell.edges.journal.faulty import flip_bit
from openbell.edges.journal.record import GENESIS, encode
from openbell.edges.journal.reserve import RESERVE
from openbell.edges.journal.scan import Place, inspect, scan_segments

OPTIONS = Options(segment_bytes=1024, is_background=False, is_compressing=False)
SIZES = [100, 300, 0, 900, 13, 200, 700, 8]


def closed_log() -> tuple[FaultyDisk, list[tuple[str, int, int]]]:
    """Return the disk of a closed log and for each record its segment, first byte and end."""
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    places, number, offset = [], 1, 0
    for seq, size in enumerate(SIZES, 1):
        journal.commit(journal.append(bytes([seq]) * size))
        length = 64 + size + -size % 8
        if offset + length > 1024:
            number, offset = number + 1, 0
        places.append((f"{number:06d}.seg", offset, offset + length))
        offset += length
    journal.close()
    return disk, places


def without_head(disk: FaultyDisk) -> FaultyDisk:
    """Return `disk` with its head file gone, so that only records vouch for records."""
    disk.remove("head")
    return disk


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_F91_B31_any_flipped_byte_at_or_below_head_is_damage_at_its_record(data: st.DataObject) -> None:
    disk, places = closed_log()
    seq = data.draw(st.integers(1, len(places)))
    name, start, end = places[seq - 1]
    flip_bit(disk, name, data.draw(st.integers(start, end - 1)))
    with pytest.raises(JournalDamaged) as caught:
        inspect(disk)
    assert (caught.value.segment, caught.value.offset, caught.value.seq) == (name, start, seq)


def test_a_hole_of_zeros_is_damage_at_its_record() -> None:
    for seq, (name, start, end) in enumerate(closed_log()[1], 1):
        disk, _ = closed_log()
        disk.write(name, start, bytes(end - start))
        with pytest.raises(JournalDamaged) as caught:
            inspect(disk)
        assert caught.value.seq == seq


def test_later_records_prove_damage_without_a_head() -> None:
    disk, places = closed_log()
    flip_bit(disk, places[2][0], places[2][1] + 6)
    with pytest.raises(JournalDamaged, match="says 7 was durable"):
        inspect(without_head(disk))


def test_a_lost_end_is_damage_by_the_head_or_a_snapshot() -> None:
    disk, places = closed_log()
    disk.truncate(places[-1][0], places[-1][1])
    with pytest.raises(JournalDamaged, match="head file says seq 8"):
        inspect(disk)
    journal, _ = open_journal(without_head(disk), OPTIONS)
    journal.snapshot(b"", journal.append(b""))
    journal.close()
    disk.truncate(places[-1][0], places[-1][1])
    with pytest.raises(JournalDamaged, match="snapshot says seq 8"):
        inspect(without_head(disk))


def test_the_last_record_without_any_proof_is_a_torn_tail() -> None:
    disk, places = closed_log()
    name, start, _ = places[-1]
    flip_bit(disk, name, start + 66)
    found = inspect(without_head(disk))
    assert (found.scan.seq, found.scan.end, found.scan.problem) == (7, Place(4, start), Place(4, start))
    assert len(found.scan.rests) == 1


def test_a_missing_segment_is_damage() -> None:
    for number in (1, 2, 3):
        disk, _ = closed_log()
        disk.remove(f"00000{number}.seg")
        with pytest.raises(JournalDamaged) as caught:
            inspect(disk)
        assert caught.value.segment in (f"00000{number}.seg", "000002.seg")


def test_a_missing_segment_needs_no_other_proof() -> None:
    disk, _ = closed_log()
    disk.remove("000002.seg")
    with pytest.raises(JournalDamaged, match="missing segment"):
        inspect(without_head(disk))


def test_a_head_with_another_hash_is_damage() -> None:
    disk, _ = closed_log()
    disk.replace("head", b'{"seq": 8, "epoch": 1, "sha256": "' + b"00" * 32 + b'"}')
    with pytest.raises(JournalDamaged, match="another hash"):
        inspect(disk)


@pytest.mark.parametrize("name", ["head", "lease"])
def test_a_small_file_that_is_unreadable_is_damage(name: str) -> None:
    disk, _ = closed_log()
    disk.replace(name, b"?")
    with pytest.raises(JournalDamaged):
        inspect(disk)


def test_a_snapshot_of_another_log_does_not_count() -> None:
    disk, _ = closed_log()
    other = FaultyDisk()
    journal, _ = open_journal(other, OPTIONS)
    journal.append(b"other")
    journal.snapshot(b"", 1)
    disk.replace("snapshots/000000000001.snap", other.read("snapshots/000000000001.snap"))
    disk.replace("snapshots/000000000002.snap", b"damaged")
    found = inspect(disk)
    assert found.snapshots == ()
    assert found.skipped == ("snapshots/000000000002.snap", "snapshot at 1")


def test_a_reserve_that_does_not_continue_the_log_is_damage() -> None:
    for seq, message in ((12, "seq 11"), (9, "seq 8")):
        disk, _ = closed_log()
        disk.write(RESERVE, 0, encode(b"", seq, seq - 1, GENESIS)[0])
        with pytest.raises(JournalDamaged, match=f"reserve continues behind {message}"):
            inspect(disk)


def test_damage_inside_the_reserve_is_named() -> None:
    disk, _ = closed_log()
    first, digest = encode(b"a", 9, 8, inspect(disk).scan.digest)
    second, digest = encode(b"b", 10, 9, digest)
    third, _ = encode(b"c", 11, 10, digest)
    disk.write(RESERVE, 0, first + bytes(len(second)) + third)
    with pytest.raises(JournalDamaged) as caught:
        inspect(disk)
    assert (caught.value.segment, caught.value.offset, caught.value.seq) == (RESERVE, len(first), 10)


def test_damage_at_the_beginning_of_the_reserve_is_named() -> None:
    disk, _ = closed_log()
    first, digest = encode(b"a", 9, 8, inspect(disk).scan.digest)
    second, _ = encode(b"b", 10, 9, digest)
    disk.write(RESERVE, 0, bytes(len(first)) + second)
    with pytest.raises(JournalDamaged) as caught:
        inspect(disk)
    assert (caught.value.segment, caught.value.offset, caught.value.seq) == (RESERVE, 0, 9)


def test_a_scan_may_end_at_a_seq() -> None:
    disk, places = closed_log()
    scan = scan_segments(disk, {2}, 2)
    assert (scan.seq, scan.end.offset, scan.points[2]) == (2, places[1][2], scan.digest)
    assert [rest.number for rest in scan.rests] == [1, 2, 3, 4]
    assert scan_segments(disk, set(), 0).rests[0].offset == 0
