"""Segments are made once, and their unused room is given back."""

from pathlib import Path

from openbell.edges.journal.disk import OsDisk
from openbell.edges.journal.faulty import FaultyDisk
from openbell.edges.journal.segments import Segments


def test_a_segment_is_made_once() -> None:
    disk = FaultyDisk()
    segments = Segments(disk, 4096)
    assert not segments.has(1)
    segments.ensure(1)
    segments.ensure(1)
    assert segments.has(1)
    assert disk.done == ["create"]


def test_trim_cuts_the_last_segment_and_removes_later_ones(tmp_path: Path) -> None:
    disk = OsDisk(tmp_path)
    disk.lock()
    segments = Segments(disk, 4096)
    for number in (1, 2, 3):
        segments.ensure(number)
    segments.trim(2, 64)
    assert {path.name: path.stat().st_size for path in tmp_path.glob("*.seg")} == {"000001.seg": 4096, "000002.seg": 64}
    disk.close()
