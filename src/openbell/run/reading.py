"""Read-only: the true book of a state, from its records alone.

No strategy runs, nothing is locked or changed.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.record import decode_checkpoint, decode_record
from openbell.core.spec import RunSpec
from openbell.edges.journal import Entry as RawEntry
from openbell.edges.journal import OsDisk, digest_of, read_records
from openbell.edges.journal.snapshots import read_points, read_snapshot, snapshot_name
from openbell.report.recorder import Recorder
from openbell.run import state as states
from openbell.run.parts import PartError
from openbell.run.records import entries, first_event, parse_spec
from openbell.run.results import LateRecorder

if TYPE_CHECKING:
    from openbell.run.assemble import Shelves

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
    book, record, rest = from_checkpoint(folder, parse_spec(genesis))
    seq = record.seq if record is not None else 0
    for raw in rest:
        event, effects = decode_record(raw.payload)
        apply_record(book, event, effects)
        seq = raw.seq
    return Read(genesis=genesis, book=book, seq=seq)


def from_checkpoint(
    folder: Path, spec: RunSpec, upto: int | None = None
) -> tuple[Book, RawEntry | None, Iterator[RawEntry]]:
    """Return the newest checkpoint's book, its record, and the records behind it.

    Only one that counts is taken, and none behind the record `upto`. Without one it is an empty book, None and all
    records.
    """
    disk = OsDisk(folder)
    points, _ = read_points(disk)
    for seq in sorted(points, reverse=True):
        if upto is not None and seq > upto:
            continue
        rest = read_records(folder, seq)
        record = next(rest, None)
        stored = read_snapshot(disk, snapshot_name(seq))
        if record is None or stored is None or record.seq != seq or digest_of(record) != points[seq]:
            continue
        try:
            return Book(spec, decode_checkpoint(stored.body).truth), record, rest
        except msgspec.ValidationError:
            continue  # Of another version: the records themselves are read instead.
    return Book(spec), None, read_records(folder)


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


def life_of(folder: Path, book: Book) -> Recorder:
    """Return everything a report needs, from a journal's first record to where `book` stands.

    The records are read when somebody first asks for something: a long life takes a while.
    """
    events = book.truth.counts.events
    return LateRecorder(lambda: fold(folder, ends_before=lambda seen, _: seen.truth.counts.events >= events)[1])


def explained_names(state: Path, spec: RunSpec) -> dict[str, tuple[str, ...]]:
    """Return the names of the numbers that each deployment's strategy explains itself by.

    There are none where its part cannot be imported any more.
    """
    shelf = shelves_of(state).strategies
    found = {}
    for name, one in spec.deployments.items():
        try:
            layout = getattr(shelf.module(one.strategy), "STATE", ())
        except (KeyError, PartError, ImportError, OSError):
            layout = ()
        found[name] = tuple(word for word, sort, length in layout if sort == "f8" and length == 1)
    return found


def shelves_of(state: Path) -> "Shelves":
    """Return the parts that a run could name, its private ones among them."""
    from openbell.run.assemble import shelves

    folder = states.read_origin(state).folder
    return shelves(Path(folder) if folder else None)


def configuration(state: Path) -> dict[str, Any]:
    """Return what a run was told, as recorded: every value, secrets masked."""
    found = msgspec.json.decode(first_event(states.journal(state)).config)
    return found if isinstance(found, dict) else {}
