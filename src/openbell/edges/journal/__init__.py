"""The journal: the append-only log that everything else is recovered from.

May import the standard library, msgspec and `openbell.core.types`; no sibling. Payloads are opaque bytes here.

Reading order: `record` (the bytes), `disk` (the port), `writer` (append, commit, failure), `beat` and `segments` (what
it leans on), `reserve` (last words after a failure), `head`, `snapshots` and `lease` (small files), `scan` (judging a
log), `opening` (repair and start), `compress` and `reader` (old segments, reading, verifying, exporting), `tail`
(following a writer), `faulty` (the disk of the tests).
"""

from openbell.edges.journal.disk import AlreadyRunning, Disk, DiskFailed, DiskFull, MemoryDisk, OsDisk
from openbell.edges.journal.faulty import FaultyDisk, PowerLost
from openbell.edges.journal.head import Head, read_head
from openbell.edges.journal.lease import Fenced, read_lease, take_lease
from openbell.edges.journal.opening import Opened, open_journal
from openbell.edges.journal.reader import Entry, Verdict, digest_of, export_raw, read_first, read_records, verify
from openbell.edges.journal.scan import JournalDamaged
from openbell.edges.journal.tail import Rewritten, Tail
from openbell.edges.journal.writer import Journal, Options

__all__ = [
    "AlreadyRunning",
    "Disk",
    "DiskFailed",
    "DiskFull",
    "Entry",
    "FaultyDisk",
    "Fenced",
    "Head",
    "Journal",
    "JournalDamaged",
    "MemoryDisk",
    "Opened",
    "Options",
    "OsDisk",
    "PowerLost",
    "Rewritten",
    "Tail",
    "Verdict",
    "digest_of",
    "export_raw",
    "open_journal",
    "read_first",
    "read_head",
    "read_lease",
    "read_records",
    "take_lease",
    "verify",
]
