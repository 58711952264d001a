"""All ways in which a run hears its operator: files, signals, the local socket.

It also gives the sign of life that the guardian reads, and finds out when another process has taken the lease.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.book import Book
from openbell.core.codes import label
from openbell.core.effects import Alert, Decision, Effect, Submit
from openbell.core.events import Command
from openbell.core.ladder import FLATTEN
from openbell.edges.journal import Journal, OsDisk, take_lease
from openbell.run import triggers
from openbell.run.clock import Clock
from openbell.run.hatch import Hatch
from openbell.run.pulse import Heart
from openbell.run.stopwatch import Stopwatch

Obey = Callable[[Command], list[Effect]]
"""Takes a command into the loop, makes it durable, and returns what was decided on it."""
LEASE_NS = 500_000_000
"""Time between two looks at the lease, ns."""
SIGNALS = {"SIGUSR1": 2, "SIGUSR2": 3}
"""Tier of the kill that a signal asks for; SIGTERM and SIGINT end the run in good order and are no kill."""


class Ears(msgspec.Struct, kw_only=True):
    """What a run listens with.

    Attributes:
        folder: State directory. journal: Whose lease counts. obey: Takes a command. clock: Wall clock.
        heart: Gives the sign of life. hatch: Local socket, None where the system has none.
        asked: Names of the signals that have come and were not taken yet; a signal handler adds to it.
        stop: The stop that was heard, None while there is none.
        stopwatch: Keeps its counts as often as the heart beats; None where nothing is measured.
    """

    folder: Path
    journal: Journal
    obey: Obey
    clock: Clock
    heart: Heart
    hatch: Hatch | None = None
    asked: list[str] = []
    stop: Command | None = None
    looked_at: int = 0
    signals: int = 0
    stopwatch: Stopwatch | None = None

    def listen(self) -> None:
        """Take everything that waits. A kill is taken before anything else.

        Raises:
            Fenced: Another process holds a later lease, or a kill of the last tier has revoked this one.
        """
        now = self.clock.now()
        if not 0 <= now - self.looked_at < LEASE_NS:
            self.journal.check_lease()
            self.looked_at = now
        while self.asked:
            name = self.asked.pop(0)
            self.signals += 1
            self._take(triggers.signalled(self.signals, name, SIGNALS[name]))
        for word in triggers.waiting(self.folder):
            self._take(word.command)
            word.done()
            self._sever(word.command)
        if self.hatch is not None:
            self.hatch.poll()
        self.heart.beat(self.journal.seq, now)
        if self.stopwatch is not None:
            self.stopwatch.keep(now)

    def take(self, command: Command) -> dict[str, Any]:
        """Take a command from the socket and say what came of it."""
        effects = self._take(command)
        if triggers.is_severing(command):
            take_lease(OsDisk(self.folder / "journal"))
            self.looked_at = 0
        alerts = [effect for effect in effects if isinstance(effect, Alert)]
        codes = [label(effect.code) for effect in effects if isinstance(effect, Decision)]
        refusals = (f"enable/{command.id}", f"arm/{command.id}")
        return {
            "seq": self.journal.seq,
            "orders": [effect.oid for effect in effects if isinstance(effect, Submit)],
            "code": codes[-1] if codes else "",
            "told": [alert.text for alert in alerts],
            "is_refused": any(alert.level == "error" and alert.key in refusals for alert in alerts),
        }

    def _take(self, command: Command) -> list[Effect]:
        if command.kind == "stop":
            self.stop = command
        return self.obey(command)

    def _sever(self, command: Command) -> None:
        if triggers.is_severing(command):
            take_lease(OsDisk(self.folder / "journal"))
            self.journal.check_lease()

    def close(self) -> None:
        """Stop listening, in good order."""
        if self.hatch is not None:
            self.hatch.close()
        now = self.clock.now()
        self.heart.stop(self.journal.seq, now)
        if self.stopwatch is not None:
            self.stopwatch.keep(now, is_last=True)


def is_ended(stop: Command | None, book: Book) -> bool:
    """Return True once a stop has been heard and has closed what it was to close."""
    if stop is None or not stop.close:
        return stop is not None
    return not any(one.tier == FLATTEN and one.waits for one in book.truth.kills.values())


def ears_of(folder: Path, journal: Journal, obey: Obey, clock: Clock, asked: list[str], book: Book) -> Ears:
    """Return what a run listens with; `asked` is where a signal handler leaves names.

    A stop that was still closing when the process before ended goes on.
    """
    ears = Ears(folder=folder, journal=journal, obey=obey, clock=clock, heart=Heart(folder, journal.epoch), asked=asked)
    for kill in book.truth.kills.values():
        if kill.kind == "stop":
            ears.stop = Command(ts=kill.ts, id="", kind="stop", actor=kill.actor, reason=kill.reason, close=True)
    try:
        ears.hatch = Hatch(folder, ears.take, clock)
    except OSError:
        # Without a socket (no room, a strange file system) the files still work, and `kill` falls back to them.
        ears.hatch = None
    return ears
