"""The outbox: what was told, and to whom it still has to go, in one file.

SQLite, written through before anything is sent. What is read from the journal, what follows from it and the place
reached change in one transaction, so that after any end each message is there once.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from openbell.edges.alerts.letter import Letter

NAME = "alerts.db"
KEPT = 20_000
"""Messages kept in the history, the newest; and as many that were sent."""
KEPT_WISHES = 100
WAITING, SENDING, SENT, REFUSED, DROPPED = "waiting", "sending", "sent", "refused", "dropped"
HELD = "held"
BUSY_S = 10.0
"""How long one process waits for another that writes, seconds."""
_TABLES = """
create table if not exists kept (name text primary key, value blob not null);
create table if not exists alerts (
    id integer primary key autoincrement, mark text not null unique, seq integer not null, ts integer not null,
    wall integer not null, level text not null, kind text not null, event text not null, key text not null,
    title text not null, text text not null, fields text not null, repeats integer not null default 0,
    acked integer not null default 0, acked_by text not null default '', due integer not null default 0,
    calls integer not null default 0);
create index if not exists alerts_key on alerts (key, id);
create index if not exists alerts_due on alerts (due) where due > 0;
create index if not exists alerts_repeats on alerts (wall) where repeats > 0;
create table if not exists held (alert integer not null, channel text not null, due integer not null);
create table if not exists posts (
    id integer primary key autoincrement, channel text not null, target text not null, letter text not null,
    state text not null, tries integer not null default 0, next integer not null default 0, wall integer not null,
    done integer not null default 0, again integer not null default 0, why text not null default '');
create index if not exists posts_open on posts (channel, target, id) where state in ('waiting', 'sending');
create table if not exists carries (post integer not null, alert integer not null);
create index if not exists carries_alert on carries (alert);
create table if not exists wishes (
    id integer primary key autoincrement, channel text not null, actor text not null, wall integer not null,
    done integer not null default 0, answer text not null default '');
"""


class Row(msgspec.Struct, kw_only=True):
    """One message as the history keeps it.

    Attributes:
        id: Its number. mark: Made of where it comes from, so that it is there once. seq: Record that it tells of.
        ts: Instant of that. wall: When it was told; both UTC ns. key: What repeats are recognised by.
        repeats: How often it came again. acked: When somebody had seen it, 0 for not yet. acked_by: Who.
        due: When it is sent once more unless acknowledged, 0 for never. calls: How often it was.
    """

    mark: str
    seq: int
    ts: int
    wall: int
    level: str
    kind: str
    event: str
    key: str
    title: str
    text: str
    fields: dict[str, str] = {}
    id: int = 0
    repeats: int = 0
    acked: int = 0
    acked_by: str = ""
    due: int = 0
    calls: int = 0


class Item(msgspec.Struct, kw_only=True):
    """One letter for one target of a channel, and how far it has come."""

    id: int
    channel: str
    target: str
    letter: Letter
    state: str
    tries: int
    next: int
    wall: int
    done: int
    again: bool
    why: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How far one message has come on one channel.

    Attributes:
        alert: Its number. channel: Name. state: As of a letter, or held while it waits for its hour or its digest.
        tries: How often it was tried. ts: When that ended, or until when it is held; UTC ns, 0 for not yet.
        why: Why it was not taken, empty where it was.
    """

    alert: int
    channel: str
    state: str
    tries: int = 0
    ts: int = 0
    why: str = ""


class Wish(msgspec.Struct, kw_only=True):
    """Somebody wants a channel tried: who, when (UTC ns), and what came of it.

    Attributes:
        id: Its number. done: When it was answered, 0 for not yet. answer: JSON, empty for none yet.
    """

    id: int
    channel: str
    actor: str
    wall: int
    done: int = 0
    answer: str = ""


_ROW = tuple(field for field in Row.__struct_fields__ if field != "id")
_ITEM = Item.__struct_fields__


