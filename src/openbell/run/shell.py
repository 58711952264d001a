"""The live loop for accounts at venues outside the process.

One inbox, one `Loop`, one line an account. What comes in gets `ts = max(last + 1, wall clock)`; timers and sessions
wake the loop when they are due; an effect is durable before its line sees it. Start-up is recovery: the lines are
opened behind it, and what they tell decides everything else.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.order import execution_key
from openbell.core.types import NS, require
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.words import link
from openbell.edges.journal import DiskFailed
from openbell.report.metrics import summary
from openbell.report.recorder import Recorder
from openbell.run import state
from openbell.run.assemble import Prepared
from openbell.run.claim import Claims, common_folder
from openbell.run.clock import Clock, Steady, WallClock
from openbell.run.door import Door, DryDoor
from openbell.run.ears import ears_of, is_ended
from openbell.run.history import Warmth
from openbell.run.hours import Hours, stamped
from openbell.run.inbox import Inbox
from openbell.run.lag import LIMIT_NS, Lag
from openbell.run.lines import demand_lines
from openbell.run.listings import Known
from openbell.run.loop import FAR
from openbell.run.missed import Missed
from openbell.run.monitor import Monitor
from openbell.run.operations.routine import Routine, seen
from openbell.run.outbox import OutsideVenue
from openbell.run.people import People
from openbell.run.reading import life_of
from openbell.run.recover import Started, start
from openbell.run.relisted import Relisting, begin, news
from openbell.run.reload import as_event
from openbell.run.results import Result
from openbell.run.sessions import SessionsOf
from openbell.run.source import Source
from openbell.run.stopwatch import Stopwatch
from openbell.run.tenure import Tenure
from openbell.run.tightness import Weekly
from openbell.run.wake import come_back, has_slept, wake
from openbell.run.wanted import eager_of, quotes_of, streams_of

POLL_NS = NS // 10
"""How often waiting commands, the lease and the disk are looked at."""
KNOWN_NS = 86_400 * NS
"""Executions of so long before the end of the journal are asked for again at start: known ones count once."""
FAREWELL_S = 2.0
"""How long the lines may take to close."""


class Settings(msgspec.Struct, kw_only=True):
    """How a live run is carried out; nothing here can change a decision.

    Attributes:
        state: Its directory. claims: Folder in which the engines of this machine meet, one for each account.
        leases: Folder of the accounts' lease epochs, the same for all states; None for one of the state's own.
        look_up: Sessions by calendar. is_interrupted: Asked often; True ends the run in good order.
        signals: Names of signals that came, to be taken.
        watch: Called after each step with the book, the event and its effects. tell: Takes a line for people.
        monitor: Looks by the clock; None for nobody. routine: Its operations, likewise. clock: Wall clock.
        known: What the venues list now, by account. relisting: Asks them again. warmth: Fetches bars of the past.
        people: Who is asked about entries; None where no rule asks.
        lag_limit: Lag of the event loop (ns) above which no risk is added.
    """

    state: Path
    look_up: SessionsOf
    claims: Path = msgspec.field(default_factory=common_folder)
    leases: Path | None = None
    is_interrupted: Callable[[], bool] = lambda: False
    signals: list[str] = []
    watch: Callable[[Book, ev.Event, list[fx.Effect]], None] | None = None
    tell: Callable[[str], None] = lambda _: None
    clock: Clock = msgspec.field(default_factory=WallClock)
    monitor: Monitor | None = None
    people: People | None = None
    routine: Routine | None = None
    lag_limit: int = LIMIT_NS
    known: Known = {}
    relisting: Relisting | None = None
    warmth: Warmth | None = None


def trade(prepared: Prepared, settings: Settings) -> Result:
    """Recover, open the lines, and trade until told to stop.

    Raises:
        AlreadyRunning: Another process writes this state. AccountTaken: One trades an account of it.
        LineRefused: A venue does not accept us. Fenced: Another process took the lease over.
        JournalDamaged, Different, Unlike, DiskFailed: As `live`.
    """
    begin = time.perf_counter()
    state.make(settings.state)
    claims = Claims(settings.claims)
    source = Source(tables=[], schedule=[], digest="live", notes=(), start=settings.clock.now())
    try:
        for place in places_of(prepared):
            claims.take(*place)
        started = start(prepared, state.journal(settings.state), source)
        try:
            shell = Shell(prepared, settings, started)
            asyncio.run(shell.run())
        finally:
            started.journal.close()
    finally:
        claims.release()
    return result_of(shell, time.perf_counter() - begin)


class Shell:
    """One process's part of a live run's life."""

    def __init__(self, prepared: Prepared, settings: Settings, started: Started) -> None:
        """Join the lines to a run that stands where its journal ends; earlier engines are fenced."""
        places = [" ".join(place) for place in places_of(prepared)]
        self.tenure = Tenure(settings.leases or settings.state / "leases", places, started.journal.epoch - 1)
        self.prepared = prepared
        self.settings = settings
        self.clock, self._logical = Steady(settings.clock), Steady(settings.clock)
        self.started = started
        self.loop = started.loop
        self.book = started.engine.book
        self.inbox = Inbox(self.clock.now, eager=eager_of(prepared))
        self.missed = Missed(prepared, self.book, self.inbox, settings.warmth)
        self._weekly = Weekly(self.clock.now())
        self.hours = Hours(settings.look_up, self.book.truth.sessions)
        self.lag = Lag(settings.lag_limit)
        self.recorder = Recorder(prepared.spec)
        self.lines = {name: self._line(name) for name in prepared.wires}
        self.duplicates = 0
        self.ears = ears_of(settings.state, started.journal, self._command, self.clock, settings.signals, self.book)
        self.ears.stopwatch = Stopwatch(started, settings.state, settings.clock, lambda ts: settings.clock.now() - ts)
        self._ready: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.polled = 0
        self._began = self.awake = self.clock.now()

    def _line(self, name: str) -> Any:
        """Make the line of an account and join it to its place in the loop."""
        wire, truth, clock = self.prepared.wires[name], self.book.truth, self.clock
        is_new = self.started.recovered_seq == 0
        joint = Joint(
            tell=self.inbox.put,
            room=self.inbox.room,
            now=clock.now,
            epoch=lambda: self.tenure.epoch,
            seed=zlib.crc32(truth.instance.encode()),
            since=clock.now() if is_new else truth.ts - KNOWN_NS,
            netting=self.prepared.spec.accounts[name].netting,
            quotes=quotes_of(self.prepared, name),
            rates=(self.settings.leases or self.settings.state / "leases").with_name("rates"),
            is_known=truth.contacts[name].is_known,
            is_apart=bool(truth.contacts[name].apart),
        )
        line = wire.broker.line(wire.options, name, wire.mode, streams_of(self.prepared.spec, name), joint)
        venue = self.loop.ports.venues[name]
        require(isinstance(venue, OutsideVenue), "a line needs a venue outside the process")
        is_dry = self.prepared.spec.accounts[name].venue == "none"
        door = DryDoor(line, self.inbox.put) if is_dry else Door(line, self.book)
        venue.transport = door  # type: ignore[attr-defined]  # an OutsideVenue has it
        return line

    # --- life ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Trade until stopped, then close in good order.

        Raises:
            LineRefused, Fenced, DiskFailed: As `trade`.
        """
        self.loop.onlook((self._look,), is_patient=True)
        come_back(self.loop)
        for name in self.started.discarded:
            change = ev.DeploymentChange(ts=0, deployment=name, kind="discard", reason="memory did not fit")
            self._admit(change)
        for said in news(self.settings.known, self.book):
            self._admit(said)
        for past in await self.settings.warmth.since(self.started) if self.settings.warmth is not None else ():
            self._admit(past)
        asking = [*self.missed.begin(), *begin(self.settings.relisting, self.book, self.inbox)]
        lines = self._tasks = [*(asyncio.create_task(x.run()) for x in self.lines.values()), *asking]
        watch = asyncio.create_task(self._watch_lag())
        _mind_the_hatch(self)
        try:
            while not self._is_over():
                await self._step()
        finally:
            self.loop.show()
            self.ears.close()
            watch.cancel()
            if self.settings.routine is not None:
                self.settings.routine.close()
            self.missed.close()
            for task in asking:
                task.cancel()
            for line in self.lines.values():
                line.close()
            await asyncio.wait(lines, timeout=FAREWELL_S)
        # What the lines told while closing: an execution is never left behind.
        while (event := self.inbox.take()) is not None:
            if not self.missed.holds(event):
                self._admit(event)
        self._close()

    async def _step(self) -> None:
        """Take what is there, or wait for the next thing that is due."""
        mind_sleep(self)
        event = self.inbox.take()
        if event is not None:
            if not self.missed.holds(event):
                self._admit(event)
            # The lines read and write in between: a cancel must not wait for a heap of bars.
            await asyncio.sleep(0)
            self.loop.show()
        now = self._now()
        if now - self.polled >= POLL_NS:
            self.polled = now
            self._look_around()
        if event is None:
            self.loop.catch_up(now)
            self._tell_hours(now)
            if not self.started.ledger.sick:
                self.started.ledger.commit()
            await asyncio.sleep(0)
            self.loop.show()
            due = min(self._next_timer(), self.hours.next(), self.polled + POLL_NS)
            await self.inbox.wait((due - self._now()) / NS)

    def _next_timer(self) -> int:
        """When the next timer is due, ns; at once where bars of one instant wait for its end."""
        if self.loop.is_midway:
            return 0
        return min(self.book.truth.timers.values(), default=FAR)

    def _now(self) -> int:
        """The wall clock, but never before what the engine has seen, and never at a stand."""
        return self._logical.lift(self.book.truth.ts)

    def _admit(self, event: ev.Event) -> None:
        """Give an event its instant and let the engine take it."""
        if isinstance(event, ev.Fill) and self._is_known(event):
            self.duplicates += 1
            return
        if isinstance(event, (ev.Bar, ev.Quote)):
            # Data keep the stamp of their source: by it they are known to be late, repeated or missing.
            self.loop.take(event)
            return
        ts = max(self.book.truth.ts + 1, self.clock.now())
        self.loop.take(msgspec.structs.replace(event, ts=ts))

    def _is_known(self, fill: ev.Fill) -> bool:
        """Return True for an execution that its order has booked, unless it may be the answer to an open question."""
        order, pending = self.book.truth.orders.get(fill.oid), self.book.truth.pending.get(fill.oid)
        is_answer = pending is not None and bool(pending.asked)
        return order is not None and not is_answer and execution_key(fill, fill.exec_id) in order.executions

    def _tell_hours(self, now: int) -> None:
        for event in self.hours.due(now):
            self.loop.take(stamped(event, max(self.book.truth.ts + 1, now)))

    def _look(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        if self.started.recovered_seq == 0:
            self.recorder.watch(self.book, event, effects)
        lookers = (self.settings.monitor, self.settings.routine, self.settings.relisting)
        for watch in (*(one.watch for one in lookers if one is not None), self.settings.watch):
            if watch is not None:
                watch(self.book, event, effects)
        for effect in effects:
            if isinstance(effect, fx.Compared) and effect.is_ready and effect.account not in self._ready:
                self._ready.add(effect.account)
                span_ms = (self.clock.now() - self._began) // 1_000_000
                self.settings.tell(f"{effect.account}: READY {span_ms} ms after recovery")

    # --- looking around -----------------------------------------------------------------------------------------

    def _look_around(self) -> None:
        """A few times a second: the lease, the lines, commands, the disk, a checkpoint."""
        self.tenure.check()
        demand_lines(self.lines, self._tasks)
        self.ears.listen()
        for wide in self._weekly.look(self.book, self.started.engine.desk.rules, self.clock.now()):
            self.settings.tell(wide)
        now, monitor, routine = self.clock.now(), self.settings.monitor, self.settings.routine
        said = monitor.look(self.book, now, now, self.lag.strained) if monitor is not None else []
        if routine is not None and self.started.is_level:
            said += routine.look(seen(self.started, now, now, self.lag.strained))
        for command in said:
            self._command(command)
        if self.settings.people is not None and self.book.truth.asked:
            for answer in list(self.settings.people.look(self.book, self._now())):
                self._admit(answer)
        is_healthy = not self.started.journal.is_full
        if is_healthy != self.book.truth.is_disk_healthy and not self.started.ledger.sick:
            text = "the journal has room again" if is_healthy else "the disk has no room for the journal's next segment"
            self._admit(ev.DiskState(ts=0, is_healthy=is_healthy, text=text))
        ledger = self.started.ledger
        if ledger.is_checkpoint_due and not self.loop.is_midway and self.started.is_level:
            ledger.checkpoint(self.started.engine, self.loop.ports.venues, self.prepared.hashes)

    def _command(self, command: ev.Command) -> list[fx.Effect]:
        event = as_event(command, self.clock.now()) or command
        self._admit(event)
        self.started.ledger.commit()
        # A command is the last step of its taking: what was decided on it stands on the desk.
        return list(self.started.engine.desk.out)

    async def _watch_lag(self) -> None:
        """Close the gates of all accounts while the loop lags; behind it they are compared anew."""
        while True:
            if await self.lag.step():
                self.inbox.put(strained(self.lag, self.lines))

    def _is_over(self) -> bool:
        if self.settings.is_interrupted() or self.started.ledger.is_short:
            return True
        return is_ended(self.ears.stop, self.book)

    def _close(self) -> None:
        self.loop.show()
        ledger = self.started.ledger
        if ledger.sick:
            raise DiskFailed(f"{ledger.sick}; entries were taken back, what is held keeps its protection")
        ledger.commit()
        is_new = self.started.journal.seq != self.started.recovered_seq
        if is_new and not self.loop.is_midway and self.started.is_level:
            ledger.checkpoint(self.started.engine, self.loop.ports.venues, self.prepared.hashes)


def _mind_the_hatch(shell: Shell) -> None:
    """Let a word at the local socket end the wait: a kill must not wait for the next look."""

    def hear() -> None:
        shell.polled = 0
        shell.inbox.nudge()

    if shell.ears.hatch is not None:
        asyncio.get_running_loop().add_reader(shell.ears.hatch.fileno(), hear)


def mind_sleep(shell: Shell) -> None:
    """After a sleep let logical time jump, and every account be compared anew."""
    last, now = shell.awake, max(shell.clock.now(), shell.book.truth.ts)
    shell.awake = now
    if not has_slept(last, now):
        return
    names = [name for name, line in shell.lines.items() if line.is_up]
    wake(shell.loop, names, last, now)
    shell.inbox.put([link(name, "woke up", is_up=True) for name in names])


def result_of(shell: Shell, elapsed: float) -> Result:
    """Return how a run stands after `elapsed` seconds in this process."""
    started, folder = shell.started, shell.settings.state
    recorder = life_of(state.journal(folder), shell.book) if started.recovered_seq else shell.recorder
    extra = {
        "mode": shell.prepared.spec.mode,
        "engine": "plain",
        "journal_head": started.journal.head_hash.hex(),
        "recovered_seq": started.recovered_seq,
        "bars_this_process": shell.loop.bars,
        "events_per_s": round(shell.loop.events / max(elapsed, 1e-9)),
        "duplicate_fills": shell.duplicates,
        "worst_lag_ms": shell.lag.worst // 1_000_000,
        "state": str(folder),
    }
    figures = summary(shell.book, extra)
    return Result(book=shell.book, recorder=recorder, figures=figures, notes=started.notes, is_complete=False)


def places_of(prepared: Prepared) -> list[tuple[str, str, str]]:
    """Return where orders can go: broker, host and number of each account.

    A dry run sends nothing anywhere.
    """
    accounts = prepared.spec.accounts
    wires = [wire for name, wire in prepared.wires.items() if accounts[name].venue != "none"]
    return [wire.broker.place(wire.options) for wire in wires]


def strained(lag: Lag, lines: Mapping[str, Any]) -> list[ev.Event]:
    """Return what the loop's strain, or its end, means for each account whose line is up."""
    is_up = not lag.strained
    word = "keeps pace again" if is_up else f"stalled for {lag.strained // 1_000_000} ms"
    return [link(name, f"the event loop {word}", is_up=is_up) for name, line in lines.items() if line.is_up]
