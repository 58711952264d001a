import pytest

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import Options, open_journal
from openbell.run import assemble
from openbell.run.records import Unlike, entries, first_event, parse_spec, parse_venues
from tests.run.small import prepare, write

QUIET = Options(is_background=False, is_compressing=False)


def test_records_are_read_back_as_they_were_written(tmp_path):
    write(tmp_path, days=1)
    prepared, told = prepare(tmp_path / "small.yaml")
    genesis = assemble.genesis(prepared, "ABC123", told.digest, 1)
    journal, _ = open_journal(tmp_path / "journal", QUIET)
    journal.append(encode_record(genesis, []))
    journal.append(encode_record(ev.Timer(ts=2, deployment="", name="x"), []))
    journal.close()
    assert first_event(tmp_path / "journal") == genesis
    assert [entry.seq for entry in entries(tmp_path / "journal", 2)] == [2]
    assert parse_spec(genesis) == prepared.spec and parse_venues(genesis) == prepared.venues


def test_an_empty_journal_belongs_to_nothing(tmp_path):
    journal, _ = open_journal(tmp_path / "journal", QUIET)
    journal.close()
    with pytest.raises(Unlike, match="first record"):
        first_event(tmp_path / "journal")