class History:
    """Every message that was told, once each."""

    def __init__(self, line: sqlite3.Connection) -> None:
        """Read and write over an open line."""
        self._db = line

    def add(self, row: Row) -> int:
        """Add a message; return its number, 0 where one of its mark is there."""
        values = [_plain(getattr(row, field)) for field in _ROW]
        words = f"insert or ignore into alerts ({', '.join(_ROW)}) values ({', '.join('?' * len(_ROW))})"  # noqa: S608  # our own names
        done = self._db.execute(words, values)
        return int(done.lastrowid or 0) if done.rowcount else 0

    def rows(self, where: str = "1", given: tuple[object, ...] = (), most: int = 200) -> list[Row]:
        """Return messages for which a condition of SQL holds, the newest first."""
        words = f"select id, {', '.join(_ROW)} from alerts where {where} order by id desc limit ?"  # noqa: S608  # conditions are ours
        return [_row(found) for found in self._db.execute(words, (*given, most))]

    def count(self, where: str) -> int:
        """Return for how many messages a condition of SQL holds."""
        return int(self._db.execute(f"select count(*) from alerts where {where}").fetchone()[0])  # noqa: S608  # conditions are ours

    def change(self, row: Row) -> None:
        """Write down what became of a message."""
        self._db.execute(
            "update alerts set repeats = ?, acked = ?, acked_by = ?, due = ?, calls = ? where id = ?",
            (row.repeats, row.acked, row.acked_by, row.due, row.calls, row.id),
        )


class Queue:
    """What still has to go out, and what has gone."""

    def __init__(self, line: sqlite3.Connection) -> None:
        """Read and write over an open line."""
        self._db = line

    def hold(self, alert: int, channel: str, due: int) -> None:
        """Keep a message back for a channel until an instant (UTC ns)."""
        self._db.execute("insert into held values (?, ?, ?)", (alert, channel, due))

    def held_until(self, channel: str) -> int:
        """Return when the next of a channel's held messages is due, 0 where none is held."""
        return int(self._db.execute("select min(due) from held where channel = ?", (channel,)).fetchone()[0] or 0)

    def release(self, channel: str, now: int) -> list[int]:
        """Return the numbers of the messages that are due for a channel, and hold them no longer."""
        due = "from held where channel = ? and due <= ?"
        found = self._db.execute(f"select alert {due} order by alert", (channel, now)).fetchall()  # our own words
        self._db.execute(f"delete {due}", (channel, now))  # our own words
        return [int(row[0]) for row in found]

    def line_up(self, channel: str, target: str, letter: Letter, wall: int, alerts: Sequence[int] = ()) -> None:
        """Put a letter that carries `alerts` behind all others of a target; it gets its number."""
        done = self._db.execute(
            "insert into posts (channel, target, letter, state, wall) values (?, ?, ?, ?, ?)",
            (channel, target, msgspec.json.encode(letter).decode(), WAITING, wall),
        )
        numbered = msgspec.structs.replace(letter, number=int(done.lastrowid or 0))
        self._db.execute(
            "update posts set letter = ? where id = ?", (msgspec.json.encode(numbered).decode(), numbered.number)
        )
        self._db.executemany("insert into carries values (?, ?)", [(numbered.number, alert) for alert in alerts])

    def ways(self, alerts: Sequence[int]) -> list[Way]:
        """Return how far messages have come, by channel and target."""
        marks = ", ".join("?" * len(alerts))
        posts = self._db.execute(
            "select carries.alert, channel, state, tries, done, why from posts"  # noqa: S608  # marks are question marks
            f" join carries on carries.post = posts.id where carries.alert in ({marks}) order by posts.id",
            tuple(alerts),
        )
        held = self._db.execute(f"select alert, channel, due from held where alert in ({marks})", tuple(alerts))  # noqa: S608  # the same
        gone = [
            Way(alert=alert, channel=channel, state=state, tries=tries, ts=done, why=why)
            for alert, channel, state, tries, done, why in posts
        ]
        return gone + [Way(alert=alert, channel=channel, state=HELD, ts=due) for alert, channel, due in held]

    def load(self) -> dict[str, tuple[int, int]]:
        """Return by channel how many letters wait, and when one was taken last (UTC ns or 0)."""
        found = self._db.execute(
            "select channel, sum(state in ('waiting', 'sending')), max(case state when 'sent' then done else 0 end)"
            " from posts group by channel"
        )
        return {channel: (int(waiting), int(sent)) for channel, waiting, sent in found}

    def first(self, channel: str, target: str) -> Item | None:
        """Return what is to be sent next to a target, None for nothing."""
        found = self.items("channel = ? and target = ? and state in ('waiting', 'sending')", (channel, target), 1)
        return found[0] if found else None

    def items(self, where: str, given: tuple[object, ...] = (), most: int = 200) -> list[Item]:
        """Return letters for which a condition of SQL holds, the oldest first."""
        words = f"select {', '.join(_ITEM)} from posts where {where} order by id limit ?"  # noqa: S608  # conditions are ours
        return [_item(found) for found in self._db.execute(words, (*given, most))]

    def change(self, item: Item) -> None:
        """Write down what became of a letter."""
        self._db.execute(
            "update posts set state = ?, tries = ?, next = ?, done = ?, again = ?, why = ? where id = ?",
            (item.state, item.tries, item.next, item.done, item.again, item.why, item.id),
        )


