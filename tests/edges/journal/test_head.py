"""The head file and its keeper."""

import pytest

from openbell.edges.journal.disk import MemoryDisk
from openbell.edges.journal.head import Head, HeadKeeper, read_head, write_head


def test_head_reads_back() -> None:
    disk = MemoryDisk()
    assert read_head(disk) is None
    head = Head(7, bytes(range(32)), 3)
    write_head(disk, head)
    assert read_head(disk) == head


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"seq": 1, "sha256": "00", "epoch": 1}'])
def test_damaged_head_is_an_error(raw: bytes) -> None:
    disk = MemoryDisk()
    disk.replace("head", raw)
    with pytest.raises(ValueError, match="head file"):
        read_head(disk)


def test_keeper_writes_once_a_second_and_never_goes_back() -> None:
    disk, now = MemoryDisk(), [0.0]
    keeper = HeadKeeper(disk, 0, lambda: now[0])
    keeper.put_when_due(Head(1, bytes(32), 1))
    assert read_head(disk) is None
    now[0] = 1.0
    keeper.put_when_due(Head(2, bytes(32), 1))
    keeper.put(Head(1, bytes(32), 1))
    assert read_head(disk) == Head(2, bytes(32), 1)
