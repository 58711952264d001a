"""Records of a journal, decoded, and what the first one says of the run. Light."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from openbell.core.events import Genesis
from openbell.core.record import decode_record
from openbell.core.spec import RunSpec
from openbell.edges.journal import read_first, read_records
from openbell.parts.venue.options import VenueOptions
from openbell.run.ledger import Entry


class Unlike(Exception):
    """A state belongs to another configuration or source; the text says what differs."""


def entries(folder: Path, from_seq: int = 1) -> Iterator[Entry]:
    """Yield the decoded records of a journal from `from_seq` on.

    Raises:
        msgspec.ValidationError: A record is of a version that this one cannot read.
    """
    for raw in read_records(folder, from_seq):
        event, effects = decode_record(raw.payload)
        yield Entry(raw.seq, event, effects)


def first_event(folder: Path) -> Genesis:
    """Return the first event of a journal.

    Raises:
        Unlike: The journal is empty or begins with something else.
    """
    first = read_first(folder)
    event = decode_record(first.payload)[0] if first is not None else None
    if not isinstance(event, Genesis):
        raise Unlike(f"{folder}: the journal has no first record that says what it belongs to")
    return event


def parse_spec(genesis: Genesis) -> RunSpec:
    """Return what the core made of the configuration, from a state's first record."""
    return msgspec.json.decode(genesis.spec, type=RunSpec)


def parse_venues(genesis: Genesis) -> dict[str, VenueOptions]:
    """Return the options of the in-process venues, from a state's first record."""
    return {name: msgspec.json.decode(text, type=VenueOptions) for name, text in genesis.venues.items()}
