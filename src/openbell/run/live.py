"""The loop with a journal.

It runs until its source ends or someone stops it, and can be killed at any moment.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.effects import Ask, Effect
from openbell.edges.journal import DiskFailed, Options
from openbell.report.metrics import summary
from openbell.report.recorder import Recorder
from openbell.run import state
from openbell.run.assemble import Prepared
from openbell.run.clock import Clock, Pace, WallClock
from openbell.run.collector import rare_collections
from openbell.run.ears import ears_of, is_ended
from openbell.run.loop import Watcher
from openbell.run.monitor import Monitor
from openbell.run.operations.routine import Routine, seen
from openbell.run.people import silences
from openbell.run.reading import life_of
from openbell.run.recover import Started, start
from openbell.run.reload import as_event
from openbell.run.results import Result
from openbell.run.source import Source
from openbell.run.stopwatch import Stopwatch

POLL_NS = 100_000_000
"""How often waiting commands are looked for, ns of wall time."""
NAP_NS = 50_000_000
"""Longest sleep while pacing, ns: so long a stop may go unnoticed."""
STRIDE = 32
"""Source events between two looks around, where neither pace nor bound needs one at each."""


class Settings(msgspec.Struct, kw_only=True):
    """How a run is carried out; nothing here can change a decision.

    Attributes:
        state: Its directory. speed: Times the wall clock; None for as fast as possible.
        until: No event after this instant, UTC ns. until_bars: No bar after so many in the state's whole life.
        is_interrupted: Asked often; True ends the run in good order. signals: Names of signals that came, to be taken.
        watch: Called after each step with the book, the event and its effects.
        person: Answers a question put to a person, None for silence; the market of this run waits meanwhile.
        clock: Wall clock. monitor: Looks by the clock; None for nobody. routine: Its operations, likewise.
        journal: Sizes and manner of the journal.
    """

    state: Path
    speed: float | None = None
    until: int | None = None
    until_bars: int | None = None
    is_interrupted: Callable[[], bool] = lambda: False
    signals: list[str] = []
    watch: Callable[[Book, ev.Event, list[Effect]], None] | None = None
    person: Callable[[Book, Ask], str | None] | None = None
    clock: Clock = msgspec.field(default_factory=WallClock)
    monitor: Monitor | None = None
    routine: Routine | None = None
    journal: Options = Options()


def live(prepared: Prepared, source: Source, settings: Settings) -> Result:
    """Recover, then take the rest of the source.

    Raises:
        AlreadyRunning, JournalDamaged, Different, Unlike: As `recover.start`.
        Fenced: Another process has taken the lease, or a kill has revoked it.
        DiskFailed: The journal's disk failed; nothing that was not durable has left.
    """
    state.make(settings.state)
    started = start(prepared, state.journal(settings.state), source, settings.journal)
    try:
        run = _Live(prepared, source, settings, started)
        try:
            return run.run()
        finally:
            run.ears.close()
    finally:
        started.journal.close()


class _Live:
    """One process's part of a run's life."""

    def __init__(self, prepared: Prepared, source: Source, settings: Settings, started: Started) -> None:
        self.prepared = prepared
        self.source = source
        self.settings = settings
        self.started = started
        self.loop = started.loop
        self.book = started.engine.book
        self.recorder = Recorder(prepared.spec)
        self.pace = Pace(settings.clock, settings.speed)
        self.ears = ears_of(settings.state, started.journal, self._obey, settings.clock, settings.signals, self.book)
        self._polled = self._unseen = 0
        is_bounded = settings.until is not None or settings.until_bars is not None or settings.person is not None
        is_bounded = is_bounded or settings.monitor is not None or settings.routine is not None
        is_bounded = is_bounded or any(rule.wait for rule in prepared.rules)
        self._stride = 1 if is_bounded or settings.speed is not None else STRIDE
        if settings.speed is None:
            self.loop.share_commits()
        else:
            # At full speed nobody waits, and nothing is late.
            self.ears.stopwatch = Stopwatch(started, settings.state, settings.clock, lambda ts: -self.pace.delay(ts))

    def run(self) -> Result:
        begin = time.perf_counter()
        self.loop.onlook(self._onlookers())
        truth = self.book.truth
        for name in self.started.discarded:
            change = ev.DeploymentChange(ts=truth.ts, deployment=name, kind="discard", reason="memory did not fit")
            self.loop.take(change)
        # Also where the source has ended already: a word left for the next start is taken first.
        self._poll()
        with rare_collections():
            ended = self.loop.run(self.source.events(skip=truth.counts.source), self._goes_on)
        if ended and self.started.leftover is not None:
            self.started.leftover.check_done()
        self._monitor(truth.ts, 0)
        self._operate(truth.ts, 0, is_over=ended)
        self._close()
        return self._result(time.perf_counter() - begin, ended=ended)

    def _onlookers(self) -> tuple[Watcher, ...]:
        """Return the report's onlooker, unless it will be made from the whole journal, and the caller's."""
        report = self.recorder.watch if self.started.recovered_seq == 0 else None
        lookers = (self.settings.monitor, self.settings.routine)
        watches = (report, *(one.watch for one in lookers if one is not None), self.settings.watch)
        return tuple(partial(watch, self.book) for watch in watches if watch is not None)

    def _goes_on(self, event: ev.Event) -> bool:
        """Between two source events: interruptions, commands, bounds, pacing and checkpoints."""
        self._unseen += 1
        if self._unseen < self._stride and self.ears.stop is None:
            return True
        self._unseen = 0
        self._ask_person(event.ts)
        settings = self.settings
        if settings.until is not None and event.ts > settings.until:
            return False
        if settings.until_bars is not None and self.book.truth.counts.bars >= settings.until_bars:
            return False
        self._poll()
        self._mind_the_disk()
        wait = self.pace.delay(event.ts)
        while wait > 0 and not self._is_over():
            settings.clock.sleep(min(wait, NAP_NS))
            self._poll()
            wait = self.pace.delay(event.ts)
            self._monitor(event.ts, wait)
            self._operate(event.ts, wait)
        self._monitor(event.ts, wait)
        self._operate(event.ts, wait)
        if self.started.ledger.is_short:
            return False
        if self.started.ledger.is_checkpoint_due:
            if event.ts > self.book.truth.ts:
                self.loop.catch_up(event.ts - 1)
                self._checkpoint()
            else:
                # Only between two instants: look again at the very next event.
                self._unseen = self._stride
        return not self._is_over()

    def _ask_person(self, upto: int) -> None:
        """Put every question that waits to the person, and take what they say.

        Where nobody is there, their silence behind deadlines up to `upto` (ns).
        """
        person, truth = self.settings.person, self.book.truth
        if not truth.asked or self._is_catching_up:
            return
        if person is None:
            for answer in silences(self.book, upto):
                self.loop.take(answer)
            return
        for ask in [ask for ask in truth.asked.values() if ask.deadline >= truth.ts]:
            said = person(self.book, ask)
            is_ok, value = said is not None, said or ""
            self.loop.take(ev.Answer(ts=truth.ts, ask=ask.id, deployment=ask.deployment, is_ok=is_ok, value=value))

    @property
    def _is_catching_up(self) -> bool:
        """True while steps are left that the journal holds already: they come before anything new."""
        return not self.started.is_level

    def _mind_the_disk(self) -> None:
        """No new risk while the journal sees no room for its next segment; exits and cancels go on in this one."""
        if self.started.ledger.sick:
            return
        is_healthy = not self.started.journal.is_full
        truth = self.book.truth
        if is_healthy == truth.is_disk_healthy or self._is_catching_up:
            return
        text = "the journal has room again" if is_healthy else "the disk has no room for the journal's next segment"
        self.loop.take(ev.DiskState(ts=truth.ts, is_healthy=is_healthy, text=text))

    def _monitor(self, ts: int, wait: int) -> None:
        """Look by the clock while an event of the instant `ts` (ns) is still `wait` (ns of wall time) away."""
        monitor, speed = self.settings.monitor, self.settings.speed or 0
        if monitor is None or self._is_catching_up:
            return
        market = ts - int(max(wait, 0) * speed)
        for command in monitor.look(self.book, self.settings.clock.now(), market, max(-wait, 0)):
            self._obey(command)

    def _operate(self, ts: int, wait: int, *, is_over: bool = False) -> None:
        """As `_monitor`, for the operations; with `is_over` what belongs to the last session is done as well."""
        routine, speed = self.settings.routine, self.settings.speed or 0
        if routine is None or self._is_catching_up:
            return
        market = ts - int(max(wait, 0) * speed)
        found = seen(self.started, self.settings.clock.now(), market, max(-wait, 0))
        for command in routine.end(found) if is_over else routine.look(found):
            self._obey(command)

    def _is_over(self) -> bool:
        if self.settings.is_interrupted():
            return True
        return is_ended(self.ears.stop, self.book)

    def _poll(self) -> None:
        # By a clock that nobody sets: one that is set back must not keep a kill waiting.
        now = self.settings.clock.grown()
        if now - self._polled < POLL_NS or self._is_catching_up:
            return
        self._polled = now
        self.ears.listen()

    def _obey(self, command: ev.Command) -> list[Effect]:
        event = as_event(command, self.settings.clock.now()) or command
        self.loop.take(msgspec.structs.replace(event, ts=self.book.truth.ts))
        # Durable before its file goes: a crash in between delivers it twice, and the second counts for nothing.
        self.started.ledger.commit()
        # A command is the last step of its taking: what was decided on it stands on the desk.
        return list(self.started.engine.desk.out)

    def _checkpoint(self) -> None:
        self.started.ledger.checkpoint(self.started.engine, self.loop.ports.venues, self.prepared.hashes)

    def _close(self) -> None:
        ledger = self.started.ledger
        if ledger.sick:
            raise DiskFailed(f"{ledger.sick}; entries were taken back, what is held keeps its protection")
        ledger.commit()
        is_whole = not self.loop.is_midway and not self._is_catching_up
        if self.started.journal.seq != self.started.recovered_seq and is_whole:
            self._checkpoint()

    def _result(self, elapsed: float, *, ended: bool) -> Result:
        started, journal = self.started, self.started.journal
        recorder = self.recorder
        if started.recovered_seq:
            recorder = life_of(state.journal(self.settings.state), self.book)
        extra = {
            "mode": self.prepared.spec.mode,
            "engine": "plain",
            "journal_head": journal.head_hash.hex(),
            "recovered_seq": started.recovered_seq,
            "bars_this_process": self.loop.bars,
            "events_per_s": round(self.loop.events / max(elapsed, 1e-9)),
            "state": str(self.settings.state),
        }
        notes = (*self.source.notes, *started.notes)
        return Result(
            book=self.book, recorder=recorder, figures=summary(self.book, extra), notes=notes, is_complete=ended
        )
