"""Records, decoded, and the first one."""

from pathlib import Path

import pytest

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import open_journal
from openbell.run.records import Unlike, entries, first_event, parse_venues


def _journal(folder: Path, *events: ev.Event) -> Path:
    journal, _ = open_journal(folder)
    for event in events:
        journal.append(encode_record(event, []))
    journal.close()
    return folder


def test_entries_come_in_order_from_anywhere(tmp_path: Path) -> None:
    timers = [ev.Timer(ts=n, deployment="", name="t") for n in range(1, 5)]
    folder = _journal(tmp_path / "j", *timers)
    assert [entry.event for entry in entries(folder)] == timers
    assert [entry.seq for entry in entries(folder, 3)] == [3, 4]


def test_the_first_event_says_whose_journal_it_is(tmp_path: Path) -> None:
    genesis = ev.Genesis(ts=0, instance="ABCDEF", config="{}", code="c", venues={"main": "{}"})
    assert first_event(_journal(tmp_path / "j", genesis)) == genesis
    assert parse_venues(genesis)["main"].path == "pessimistic"


@pytest.mark.parametrize("events", [[], [ev.Timer(ts=1, deployment="", name="t")]])
def test_a_journal_that_begins_with_something_else_is_refused(tmp_path: Path, events: list[ev.Event]) -> None:
    with pytest.raises(Unlike, match="no first record"):
        first_event(_journal(tmp_path / "j", *events))
