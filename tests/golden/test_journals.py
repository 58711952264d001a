"""What an earlier version wrote is read by this one and amounts to the same.

Each file is the raw log of one version, which ran every kind of event and effect it knew; beside it stands what its
own code made of it. A version that cannot read one has to say so before it starts, never to guess.
"""

import json
import lzma
from pathlib import Path

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.record import decode_record, encode_record
from openbell.edges.journal.record import GENESIS, walk
from openbell.run.facts import facts
from openbell.run.records import parse_spec

HERE = Path(__file__).parent / "journals"
FILES = sorted(HERE.glob("*.log.xz"))


def read(file: Path) -> list[tuple[ev.Event, list[fx.Effect]]]:
    """Return the steps of a log, its chain checked."""
    raw = lzma.decompress(file.read_bytes())
    found = list(walk(raw, 0, 0, GENESIS))
    assert found[-1].end == len(raw)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    return [decode_record(raw[one.start + 64 : one.stop]) for one in found]


def test_there_is_a_journal_of_the_first_version() -> None:
    assert [file.name for file in FILES] == ["2026-11-first.log.xz"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_F107_B35_an_old_journal_amounts_to_what_its_own_version_made_of_it(file: Path) -> None:
    steps = read(file)
    genesis = steps[0][0]
    assert isinstance(genesis, ev.Genesis)
    book = Book(parse_spec(genesis))
    for event, effects in steps:
        apply_record(book, event, effects)
    assert facts(book) == json.loads(file.with_suffix("").with_suffix(".json").read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_F107_a_record_read_and_written_again_is_read_the_same(file: Path) -> None:
    for event, effects in read(file):
        again = decode_record(encode_record(event, effects))
        assert encode_record(*again) == encode_record(event, effects)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_old_journal_holds_nearly_every_kind_that_there_was(file: Path) -> None:
    kinds = {type(event).__name__ for event, _ in read(file)}
    kinds |= {type(effect).__name__ for _, effects in read(file) for effect in effects}
    assert len(kinds) >= 22


def test_F107_a_record_of_a_later_version_is_refused_loudly() -> None:
    unknown = msgspec.msgpack.encode([[250, 1, "from the future"], []])
    with pytest.raises(msgspec.ValidationError):
        decode_record(unknown)
