"""What of a state is new: frames, and what each reader has not had yet."""

import asyncio
from collections.abc import Callable
from typing import Any

from openbell.edges.web.ports import Frame
from openbell.run.web.rows import Rows

MOST_ADDED, MOST_BARS = 1000, 10_000
"""Rows that wait for one reader, and bars, which are small and come for all instruments at once; with more it takes a
snapshot anew."""
LATEST = {"decisions": 150}
"""Of what comes with every bar only the newest rows matter: at most so many wait, and the page forgets older ones."""


def changed(before: Rows, now: Rows) -> dict[str, Any] | None:
    """Return rows that are new, what differs in those that were there, and which are gone.

    None where nothing is.
    """
    fresh: Rows = {}
    parts: Rows = {}
    for key, row in now.items():
        old = before.get(key)
        if old is None or old.keys() != row.keys():
            fresh[key] = row
        elif old != row:
            parts[key] = {name: value for name, value in row.items() if old[name] != value}
    gone = [key for key in before if key not in now]
    return _section(fresh, parts, gone)


def _section(fresh: Rows, parts: Rows, gone: list[str]) -> dict[str, Any] | None:
    named = {"set": fresh, "part": parts, "drop": gone}
    return {name: found for name, found in named.items() if found} or None


def merged(first: Frame, second: Frame) -> Frame:
    """Return two frames in a row as one: the latest of each row, and all that is added."""
    sections = dict(first.sections)
    for name, later in second.sections.items():
        earlier = sections.get(name)
        if earlier is None:
            sections[name] = later
        elif "add" in later:
            sections[name] = _joined(name, earlier, later)
        else:
            sections[name] = _overlaid(earlier, later)
    return Frame(since=first.since, n=second.n, sections=sections)


def _overlaid(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    dropped = set(later.get("drop", ()))
    fresh = {key: row for key, row in earlier.get("set", {}).items() if key not in dropped}
    parts = {key: row for key, row in earlier.get("part", {}).items() if key not in dropped}
    for key, row in later.get("set", {}).items():
        fresh[key] = row
        parts.pop(key, None)
    for key, row in later.get("part", {}).items():
        place = fresh if key in fresh else parts
        place[key] = {**place.get(key, {}), **row}
    gone = dict.fromkeys([*earlier.get("drop", ()), *later.get("drop", ())])
    return _section(fresh, parts, [key for key in gone if key not in fresh]) or {}


def _joined(name: str, earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    if later.get("is_whole"):
        return later
    rows = [*earlier["add"], *later["add"]]
    if name in LATEST and len(rows) > LATEST[name]:
        return {"add": rows[-LATEST[name] :], "is_whole": True}
    return {**earlier, "add": rows}


def _is_too_much(frame: Frame) -> bool:
    added = {name: len(section.get("add", ())) for name, section in frame.sections.items()}
    return added.pop("bars", 0) > MOST_BARS or sum(added.values()) > MOST_ADDED


class Reader:
    """Holds for one reader what it has not taken yet, as one frame."""

    def __init__(self, readers: "set[Reader]", whole: Callable[[], tuple[int, dict[str, Any]]]) -> None:
        """Become one of `readers`; `whole` returns the latest frame's number and all that stands."""
        self._readers, self._whole = readers, whole
        self._waiting: Frame | None = None
        self._is_lost = False
        self._something = asyncio.Event()
        readers.add(self)

    def put(self, frame: Frame, joined: dict[int, Frame]) -> None:
        """Take what is new.

        `joined` has this frame with those before it as others wait for them, by `since`.
        """
        if not self._is_lost:
            waiting = self._waiting
            if waiting is None:
                self._waiting = frame
            else:
                self._waiting = joined.get(waiting.since) or joined.setdefault(waiting.since, merged(waiting, frame))
            if _is_too_much(self._waiting):
                self.lose()
        self._something.set()

    def lose(self) -> None:
        """Give up on frames: the next thing is a snapshot."""
        self._waiting, self._is_lost = None, True
        self._something.set()

    async def next(self) -> Frame | None:
        """Return what is new once there is something; None where a snapshot is needed."""
        await self._something.wait()
        self._something.clear()
        frame, self._waiting, self._is_lost = self._waiting, None, False
        return frame

    def snapshot(self) -> tuple[int, dict[str, Any]]:
        """Return the latest frame's number and all that stands; what is new behind it is next."""
        self._waiting, self._is_lost = None, False
        self._something.clear()
        return self._whole()

    def close(self) -> None:
        """Stop reading."""
        self._readers.discard(self)


class Frames:
    """Numbers what is new of some sections and hands it to readers.

    Attributes:
        n: Number of the latest frame. readers: Who is looking.
    """

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.n = 0
        self.readers: set[Reader] = set()
        self.shown: dict[str, Rows] = {}

    def tell(self, now: dict[str, Rows], added: dict[str, Any], *, is_cut: bool = False) -> None:
        """Tell readers how `now` differs from what was told last, and of rows added to lists.

        Where something is left out (`is_cut`) they are told to take a snapshot.
        """
        found = dict(added)
        for section, fresh in now.items():
            before = self.shown.get(section, {})
            difference = changed(before, fresh) if fresh is not before else None
            if difference is not None:
                found[section] = difference
        is_first, self.shown = not self.shown, now
        if is_first or not (found or is_cut):
            return
        frame = Frame(since=self.n, n=self.n + 1, sections=found)
        self.n += 1
        joined: dict[int, Frame] = {}
        for reader in self.readers:
            reader.lose() if is_cut else reader.put(frame, joined)


class Lobby:
    """The list of all states, for whoever looks at one of them or at none.

    Attributes:
        rows: What can be shown (`states`) and what cannot (`dark`), by id. frames: For those who look at none.
    """

    def __init__(self) -> None:
        """Begin with an empty list."""
        self.rows: dict[str, Rows] = {"states": {}, "dark": {}}
        self.frames = Frames()
        self.frames.tell(self.rows, {})

    def put(self, states: Rows, dark: Rows) -> None:
        """Take the list as it is now."""
        rows = {"states": states, "dark": dark}
        # One that is as it was stays the same object: no reader compares it again.
        self.rows = self.rows if rows == self.rows else rows
        self.frames.tell(self.rows, {})

    def whole(self) -> tuple[int, dict[str, Any]]:
        """Return the number of the latest frame and the list as it stood then."""
        return self.frames.n, {name: dict(found) for name, found in self.rows.items()}

    def reader(self) -> Reader:
        """Return one more reader of the list alone."""
        return Reader(self.frames.readers, self.whole)
