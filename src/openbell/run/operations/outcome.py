"""What became of the steps of a run's operations: one line each, kept beside its journal."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from openbell.files import write_whole

FILE = "operations.jsonl"
TICKS = "ticks"
PROPOSALS = "proposals"
Verdict = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one step found.

    Attributes:
        level: ok, warn or fail. told: In words. details: Its figures; money is text.
    """

    level: Verdict
    told: str
    details: dict[str, Any] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one step.

    Attributes:
        ts: When it was due, UTC ns in the market's time. wall: When it was done, UTC ns.
        date: Of the session, or the day, that it belongs to, ISO. block, step: As in the file.
        level, told, details: As in `Finding`.
    """

    ts: int
    wall: int
    date: str
    block: str
    step: str
    level: Verdict
    told: str
    details: dict[str, Any] = {}


def keep(state: Path, outcome: Outcome) -> None:
    """Write an outcome down for good. Raises OSError."""
    file = os.open(state / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(file, "ab") as out:
        out.write(msgspec.json.encode(outcome) + b"\n")
        out.flush()
        os.fdatasync(out.fileno())


def kept(state: Path) -> Iterator[Outcome]:
    """Yield the outcomes of a state, oldest first; a line cut off by a crash is left out."""
    try:
        lines = (state / FILE).read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=Outcome)
        except msgspec.MsgspecError:
            continue


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word that a step was done by hand: who, and what they say of it."""

    actor: str
    note: str


def tick(state: Path, step: str, word: Tick) -> None:
    """Leave a person's tick for a step; the run takes it when that is due. Raises OSError."""
    folder = state / TICKS
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{step}.json", msgspec.json.encode(word))


def take_tick(state: Path, step: str) -> Tick | None:
    """Take the tick that waits for a step, None where nobody has ticked it."""
    file = state / TICKS / f"{step}.json"
    try:
        word = msgspec.json.decode(file.read_bytes(), type=Tick)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    file.unlink()
    return word


class Proposal(msgspec.Struct, kw_only=True):
    """A limit that a review would change; nothing changes until a person approves.

    Attributes:
        id: Its name. rule: Kind of the rule. now, wanted: Its limit, as text with its unit.
        why: The figures behind it. approved: By whom, empty while it waits.
    """

    id: str
    rule: str
    now: str
    wanted: str
    why: str
    approved: str = ""


def propose(state: Path, proposal: Proposal) -> None:
    """Keep a proposal. Raises OSError."""
    folder = state / PROPOSALS
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{proposal.id}.json", msgspec.json.format(msgspec.json.encode(proposal)))


def proposals(state: Path) -> list[Proposal]:
    """Return the proposals of a state by name."""
    files = sorted((state / PROPOSALS).glob("*.json"))
    return [msgspec.json.decode(file.read_bytes(), type=Proposal) for file in files]
