"""Every signal that came, by its own name, on disk before it counts.

SQLite, written through: a name that stands here was used, whatever became of the process that wrote it.
"""

import sqlite3
from pathlib import Path

import msgspec

NAME = "signals.db"
KEPT = 20_000
"""Signals that are kept, the newest. One that is older than its source lets it hold is refused by its timestamp."""
KEPT_REFUSED = 1_000
_BUSY_S = 10.0
_TABLES = """
create table if not exists signals (
    n integer primary key autoincrement, source text not null, id text not null, digest text not null,
    instrument text not null, target real not null, reason text not null, at integer not null, wall integer not null,
    peer text not null, answer text not null default '', unique (source, id));
create index if not exists signals_latest on signals (source, instrument, at);
create table if not exists refused (
    n integer primary key autoincrement, wall integer not null, source text not null, peer text not null,
    why text not null);
create table if not exists kept (name text primary key, value integer not null);
"""


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that came.

    Attributes:
        n: Its number, 0 before it has one. source, id: Whose, and its name there. digest: Of its body.
        instrument, target, reason: What it says. at: When it was signed first. wall: When it came first; UTC ns.
        peer: From where. answer: What its sender was told, JSON; empty while nobody knows what came of it.
    """

    source: str
    id: str
    digest: str
    instrument: str
    target: float
    reason: str
    at: int
    wall: int
    peer: str
    answer: str = ""
    n: int = 0


_FIELDS = Came.__struct_fields__


class Names:
    """The file of one state."""

    def __init__(self, folder: Path) -> None:
        """Open it in a state directory, made where it is new.

        Raises:
            sqlite3.Error: It cannot be opened, or is none. OSError: It cannot be made.
        """
        path = folder / NAME
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def find(self, source: str, id_: str) -> Came | None:
        """Return the signal of a name, None where none came under it."""
        found = self._found("source = ? and id = ?", (source, id_))
        return found[0] if found else None

    def is_overtaken(self, came: Came) -> bool:
        """Say whether a signal for the same instrument was signed later.

        Within one second the order of coming counts.
        """
        later = "source = ? and instrument = ? and id != ? and (at > ? or (at = ? and n > ?))"
        place = came.n or 1 << 62
        return bool(self._found(later, (came.source, came.instrument, came.id, came.at, came.at, place)))

    def add(self, came: Came) -> Came:
        """Write down that a signal came, durably, and return it with its number."""
        fields = [name for name in _FIELDS if name != "n"]
        words = f"insert into signals ({', '.join(fields)}) values ({', '.join('?' * len(fields))})"  # noqa: S608  # our own names
        done = self._db.execute(words, [getattr(came, name) for name in fields])
        self._db.execute("delete from signals where n <= ?", (int(done.lastrowid or 0) - KEPT,))
        return msgspec.structs.replace(came, n=int(done.lastrowid or 0))

    def answer(self, came: Came, answer: str) -> None:
        """Write down what its sender is told."""
        self._db.execute("update signals set answer = ? where n = ?", (answer, came.n))

    def unanswered(self) -> list[Came]:
        """Return the signals of which nobody knows what came of them, the oldest first."""
        return self._found("answer = ''", ())

    def refuse(self, wall: int, source: str, peer: str, why: str) -> None:
        """Write down that somebody was turned away; the oldest of such lines go."""
        words = "insert into refused (wall, source, peer, why) values (?, ?, ?, ?)"
        done = self._db.execute(words, (wall, source[:64], peer, why))
        self._db.execute("delete from refused where n <= ?", (int(done.lastrowid or 0) - KEPT_REFUSED,))

    def refused(self) -> list[tuple[int, str, str, str]]:
        """Return who was turned away: instant (UTC ns), source, from where, why; the oldest first."""
        return self._db.execute("select wall, source, peer, why from refused order by n").fetchall()

    def begin(self) -> bool:
        """Write down that a receiver works.

        Returns:
            True where the one before did not say that it ended.
        """
        was = self._db.execute("select value from kept where name = 'works'").fetchone()
        self._db.execute("insert or replace into kept values ('works', 1)")
        return was is not None and was[0] == 1

    def end(self) -> None:
        """Write down that the receiver ended in good order."""
        self._db.execute("insert or replace into kept values ('works', 0)")

    def _found(self, where: str, given: tuple[object, ...]) -> list[Came]:
        words = f"select {', '.join(_FIELDS)} from signals where {where} order by n"  # noqa: S608  # conditions are ours
        rows = self._db.execute(words, given)
        return [msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Came) for row in rows]
