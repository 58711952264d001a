"""Following a log while it is written."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.edges.journal import Journal, Options, OsDisk, Rewritten, Tail, open_journal, read_records
from openbell.edges.journal.compress import compress_segment, segment_names
from openbell.edges.journal.tail import CHUNK_BYTES

OPTIONS = Options(segment_bytes=1024, is_background=False, is_compressing=False)


def writer(folder: Path) -> Journal:
    return open_journal(OsDisk(folder), OPTIONS)[0]


def write(journal: Journal, *payloads: bytes) -> None:
    seq = 0
    for payload in payloads:
        seq = journal.append(payload)
    if seq:
        journal.commit(seq)


def seen(tail: Tail) -> list[bytes]:
    return [entry.payload for entry in tail.read()]


def test_each_look_shows_what_is_new_over_segments(tmp_path: Path) -> None:
    journal = writer(tmp_path / "j")
    with Tail(tmp_path / "j") as tail:
        assert seen(tail) == []
        write(journal, b"a", b"b")
        assert seen(tail) == [b"a", b"b"]
        assert seen(tail) == []
        write(journal, *(bytes([n]) * 300 for n in range(10)))
        assert seen(tail) == [bytes([n]) * 300 for n in range(10)]
        assert tail.seq == 12
    journal.close()


@given(st.lists(st.lists(st.binary(max_size=400), max_size=5), max_size=6), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_looks_in_any_rhythm_add_up_to_the_log(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], after: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    journal = writer(folder)
    tail, found = Tail(folder), []
    for group in groups:
        write(journal, *group)
        found += seen(tail)
    assert found == [payload for group in groups for payload in group]
    tail.close()
    begun = next((entry for entry in read_records(folder) if entry.seq == after), None)
    with Tail(folder, begun) as later:
        assert seen(later) == found[after if begun is not None else 0 :]
    journal.close()


def test_a_reader_that_stops_half_way_goes_on_there(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    write(journal, b"a", b"b", b"c")
    tail = Tail(tmp_path)
    assert next(tail.read()).payload == b"a"
    assert seen(tail) == [b"b", b"c"]
    journal.close()


def test_segments_that_were_compressed_before_it_came_are_read(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    write(journal, *(bytes([n]) * 300 for n in range(9)))
    for number in list(segment_names(OsDisk(tmp_path)))[:2]:
        assert compress_segment(OsDisk(tmp_path), number, lambda: False)
    with Tail(tmp_path) as tail:
        assert len(seen(tail)) == 9
        write(journal, b"more")
        assert seen(tail) == [b"more"]
    journal.close()


def test_half_a_record_is_waited_for(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    write(journal, b"a", b"b" * 200)
    journal.close()
    file = tmp_path / "000001.seg"
    whole = file.read_bytes()
    file.write_bytes(whole[:150])
    with Tail(tmp_path) as tail:
        assert seen(tail) == [b"a"]
        file.write_bytes(whole)
        assert seen(tail) == [b"b" * 200]


def test_a_record_longer_than_what_is_read_at_a_time_is_read_whole(tmp_path: Path) -> None:
    journal, _ = open_journal(OsDisk(tmp_path), Options(segment_bytes=4 << 20, is_background=False))
    long = bytes(CHUNK_BYTES + 100)
    write(journal, b"a", long, b"c")
    with Tail(tmp_path) as tail:
        assert seen(tail) == [b"a", long, b"c"]
    journal.close()


def test_a_log_begun_anew_is_said(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    write(journal, b"a", b"b")
    journal.close()
    tail = Tail(tmp_path)
    assert seen(tail) == [b"a", b"b"]
    tail.close()
    for file in tmp_path.iterdir():
        if file.is_file():
            file.unlink()
    journal = writer(tmp_path)
    write(journal, b"x", b"y", b"z")
    journal.close()
    # The same file name, other records in it.
    tail._open(1, tail._offset)
    with pytest.raises(Rewritten):
        seen(tail)
    tail.close()


def test_the_beginning_of_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    with Tail(tmp_path / "none") as tail:
        assert seen(tail) == []
        (tmp_path / "none").mkdir()
        (tmp_path / "none" / "000001.seg").write_bytes(bytes(512))
        assert seen(tail) == []


def test_what_is_written_while_a_segment_ends_is_read_before_the_next_one(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    write(journal, b"a", b"b")
    tail = Tail(tmp_path)
    looks = iter(tail.read())
    assert [next(looks).payload, next(looks).payload] == [b"a", b"b"]
    has_next = tail._has_next

    def late() -> bool:
        """Let the writer go on just when the reader has seen the end of the segment."""
        if tail.seq == 2:
            write(journal, *(bytes([n]) * 300 for n in range(6)))
        return has_next()

    tail._has_next = late  # type: ignore[method-assign]
    assert [entry.payload for entry in looks] == [bytes([n]) * 300 for n in range(6)]
    journal.close()
