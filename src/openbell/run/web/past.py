"""What was: older rows, records in words, a state as it stood."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.events import Event
from openbell.core.record import decode_record
from openbell.edges.journal import read_records, verify
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.records import entries, first_event, parse_spec
from openbell.run.web import rows
from openbell.run.web.follow import Follower
from openbell.run.web.rows import Row
from openbell.run.web.tallies import Tallies

MOST_READ = 50_000
"""Records that one search reads at most, the newest first of all."""
_LONGEST, _SHORT = 2000, 80
_LEFT_OUT = ("ts", "config", "spec", "venues")


def older(follower: Follower, what: str, before_seq: int | None, count: int) -> list[Row]:
    """Return the rows of a stream before a record, newest first."""
    kept = _before(follower, what, before_seq)
    if len(kept) >= count or follower.counts[what] <= len(follower.streams[what]):
        return kept[::-1][:count]
    again = Follower(follower.folder)
    try:
        upto = follower.seq if before_seq is None else before_seq - 1
        while again.seq < upto and again.look(min(upto - again.seq, 500)):
            pass
        return _before(again, what, before_seq)[::-1][:count]
    finally:
        again.close()


def _before(follower: Follower, what: str, before_seq: int | None) -> list[Row]:
    return [row for row in follower.streams[what] if before_seq is None or row["seq"] < before_seq]


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


def as_it_stood(folder: Path, seq: int) -> Row:
    """Return a state after a record."""
    journal = states.journal(folder)
    spec = parse_spec(first_event(journal))
    with in_money():
        book = Book(spec)
        tallies, last = Tallies(book), 0
        for raw in read_records(journal):
            if raw.seq > seq:
                break
            event, effects = decode_record(raw.payload)
            apply_record(book, event, effects)
            tallies.watch(book, event)
            last = raw.seq
        return {
            "run": {"seq": last, "market_ts": str(book.truth.ts)},
            "accounts": rows.accounts(book), "deployments": tallies.rows(book, is_running=True),
            "positions": rows.positions(book), "orders": rows.orders(book), "instruments": rows.instruments(book),
            "latches": rows.latches(book), "kills": rows.kills(book),
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
