"""What a state tells beside its journal: lines of its log, and what people were told.

Files are looked at in a thread: neither a slow disk nor a locked file holds up what the journal says.
"""

import json
import os
import sqlite3
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.happenings import LEVELS
from openbell.core.types import NS
from openbell.edges.alerts.outbox import NAME, Outbox, Row, Way
from openbell.run.alerts import siren
from openbell.run.alerts.notifier import BEAT, CHANNELS, Shown
from openbell.run.clock import Clock
from openbell.run.web.rows import Rows

MAIN = "TradingSystem_main"
KEPT_LINES, KEPT_MESSAGES = 60, 100
"""Lines and messages that a page is told of; it asks for older ones."""
_LINE = 4096
"""Bytes that a line takes at most, nearly always."""
AT_MOST = KEPT_LINES * _LINE
"""Bytes of a log that are read in one look; what was written before them is left out, and said to be."""
AGAIN_NS = 2 * NS
"""Messages are read again after so long though nobody has written: who carries them may have fallen silent."""
BUSY_S = 1.0
SILENT_NS = 10 * NS
"""A notifier without a sign for so long is taken for gone."""
LONGEST = 2000
"""Characters of a line that are shown."""
_UNSEEN = f"acked = 0 and level in ({', '.join(repr(one) for one in LEVELS[LEVELS.index('error') :])})"
_NONE = {"is_kept": False, "has_notifier": False, "unseen": 0, "unheard": 0, "channels": [], "messages": []}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found.

    Attributes:
        lines: New lines of the log, the oldest first. is_cut: Lines between these and those before are left out.
        sections: Rows of `told`, `channels` and `messages`; the same object where nothing is new.
    """

    lines: list[dict[str, Any]]
    is_cut: bool
    sections: dict[str, Rows]


class Aside:
    """Of one state. One look at a time: what it remembers is where the last one ended."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Look into a state directory; nothing is read yet."""
        self._folder, self._clock = folder, clock
        self._log = Log(folder / "logs" / f"{MAIN}.log")
        self._sections: dict[str, Rows] = {}
        self._stamp: object = None
        self._read = 0

    def look(self) -> Seen:
        """Return what is new."""
        lines, is_cut = self._log.look()
        # Taken before the file is read: what is written meanwhile is found the next time.
        stamp, now = _stamps(self._folder / NAME, self._folder / f"{NAME}-wal"), self._clock.now()
        if stamp != self._stamp or now - self._read >= AGAIN_NS:
            self._sections = self._messages(now)
            self._stamp, self._read = stamp, now
        return Seen(lines=lines, is_cut=is_cut, sections=self._sections)

    def _messages(self, now: int) -> dict[str, Rows]:
        name = self._folder.name
        try:
            found = told(self._folder, now, None, KEPT_MESSAGES)
        except (sqlite3.Error, OSError, ValueError, msgspec.MsgspecError) as error:
            # What was known stays, with the reason why it may be old.
            before = self._sections.get("told", {}).get(name, {**_NONE, "is_kept": True})
            summary = {key: value for key, value in before.items() if key not in ("channels", "messages")}
            rows = {name: {**summary, "problem": str(error)}}
            return {"channels": {}, "messages": {}, **self._sections, "told": rows}
        sections = {
            "channels": {one["name"]: one for one in found.pop("channels")},
            "messages": {str(one["id"]): one for one in found.pop("messages")},
            "told": {name: {**found, "problem": ""}},
        }
        return self._sections if sections == self._sections else sections


class Log:
    """A log file that others write to, and put aside when it is full."""

    def __init__(self, path: Path) -> None:
        """Begin with its newest lines."""
        self._path = path
        self._file = 0
        self._place = 0

    def look(self) -> tuple[list[dict[str, Any]], bool]:
        """Return new lines, the oldest first, and whether others were left out before them."""
        try:
            with self._path.open("rb") as file:
                return self._new(file.fileno())
        except OSError:
            # None yet, or put aside a moment ago: the next look finds the one that is begun.
            return [], False

    def _new(self, file: int) -> tuple[list[dict[str, Any]], bool]:
        stat = os.fstat(file)
        is_another = stat.st_ino != self._file or stat.st_size < self._place
        begin = 0 if is_another else self._place
        is_cut = is_another and self._file != 0
        if stat.st_size - begin > AT_MOST:
            begin, is_cut = stat.st_size - AT_MOST, True
        data = os.pread(file, stat.st_size - begin, begin)
        # A line that is not finished is read once it is.
        whole = data[: data.rfind(b"\n") + 1]
        self._file, self._place = stat.st_ino, begin + len(whole)
        lines = [line for text in whole.splitlines() if (line := line_of(text)) is not None]
        return lines[-KEPT_LINES:], is_cut or len(lines) > KEPT_LINES


