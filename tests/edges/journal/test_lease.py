"""The lease epoch fences a writer that was taken over."""

import pytest

from openbell.edges.journal.disk import MemoryDisk
from openbell.edges.journal.lease import Fenced, check_lease, read_lease, take_lease


def test_each_taking_raises_the_epoch_and_fences_the_earlier_holder() -> None:
    disk = MemoryDisk()
    assert read_lease(disk) == 0
    mine = take_lease(disk)
    check_lease(disk, mine)
    assert take_lease(disk) == mine + 1
    with pytest.raises(Fenced):
        check_lease(disk, mine)


def test_a_lease_that_is_no_number_is_an_error() -> None:
    disk = MemoryDisk()
    disk.replace("lease", b"x")
    with pytest.raises(ValueError, match="invalid literal"):
        read_lease(disk)
