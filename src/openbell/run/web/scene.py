"""One state on show: followed, turned into rows, its changes numbered."""

from pathlib import Path
from typing import Any

import msgspec

from openbell.edges.web.ports import Frame
from openbell.run import attended, modes
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.pulse import read_pulse
from openbell.run.web import rows
from openbell.run.web.changes import LATEST, Reader, changed
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
        name: Its directory's name. follower: What is known of it. n: Number of the latest frame.
        readers: Who is looking. sight: What is shown of any book of this state. due: When it may tell again, seconds of
            the loop's clock.
    """

    def __init__(self, folder: Path, calendars: Path | None = None) -> None:
        """Begin to show a state; `calendars` is the file that keeps sessions of exchanges.

        Raises Unlike where its journal has no readable first record.
        """
        self.folder, self.name = folder, folder.name
        self.follower = Follower(folder)
        self.readers: set[Reader] = set()
        self.n = 0
        self.due = 0.0
        self._shown: dict[str, Rows] = {}
        self._told = dict.fromkeys(STREAMS, 0)
        self._told_of: tuple[int, Beat] | None = None
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

    def tick(self) -> None:
        """Number what is new since the last time and hand it to the readers."""
        self._told_of = self.follower.seq, self.beat
        with in_money():
            now = self._sections()
        found: dict[str, Any] = {}
        for section, fresh in now.items():
            difference = changed(self._shown.get(section, {}), fresh)
            if difference is not None:
                found[section] = difference
        is_first, self._shown = not self._shown, now
        lost = False
        for stream, kept in self.follower.streams.items():
            fresh_rows = self.follower.counts[stream] - self._told[stream]
            self._told[stream] = self.follower.counts[stream]
            if fresh_rows > len(kept) and stream in LATEST:
                found[stream] = {"add": list(kept)[-LATEST[stream] :], "is_whole": True}
            elif fresh_rows > len(kept):
                lost = True
            elif fresh_rows:
                found[stream] = {"add": list(kept)[-fresh_rows:]}
        if found and not is_first:
            frame = Frame(since=self.n, n=self.n + 1, sections=found)
            self.n += 1
            joined: dict[int, Frame] = {}
            for reader in self.readers:
                reader.lose() if lost else reader.put(frame, joined)

    @property
    def is_new(self) -> bool:
        """True where there is something that the last tick has not told."""
        return self._told_of != (self.follower.seq, self.beat)

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
        }

    def whole(self) -> tuple[int, dict[str, Any]]:
        """Return the number of the latest frame and all that stood then."""
        if not self._shown:
            self.tick()
        streams = {name: list(self.follower.streams[name])[-most:] for name, most in SHOWN.items()}
        shown = {name: dict(found) for name, found in self._shown.items()}
        return self.n, {**shown, "run": next(iter(shown["run"].values())), **streams}

    def reader(self) -> Reader:
        """Return one more reader."""
        return Reader(self.readers, self.whole)