def line_of(text: bytes) -> dict[str, Any] | None:
    """Return a line of a log as it is shown, None for one that a crash has cut."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    return {
        "at": str(told.get("@timestamp", "")), "level": str(told.get("log.level", "")),
        "component": str(told.get("log.logger", "")), "text": str(told.get("message", ""))[:LONGEST],
    }  # fmt: skip


def newest(path: Path, count: int, text: str) -> list[dict[str, Any]]:
    """Return the newest lines of a log that hold a text, the newest first."""
    wanted = text.lower()
    with path.open("rb") as file:
        if not wanted:
            # What lies before the newest is not read.
            file.seek(max(0, path.stat().st_size - count * _LINE))
        kept = deque((line for line in file if wanted in line.decode(errors="replace").lower()), maxlen=count)
    return [line for text in reversed(kept) if (line := line_of(text)) is not None]


def told(folder: Path, now: int, before: int | None, count: int) -> dict[str, Any]:
    """Return what people were told of a state, as `edges.web.ports.Messages.told` says.

    Raises:
        sqlite3.Error, OSError: The file of messages cannot be read.
    """
    if not (folder / NAME).exists():
        return dict(_NONE)
    with Outbox(folder, BUSY_S) as outbox:
        rows = outbox.history.rows("id < ?", (before or 1 << 62,), count)
        ways = defaultdict[int, list[Way]](list)
        for way in outbox.queue.ways([row.id for row in rows]):
            ways[way.alert].append(way)
        return {
            "is_kept": True, "has_notifier": has_notifier(outbox, now),
            "unseen": outbox.history.count(_UNSEEN), "unheard": len(siren.unheard(outbox, now)),
            "channels": channels(outbox),
            "messages": [_message(row, ways[row.id]) for row in rows],
        }  # fmt: skip


def has_notifier(outbox: Outbox, now: int) -> bool:
    """Return whether somebody carries messages at an instant (UTC ns)."""
    return now - int(outbox.kept(BEAT) or b"0") < SILENT_NS


def channels(outbox: Outbox) -> list[dict[str, Any]]:
    """Return a row for each channel: how much waits, and when something was taken last."""
    load, why = outbox.queue.load(), dict[str, str]()
    for item in outbox.queue.items("state = 'waiting' and why != ''"):
        why.setdefault(item.channel, item.why)
    rows = []
    for one in msgspec.json.decode(outbox.kept(CHANNELS) or b"[]", type=list[Shown]):
        waiting, sent = load.get(one.name, (0, 0))
        rows.append({
            "name": one.name, "kind": one.kind, "level": one.level, "targets": one.targets, "waiting": waiting,
            "sent_ts": _stamp(sent), "why": why.get(one.name, ""),
        })  # fmt: skip
    return rows


def _message(row: Row, ways: list[Way]) -> dict[str, Any]:
    return {
        "id": row.id, "seq": row.seq, "ts": str(row.ts), "told_ts": str(row.wall), "level": row.level,
        "kind": row.kind, "event": row.event, "title": row.title, "text": row.text, "repeats": row.repeats,
        "acked_ts": _stamp(row.acked), "acked_by": row.acked_by, "due_ts": _stamp(row.due),
        "ways": [
            {"channel": way.channel, "state": way.state, "tries": way.tries, "ts": _stamp(way.ts), "why": way.why}
            for way in ways
        ],
    }  # fmt: skip


def _stamp(ts: int) -> str | None:
    return str(ts) if ts else None


def _stamps(*paths: Path) -> list[tuple[int, int]]:
    """Return size and time of the last change of files, ns of the file system; zeros for one that is not there."""
    found = []
    for path in paths:
        try:
            stat = path.stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((stat.st_size, stat.st_mtime_ns))
    return found
