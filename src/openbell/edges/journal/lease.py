"""Who may write: a lease epoch that only grows, beside the operating system's lock.

The lock keeps a second writer out; the epoch lets another process (the guardian) take over from a writer that hangs:
it raises the epoch, and the old writer finds itself fenced at its next look.
"""

from openbell.edges.journal.disk import Disk

LEASE = "lease"


class Fenced(Exception):
    """Another process holds a later lease: this writer must send nothing more."""

    def __init__(self, mine: int, theirs: int) -> None:
        """Name both epochs."""
        super().__init__(f"lease epoch {mine} was superseded by {theirs}")


def read_lease(disk: Disk) -> int:
    """Return the epoch in the lease file, 0 where there is none.

    Raises:
        ValueError: The file holds no number.
    """
    try:
        return int(disk.read(LEASE))
    except FileNotFoundError:
        return 0


def take_lease(disk: Disk) -> int:
    """Raise the epoch by one, durably, and return it; earlier holders are now fenced."""
    epoch = read_lease(disk) + 1
    disk.replace(LEASE, str(epoch).encode())
    return epoch


def check_lease(disk: Disk, epoch: int) -> None:
    """Do nothing while `epoch` is the latest lease.

    Raises:
        Fenced: The lease file holds a higher one.
    """
    latest = read_lease(disk)
    if latest > epoch:
        raise Fenced(epoch, latest)
