"""What was: older rows, records in words, a state as it stood."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.events import Event
from openbell.core.record import decode_record
from openbell.edges.journal import read_records, verify
from openbell.edges.web.ports import Wanted
from openbell.report.recorder import Recorder
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.records import entries, first_event, parse_spec
from openbell.run.web import rows
from openbell.run.web.follow import Follower
from openbell.run.web.rows import Row
from openbell.run.web.sight import Sight
from openbell.run.web.tallies import Tallies

MOST_READ = 50_000
"""Records that one search reads at most, the newest first of all."""
SPARE = 100
"""Rows kept beyond a page, so that it ends between two records."""
_LONGEST, _SHORT = 2000, 80
_LEFT_OUT = ("ts", "config", "spec", "venues")


def older(follower: Follower, what: str, wanted: Wanted) -> list[Row]:
    """Return the wanted rows of a stream, newest first; those of one record together."""
    # Copied first: the follower goes on in another thread.
    kept = [row for row in list(follower.streams[what]) if _is_wanted(row, wanted)]
    if len(kept) <= wanted.count and follower.counts[what] > len(follower.streams[what]):
        kept = list(_again(follower, wanted).streams[what])
    kept.reverse()
    if len(kept) <= wanted.count:
        return kept
    page, cut = kept[: wanted.count], kept[wanted.count]["seq"]
    whole = [row for row in page if row["seq"] != cut]
    return whole or [row for row in kept if row["seq"] == cut]


def _again(follower: Follower, wanted: Wanted) -> Follower:
    """Return the journal followed once more, up to what is wanted, with more rows kept."""
    again = Follower(follower.folder, wanted.count + SPARE, lambda row: _is_wanted(row, wanted))
    try:
        upto = follower.seq if wanted.before_seq is None else wanted.before_seq - 1
        while again.seq < upto and again.look(min(upto - again.seq, 500)):
            pass
    finally:
        again.close()
    return again


def _is_wanted(row: Row, wanted: Wanted) -> bool:
    """Return True for a row that is asked for; an alert is of all deployments, a bar of none."""
    return (
        "seq" in row
        and (wanted.before_seq is None or row["seq"] < wanted.before_seq)
        and wanted.deployment in ("", row.get("deployment", wanted.deployment))
        and wanted.symbol in ("", row.get("symbol", wanted.symbol))
    )


def records(folder: Path, before_seq: int, count: int, text: str) -> list[Row]:
    """Return records in words that hold a text, newest first."""
    first, wanted = max(1, before_seq - (MOST_READ if text else count)), text.lower()
    found = []
    for entry in entries(states.journal(folder), first):
        if entry.seq >= before_seq:
            break
        said = in_words(entry.event, entry.effects)
        if wanted in said.lower():
            kind = type(entry.event).__name__
            found.append({"seq": entry.seq, "ts": str(entry.event.ts), "kind": kind, "text": said})
    return found[::-1][:count]


def checked(folder: Path) -> Row:
    """Return whether a journal is whole."""
    verdict = verify(states.journal(folder))
    return {
        "is_sound": verdict.is_sound, "records": verdict.records, "seq": verdict.seq,
        "head_hash": verdict.head_hash.hex(), "problem": verdict.problem, "segment": verdict.segment,
    }  # fmt: skip


def as_it_stood(folder: Path, seq: int, sight: Sight) -> Row:
    """Return a state after a record."""
    journal = states.journal(folder)
    spec = parse_spec(first_event(journal))
    with in_money():
        book = Book(spec)
        tallies, recorder, last = Tallies(book), Recorder(spec), 0
        for raw in read_records(journal):
            if raw.seq > seq:
                break
            event, effects = decode_record(raw.payload)
            apply_record(book, event, effects)
            recorder.watch(book, event, effects)
            tallies.watch(book, event)
            while recorder.ledger.trades:
                tallies.close(book, recorder.ledger.trades.popleft())
            last = raw.seq
        return {
            "run": {"seq": last, "market_ts": str(book.truth.ts)},
            "accounts": rows.accounts(book, tallies.realised(book), sight.late),
            "deployments": tallies.rows(book, is_running=True),
            "positions": rows.positions(book), "orders": rows.orders(book), "latches": rows.latches(book),
            "kills": rows.kills(book), **sight.rows(book),
        }  # fmt: skip


def in_words(event: Event, effects: list[Any]) -> str:
    """Return a record in one line: what came, and what was decided."""
    return " -> ".join([_fields(event), *(_fields(effect) for effect in effects)])[:_LONGEST]


def _fields(thing: Any) -> str:
    named = ((name, getattr(thing, name)) for name in thing.__struct_fields__ if name not in _LEFT_OUT)
    shown = [f"{name}={_short(value)}" for name, value in named if value not in (None, "", (), {}, 0)]
    return f"{type(thing).__name__}({', '.join(shown)})"


def _short(value: Any) -> str:
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
