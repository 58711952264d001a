"""Who came in, and what was changed about who may, in a chain of hashes.

It is written down before it takes effect.

What runs are told stands in their journals, with its actor. Here stand log-ins, second factors, keys and deployments.
Each line holds the hash of the one before: one that is changed, taken out, put in or moved breaks the chain. Lines cut
off at the end are found by a hash that was written down elsewhere (`verify`'s `head`).
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from openbell.files import PRIVATE

NAME = "audit.jsonl"
FIRST = "0" * 64
"""The hash before the first line."""
MOST_WORDS = 300
"""Characters of what is written down about one event."""
_LAST_BYTES = 16 << 10


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line.

    Attributes:
        n: Its number, from 1. ts: UTC ns. actor: Who, and from where. what: Name of the event. text: More about it.
        before: Hash of the line before. hash: Of this one, over all of the above.
    """

    n: int
    ts: int
    actor: str
    what: str
    text: str
    before: str
    hash: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a chain is whole: its lines, the hash of the last, what is wrong (or empty)."""

    entries: int
    head: str
    problem: str = ""


class Audit:
    """The file of one home; several processes may write to it."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        """Write to a file, made with its first line; `now` tells UTC ns."""
        self._path, self._now = path, now

    def note(self, actor: str, what: str, text: str = "") -> None:
        """Write down what is about to happen; returns once it would survive a power cut.

        Raises:
            OSError: It cannot be written; then it must not happen.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, PRIVATE), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = _last(file.fileno())
            entry = Entry(
                n=last.n + 1 if last is not None else 1, ts=self._now(), actor=actor[:MOST_WORDS], what=what,
                text=text[:MOST_WORDS], before=last.hash if last is not None else FIRST,
            )  # fmt: skip
            line = msgspec.json.encode(msgspec.structs.replace(entry, hash=_hash(entry)))
            # A line that a power cut has torn keeps its own line; `verify` names it.
            file.write(line + b"\n" if _ends_whole(file.fileno()) else b"\n" + line + b"\n")
            file.flush()
            os.fsync(file.fileno())


def entries(path: Path) -> Iterator[Entry]:
    """Yield the lines of a file, none where there is no file.

    Raises:
        OSError: It cannot be read. msgspec.MsgspecError: A line is none.
    """
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=Entry)


def verify(path: Path, head: str = "") -> Verdict:
    """Return whether a chain is whole, and holds a hash written down before (if given).

    Raises:
        OSError: The file cannot be read.
    """
    count, before, found = 0, FIRST, head in ("", FIRST)
    try:
        for entry in entries(path):
            count += 1
            if (entry.n, entry.before) != (count, before) or _hash(entry) != entry.hash:
                return Verdict(entries=count, head=before, problem=f"line {count} does not follow from those before it")
            before, found = entry.hash, found or entry.hash == head
    except msgspec.MsgspecError:
        return Verdict(entries=count, head=before, problem=f"line {count + 1} cannot be read")
    problem = "" if found else "the hash that was written down is not in it: lines are missing at the end"
    return Verdict(entries=count, head=before, problem=problem)


def _hash(entry: Entry) -> str:
    return sha256(msgspec.json.encode(msgspec.structs.replace(entry, hash=""))).hexdigest()


def _last(file: int) -> Entry | None:
    """Return the last whole line of an open file."""
    size = os.fstat(file).st_size
    tail = os.pread(file, _LAST_BYTES, max(size - _LAST_BYTES, 0))
    for line in reversed(tail.split(b"\n")):
        try:
            return msgspec.json.decode(line, type=Entry)
        except msgspec.MsgspecError:
            continue
    return None


def _ends_whole(file: int) -> bool:
    size = os.fstat(file).st_size
    return size == 0 or os.pread(file, 1, size - 1) == b"\n"
