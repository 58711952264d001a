"""Read-only: the true book of a state, from its records alone.

No strategy runs, nothing is locked or changed.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.record import decode_checkpoint, decode_record
from openbell.core.spec import RunSpec
from openbell.edges.journal import Entry as RawEntry
from openbell.edges.journal import OsDisk, read_records
from openbell.edges.journal.record import decode
from openbell.edges.journal.snapshots import read_points, read_snapshot, snapshot_name
from openbell.report.recorder import Recorder
from openbell.run.records import entries, first_event, parse_spec

Onlooker = Callable[[Book, ev.Event, Sequence[Effect]], None]


class Read(msgspec.Struct, kw_only=True):
    """A state as its journal tells it.

    Attributes:
        genesis: Its first event. book: The truth at `seq`. seq: Last valid record.
    """

    genesis: ev.Genesis
    book: Book
    seq: int


def read_book(folder: Path) -> Read:
    """Return the true book of the journal in `folder`.

    It is made of the newest checkpoint that counts, with the tail folded in.

    Raises:
        Unlike: There is no readable first record.
    """
    genesis = first_event(folder)
    spec = parse_spec(genesis)
    book, seq, rest = _from_checkpoint(folder, spec)
    for raw in rest:
        event, effects = decode_record(raw.payload)
        apply_record(book, event, effects)
        seq = raw.seq
    return Read(genesis=genesis, book=book, seq=seq)


def _from_checkpoint(folder: Path, spec: RunSpec) -> tuple[Book, int, Iterator[RawEntry]]:
    """Return the book of the newest checkpoint that counts, its seq, and the records behind it."""
    disk = OsDisk(folder)
    points, _ = read_points(disk)
    for seq in sorted(points, reverse=True):
        rest = read_records(folder, seq)
        record = next(rest, None)
        stored = read_snapshot(disk, snapshot_name(seq))
        if record is None or stored is None or record.seq != seq or _digest(record.record_bytes) != points[seq]:
            continue
        try:
            return Book(spec, decode_checkpoint(stored.body).truth), seq, rest
        except msgspec.ValidationError:
            continue  # Of another version: the records themselves are read instead.
    return Book(spec), 0, read_records(folder)


def _digest(record_bytes: bytes) -> bytes:
    found = decode(record_bytes, 0)
    return sha256(record_bytes[: found.stop]).digest() if found is not None else b""


def fold(
    folder: Path,
    *,
    keeps_all: bool = False,
    beside: Sequence[Onlooker] = (),
    ends_before: Callable[[Book, ev.Event], bool] | None = None,
) -> tuple[Book, Recorder]:
    """Return the book and everything a report needs, from the first record on.

    Args:
        folder: Of the journal.
        keeps_all: True for every fill and trade, however many.
        beside: Each is told every record with the book as it stands after it.
        ends_before: Says at which event to stop, before it counts; None to read to the end.
    """
    spec = parse_spec(first_event(folder))
    book, recorder = Book(spec), Recorder(spec, keeps_all=keeps_all)
    for entry in entries(folder):
        if ends_before is not None and ends_before(book, entry.event):
            break
        apply_record(book, entry.event, entry.effects)
        for watch in (recorder.watch, *beside):
            watch(book, entry.event, entry.effects)
    return book, recorder