class Wishes:
    """Channels that somebody wants tried; the notifier alone has the keys to do it."""

    def __init__(self, line: sqlite3.Connection) -> None:
        """Read and write over an open line."""
        self._db = line

    def add(self, channel: str, actor: str, wall: int) -> int:
        """Ask for a channel; return the number of the wish."""
        words = "insert into wishes (channel, actor, wall) values (?, ?, ?)"
        return int(self._db.execute(words, (channel, actor, wall)).lastrowid or 0)

    def open(self, since: int) -> list[Wish]:
        """Return the wishes that nobody has answered, of an instant (UTC ns) or later."""
        return self._found("done = 0 and wall >= ?", since)

    def one(self, number: int) -> Wish:
        """Return a wish that there is."""
        return self._found("id = ?", number)[0]

    def answer(self, wish: Wish) -> None:
        """Write down what came of a wish."""
        self._db.execute("update wishes set done = ?, answer = ? where id = ?", (wish.done, wish.answer, wish.id))

    def _found(self, where: str, given: int) -> list[Wish]:
        words = f"select id, channel, actor, wall, done, answer from wishes where {where} order by id"  # noqa: S608  # ours
        found = self._db.execute(words, (given,))
        return [msgspec.convert(dict(zip(Wish.__struct_fields__, one, strict=True)), Wish) for one in found]


class Outbox:
    """The file of one state; several processes may have it open.

    Attributes:
        history: What was told. queue: What goes out. wishes: Channels to be tried. state: Name of the state.
    """

    def __init__(self, folder: Path, busy_s: float = BUSY_S) -> None:
        """Open it in a state directory, made where it is new; others that write are waited for `busy_s` seconds.

        Raises:
            sqlite3.Error: It cannot be opened, or is none. OSError: It cannot be made.
        """
        path, self.state = folder / NAME, folder.name
        if not path.exists():
            # One that is there keeps its time: it says when somebody wrote.
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_TABLES)
        self.history, self.queue, self.wishes = History(self._db), Queue(self._db), Wishes(self._db)

    def __enter__(self) -> Self:
        """Return itself; `close` at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make everything inside durable at its end, or nothing of it."""
        self._db.execute("begin immediate")
        is_whole = False
        try:
            yield
            is_whole = True
        finally:
            self._db.execute("commit" if is_whole else "rollback")

    def kept(self, name: str) -> bytes | None:
        """Return what was kept under a name, None for nothing."""
        found = self._db.execute("select value from kept where name = ?", (name,)).fetchone()
        return None if found is None else bytes(found[0])

    def keep(self, name: str, value: bytes) -> None:
        """Keep a value under a name."""
        self._db.execute("insert or replace into kept values (?, ?)", (name, value))

    def forget(self) -> None:
        """Let go of the oldest that need nothing any more."""
        self._db.execute("delete from alerts where id <= (select max(id) from alerts) - ?", (KEPT,))
        self._db.execute(
            "delete from posts where id <= (select max(id) from posts) - ? and state not in ('waiting', 'sending')",
            (KEPT,),
        )
        self._db.execute("delete from carries where post not in (select id from posts)")
        self._db.execute("delete from wishes where id <= (select max(id) from wishes) - ?", (KEPT_WISHES,))


def _plain(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def _row(found: tuple[object, ...]) -> Row:
    named = dict(zip(("id", *_ROW), found, strict=True))
    return msgspec.convert({**named, "fields": msgspec.json.decode(str(named["fields"]))}, Row)


def _item(found: tuple[object, ...]) -> Item:
    named = dict(zip(_ITEM, found, strict=True))
    letter = msgspec.json.decode(str(named["letter"]))
    return msgspec.convert({**named, "letter": letter, "again": bool(named["again"])}, Item)
