"""Reading, verifying and exporting without changing anything."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.edges.journal import (
    FaultyDisk,
    MemoryDisk,
    Options,
    OsDisk,
    export_raw,
    open_journal,
    read_first,
    read_records,
    verify,
)
from openbell.edges.journal.compress import compress_segment, read_front
from openbell.edges.journal.faulty import flip_bit
from openbell.edges.journal.record import HEADER_BYTES, place_of

OPTIONS = Options(segment_bytes=1024, is_background=False, is_compressing=False)


@given(st.lists(st.binary(max_size=300), max_size=12), st.integers(1, 14))
@settings(max_examples=100, deadline=None)
def test_records_are_read_from_any_seq(payloads: list[bytes], from_seq: int) -> None:
    disk = MemoryDisk()
    journal, _ = open_journal(disk, OPTIONS)
    for payload in payloads:
        journal.append(payload)
    journal.close()
    found = list(read_records(disk, from_seq))
    assert [entry.payload for entry in found] == payloads[from_seq - 1 :]
    assert [entry.seq for entry in found] == list(range(from_seq, len(payloads) + 1))
    assert verify(disk).records == len(payloads)
    first = read_first(disk)
    assert (first.payload if first is not None else None) == (payloads[0] if payloads else None)


def test_the_first_record_is_read_from_a_compressed_segment_too() -> None:
    disk = MemoryDisk()
    journal, _ = open_journal(disk, OPTIONS)
    for number in range(12):
        journal.append(bytes([number]) * 200)
    journal.close()
    whole = disk.read("000001.seg")
    assert compress_segment(disk, 1, lambda: False)
    assert read_front(disk, 1, 100) == whole[:100]
    first = read_first(disk)
    assert first is not None and (first.seq, first.payload) == (1, bytes(200))
    disk.files["000001.seg.xz"][20] ^= 1
    assert read_first(disk) is None


def test_a_record_is_found_by_its_number_and_its_crc() -> None:
    disk = MemoryDisk()
    options = Options(segment_bytes=1 << 16, is_background=False, is_compressing=False)
    journal, _ = open_journal(disk, options)
    # Payloads that hold every number, aligned as headers have them: they are no records.
    for _ in range(8):
        journal.append(b"".join(seq.to_bytes(8, "little") for seq in range(1, 9)))
    journal.close()
    size = HEADER_BYTES + 64
    assert [place_of(disk.read("000001.seg"), seq) for seq in (1, 2, 8, 9, 0)] == [0, size, 7 * size, 0, 0]
    assert [entry.seq for entry in read_records(disk, 9)] == []
    disk.files["000001.seg"][3 * size + 70] ^= 1
    assert place_of(disk.read("000001.seg"), 4) == 0
    assert [entry.seq for entry in read_records(disk, 6)] == [6, 7, 8]
    assert [entry.seq for entry in read_records(disk, 5)] == []
    assert [entry.seq for entry in read_records(disk, 1)] == [1, 2, 3]


def test_F95_reading_beside_a_writer_sees_what_was_written(tmp_path: Path) -> None:
    journal, _ = open_journal(tmp_path / "state", OPTIONS)
    assert list(read_records(tmp_path / "state")) == []
    journal.commit(journal.append(b"one"))
    assert [entry.payload for entry in read_records(tmp_path / "state")] == [b"one"]
    before = sorted((path.name, path.stat().st_mtime_ns) for path in (tmp_path / "state").iterdir())
    assert verify(tmp_path / "state").is_sound
    assert sorted((path.name, path.stat().st_mtime_ns) for path in (tmp_path / "state").iterdir()) == before
    journal.close()


def test_a_missing_directory_is_an_empty_log(tmp_path: Path) -> None:
    assert list(read_records(tmp_path / "none")) == []
    assert verify(tmp_path / "none").records == 0
    assert not (tmp_path / "none").exists()


def test_verify_names_damage_and_counts_what_is_good() -> None:
    disk = FaultyDisk()
    journal, _ = open_journal(disk, OPTIONS)
    for _ in range(3):
        journal.append(bytes(100))
    journal.close()
    good = verify(disk)
    assert (good.is_sound, good.seq, good.has_head, good.problem) == (True, 3, True, "")
    assert good.head_hash == journal.head_hash
    flip_bit(disk, "000001.seg", 168 + 70)
    bad = verify(disk)
    assert (bad.is_sound, bad.records, bad.seq, bad.segment, bad.offset) == (False, 1, 1, "000001.seg", 168)
    flip_bit(disk, "000001.seg", 0)
    assert (verify(disk).records, verify(disk).offset) == (0, 0)


def test_verify_calls_a_torn_tail_sound() -> None:
    disk = MemoryDisk()
    journal, _ = open_journal(disk, OPTIONS)
    journal.commit(journal.append(b"x"))
    disk.write("000001.seg", 72, b"half")
    found = verify(disk)
    assert (found.is_sound, found.records, found.segment, found.offset) == (True, 1, "000001.seg", 72)


def test_an_export_is_a_prefix_of_every_later_one(tmp_path: Path) -> None:
    disk = OsDisk(tmp_path / "state")
    journal, _ = open_journal(disk, OPTIONS)
    for number in range(5):
        journal.commit(journal.append(b"%d" % number * 300))
    disk.write("000003.seg", 400, b"torn")
    assert export_raw(tmp_path / "state", tmp_path / "early") == 5
    disk.close()
    journal, opened = open_journal(tmp_path / "state", Options(segment_bytes=1024, is_background=False))
    assert opened.torn == ("torn-6-1.bin",)
    journal.append(b"more")
    journal.close()
    assert export_raw(tmp_path / "state", tmp_path / "late") == 6
    early, late = (tmp_path / "early").read_bytes(), (tmp_path / "late").read_bytes()
    assert late.startswith(early)
    assert len(late) > len(early) > 0
