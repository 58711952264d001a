"""Where the messages of a state begin.

Apart from the notifier: who only starts one needs nothing that it sends with.
"""

from pathlib import Path

import msgspec

from openbell.edges.alerts.outbox import Outbox
from openbell.edges.journal import OsDisk, read_first, read_records
from openbell.edges.journal.snapshots import read_points
from openbell.run import state as states
from openbell.run.alerts.watch import Kept

KEPT = "watch"
"""Under this name the outbox keeps the place in the journal that was reached."""


def begin(folder: Path, seq: int) -> None:
    """Make the outbox of a state that has none; all up to a record counts as told."""
    with Outbox(folder) as outbox:
        if outbox.kept(KEPT) is None:
            outbox.keep(KEPT, msgspec.json.encode(Kept(seq=seq)))


def has_begun(folder: Path) -> bool:
    """Say whether a state's journal has its first record."""
    return states.journal(folder).is_dir() and read_first(states.journal(folder)) is not None


def last_record(folder: Path) -> int:
    """Return the number of the last record of a state's journal, 0 for none."""
    if not has_begun(folder):
        return 0
    journal, disk = states.journal(folder), OsDisk(states.journal(folder))
    points, _ = read_points(disk)
    seq = max(points, default=1)
    for entry in read_records(journal, seq):
        seq = entry.seq
    return seq
