"""`openbell journal`: look after the log that everything else is recovered from."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from openbell.cli.shell.failure import REFUSED, Wrong
from openbell.cli.shell.options import Json, StateOption, StateWord, Until, parse_since, parse_until
from openbell.cli.shell.output import say, say_json, tell
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.edges.journal import Entry

EXAMPLES = """
openbell journal verify                      is every record whole, and the chain unbroken?
openbell journal export --out run.jsonl      every event with its effects, a line each
openbell journal export --raw --out run.log  the records' own bytes
"""
VERIFY_EXAMPLES = """
openbell journal verify                 exit code 0 for a sound journal, 3 for a damaged one
openbell journal verify runs/a --json
"""
EXPORT_EXAMPLES = """
openbell journal export                      a line for each record to standard output
openbell journal export --out run.jsonl      into a file
openbell journal export --raw --out run.log  the records' own bytes, a prefix of every later export
openbell journal export --since 2024-07-01 --until 2024-07-31 --out july.jsonl   what was decided in a period
"""
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="No record before: 2024-07-03T10:00Z or 2024-07-03.",
                 show_default=False),
]  # fmt: skip
Raw = Annotated[bool, typer.Option("--raw", help="The records' own bytes instead of lines.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Default: standard output.", show_default=False)
]


def verify(word: StateWord = None, state: StateOption = None, as_json: Json = False) -> int:
    """Check every record, the chain and the head file; nothing is changed."""
    from openbell.cli.shell.place import chosen
    from openbell.edges import journal as log
    from openbell.run import state as states

    folder = chosen(word, state)
    found = log.verify(states.journal(folder))
    if as_json:
        say_json({
            "state": str(folder), "is_sound": found.is_sound, "records": found.records, "seq": found.seq,
            "journal_head": found.head_hash.hex(), "has_head": found.has_head, "problem": found.problem,
            "segment": found.segment, "offset": found.offset, "in_reserve": found.in_reserve,
        })  # fmt: skip
        return 0 if found.is_sound else REFUSED
    place = f" ({found.segment} offset {found.offset})" if found.segment else ""
    if found.is_sound:
        say(f"sound: {counted(found.records, 'record')} up to seq {found.seq:,}, chain {found.head_hash.hex()[:16]}…")
        if found.problem:
            say(f"note: {found.problem}{place}; the next start cuts them off and keeps them in a side file")
        return 0
    say(f"DAMAGED: {found.problem}{place}")
    say(f"{found.records:,} records before it are whole. The engine refuses to start from this journal.")
    tell("next: restore the state from a backup, or start a new one with --state")
    return REFUSED


def export(
    word: StateWord = None,
    state: StateOption = None,
    raw: Raw = False,
    out: Out = None,
    since: Since = None,
    until: Until = None,
    as_json: Json = False,
) -> int:
    """Write all valid records out, as JSON lines or as they stand in the log.

    A period is one of market time: every event, decision, order and fill from `--since` up to `--until`.
    """
    from openbell.cli.shell.place import chosen
    from openbell.edges import journal as log
    from openbell.run import state as states

    folder = chosen(word, state)
    if out is None and as_json:
        raise Wrong("--json prints one object, and the records would come between", "add --out FILE")
    if out is None and raw and sys.stdout.isatty():
        raise Wrong("--raw writes bytes that no terminal shows", "add --out FILE, or write > FILE")
    if raw and (since or until):
        raise Wrong("--raw writes the log as it is, from its beginning on", "leave --raw out, or --since and --until")
    records = _of_period(log.read_records(states.journal(folder)), since, until)
    if raw and out is not None:
        count = log.export_raw(states.journal(folder), out)
    elif raw:
        count = sum(1 for entry in records if sys.stdout.buffer.write(entry.record_bytes))
    elif out is not None:
        with out.open("w", encoding="utf-8") as file:
            count = _write_lines(records, file)
    else:
        count = _write_lines(records, sys.stdout)
    if as_json:
        say_json({"state": str(folder), "records": count, "raw": raw, "out": str(out)})
    elif out is not None:
        say(f"{counted(count, 'record')} of {folder} written to {out}")
    return 0


def _of_period(records: Iterable[Any], since: str | None, until: str | None) -> Iterator[Any]:
    from openbell.core.record import decode_record
    from openbell.run.loop import FAR

    first = parse_since(since) if since else 0
    last = parse_until(until) if until else FAR
    for entry in records:
        if not (since or until) or first <= decode_record(entry.payload)[0].ts <= last:
            yield entry


def _write_lines(records: Any, file: TextIO) -> int:
    count = 0
    for entry in records:
        file.write(line(entry) + "\n")
        count += 1
    return count


def line(entry: "Entry") -> str:
    """Return a record as one JSON line: seq, event, effects, each with its type's name."""
    from openbell.core.record import decode_record

    event, effects = decode_record(entry.payload)
    told = {"seq": entry.seq, "event": named(event), "effects": [named(effect) for effect in effects]}
    return json.dumps(told, ensure_ascii=False)


def named(value: Any) -> dict[str, Any]:
    """Return a message as an object with its type's name; money as text, instants in ns.

    The type of an order is called `order_type`, so that it does not take the place of the message's own.
    """
    names = {name: "order_type" if name == "type" else name for name in value.__struct_fields__}
    fields = {told: _plain(getattr(value, name)) for name, told in names.items()}
    return {"type": type(value).__name__, **fields}


def _plain(value: Any) -> Any:
    if hasattr(value, "__struct_fields__"):
        return named(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, str | int | None):
        return value
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)
