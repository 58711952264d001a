"""One state on show: followed, turned into rows, its changes numbered."""

from collections import deque
from pathlib import Path
from typing import Any

import msgspec

from openbell.run import attended, modes
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.money import in_money
from openbell.run.pulse import read_pulse
from openbell.run.web import rows
from openbell.run.web.aside import KEPT_LINES, Aside, Seen
from openbell.run.web.changes import LATEST, Frames, Lobby, Reader
from openbell.run.web.follow import STREAMS, Follower
from openbell.run.web.rows import Row, Rows
from openbell.run.web.sight import Sight

SHOWN = {"fills": 200, "trades": 200, "alerts": 200, "decisions": 300}
"""How many rows of what only grows a page gets at first."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The engine of a state: process (0: none), last sign of life, ns, fault, farewell."""

    process: int
    ts: int
    fault: str = ""
    is_closed: bool = True


class Scene:
    """One state.

    Attributes:
        name: Its directory's name. follower: What is known of it. frames: What is told of it, and to whom.
        sight: What is shown of any book of this state. due: When it may tell again, seconds of the loop's clock.
        aside: What it tells beside its journal. is_asked: True where somebody without a socket has asked for it.
    """

    def __init__(self, folder: Path, calendars: Path | None = None, lobby: Lobby | None = None) -> None:
        """Begin to show a state, beside the list in `lobby`; `calendars` is the file that keeps sessions of exchanges.

        Raises Unlike where its journal has no readable first record.
        """
        self.folder, self.name = folder, folder.name
        self.follower = Follower(folder)
        self.frames, self.due = Frames(), 0.0
        self.aside, self.is_asked = Aside(folder, WallClock()), False
        self._lobby = lobby or Lobby()
        self._told = dict.fromkeys(STREAMS, 0)
        self._told_of: tuple[int, Beat, int] | None = None
        self._listed: tuple[Beat, Row] | None = None
        self._lines: deque[Row] = deque(maxlen=KEPT_LINES)
        self._added: list[Row] = []
        self._looks = self._count = 0
        self._is_cut = False
        self._messages: dict[str, Rows] = {"told": {}, "channels": {}, "messages": {}}
        self.sight = Sight(folder, self.follower.book.spec, calendars)
        self.beat = Beat(process=0, ts=0)
        self.feel()

    def close(self) -> None:
        """Stop following."""
        self.follower.close()

    def feel(self) -> None:
        """Look whether the engine lives."""
        pulse = read_pulse(self.folder)
        process = states.runner(self.folder)
        ended = attended.outcome(self.folder) if not process else None
        fault = ended.text if ended is not None else ""
        ts, is_closed = (pulse.ts, pulse.is_closed) if pulse is not None else (0, True)
        self.beat = Beat(process=process, ts=ts, fault=fault, is_closed=is_closed)

    def run(self) -> Row:
        """Return what the state is."""
        genesis, truth = self.follower.genesis, self.follower.book.truth
        origin = states.read_origin(self.folder)
        mode = "demo" if origin.started and not origin.file else genesis.mode
        return {
            "id": self.name,
            "title": genesis.title,
            "mode": genesis.mode,
            "badge": mode,
            "is_synthetic": genesis.is_synthetic,
            "is_simulated": modes.is_simulated(self.follower.book.spec),
            "is_running": bool(self.beat.process),
            "pid": self.beat.process or None,
            "seq": self.follower.seq,
            "since_seq": self.follower.since_seq,
            "market_ts": str(truth.ts),
            "beat_ts": str(self.beat.ts) if self.beat.ts else None,
            "is_disk_healthy": truth.is_disk_healthy,
            "path": str(self.folder),
            "rules": list(genesis.rules),
        }

    def listed(self) -> Row:
        """Return what the list of all states says of it: nothing that moves while it runs."""
        if self._listed is None or self._listed[0] != self.beat:
            run = self.run()
            named = ("id", "title", "mode", "badge", "is_running", "path")
            row = {name: run[name] for name in named}
            self._listed = self.beat, {**row, "ended_ts": None if run["is_running"] else run["beat_ts"]}
        return self._listed[1]

    def take(self, seen: Seen) -> None:
        """Take what was found beside the journal; it is told with the next tick."""
        if seen.lines or seen.is_cut or seen.sections is not self._messages:
            self._looks += 1
        if seen.is_cut:
            self._lines.clear()
            self._added.clear()
        for line in seen.lines:
            self._count += 1
            self._added.append({"seq": self._count, **line})
        self._lines += self._added[-len(seen.lines) :] if seen.lines else ()
        self._is_cut |= seen.is_cut or len(self._added) > KEPT_LINES
        del self._added[:-KEPT_LINES]
        self._messages = seen.sections

    def tick(self) -> None:
        """Number what is new since the last time and hand it to the readers."""
        self._told_of = self.follower.seq, self.beat, self._looks
        with in_money():
            now = self._sections()
        added: dict[str, Any] = {"log": {"add": self._added}} if self._added else {}
        is_cut, self._added, self._is_cut = self._is_cut, [], False
        for stream, kept in self.follower.streams.items():
            fresh_rows = self.follower.counts[stream] - self._told[stream]
            self._told[stream] = self.follower.counts[stream]
            if fresh_rows > len(kept) and stream in LATEST:
                added[stream] = {"add": list(kept)[-LATEST[stream] :], "is_whole": True}
            elif fresh_rows > len(kept):
                is_cut = True
            elif fresh_rows:
                added[stream] = {"add": list(kept)[-fresh_rows:]}
        self.frames.tell(now, added, is_cut=is_cut)

    @property
    def is_new(self) -> bool:
        """True where there is something that the last tick has not told."""
        return self._told_of != (self.follower.seq, self.beat, self._looks)

    @property
    def is_watched(self) -> bool:
        """True where somebody looks at it, or has asked for it since this was asked last."""
        was_asked, self.is_asked = self.is_asked, False
        return was_asked or bool(self.frames.readers)

    def _sections(self) -> dict[str, Rows]:
        book = self.follower.book
        is_running = bool(self.beat.process)
        return {
            "run": {self.name: self.run()},
            "accounts": rows.accounts(book, self.follower.tallies.realised(book), self.sight.late),
            "deployments": self.follower.tallies.rows(book, is_running=is_running, fault=self.beat.fault),
            "positions": rows.positions(book),
            "orders": rows.orders(book),
            "latches": rows.latches(book),
            "kills": rows.kills(book),
            **self.sight.rows(book),
            **self._messages,
            **self._lobby.rows,
        }

    def whole(self) -> tuple[int, dict[str, Any]]:
        """Return the number of the latest frame and all that stood then."""
        if not self.frames.shown:
            self.tick()
        streams = {name: list(self.follower.streams[name])[-most:] for name, most in SHOWN.items()}
        shown = {name: dict(found) for name, found in self.frames.shown.items()}
        run = next(iter(shown["run"].values()))
        # Lines that the next frame adds are no part of what stood at the last one.
        lines = list(self._lines)[: len(self._lines) - len(self._added)]
        return self.frames.n, {**shown, "run": run, **streams, "log": lines}

    def reader(self) -> Reader:
        """Return one more reader."""
        return Reader(self.frames.readers, self.whole)
