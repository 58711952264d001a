"""One run of a program's configuration: written down, run, spoken to, looked at."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openbell.config.brief import as_yaml
from openbell.config.explain import ConfigError
from openbell.config.meaning import document_of_program
from openbell.config.program import LiveTradingConfig, NotAvailable
from openbell.core.book import Book
from openbell.core.effects import Ask
from openbell.core.events import Command
from openbell.core.types import NS
from openbell.edges.journal import AlreadyRunning, DiskFailed, Fenced, JournalDamaged
from openbell.run import assemble, giving, source, state
from openbell.run.clock import Clock, WallClock
from openbell.run.hooks import Hooks
from openbell.run.live import Settings, live
from openbell.run.logbook import keep_logs
from openbell.run.modes import ModeRefused, venue_kind
from openbell.run.money import in_money
from openbell.run.monitor import Monitor, monitor_of
from openbell.run.parts import PartError
from openbell.run.reading import read_book
from openbell.run.records import Unlike
from openbell.run.results import Result
from openbell.run.script import Different
from openbell.run.sensors import Sensors
from openbell.run.sessions import sessions_of
from openbell.run.source import SourceError

if TYPE_CHECKING:
    from openbell.run.messenger import Messenger

KNOWN = (
    ConfigError, ModeRefused, NotAvailable, SourceError, PartError, Unlike, Different, AlreadyRunning, JournalDamaged,
    DiskFailed, Fenced, OSError, ValueError,
)  # fmt: skip
"""What keeps a run from starting or ends it; anything else is a defect and is raised."""
Person = Callable[[Book, Ask], str | None]
"""Answers a question put to a person, None for silence."""


class ProgramError(Exception):
    """A run was asked for something at the wrong moment; the text says what and why."""


class Session:
    """One run of a configuration in one state."""

    def __init__(
        self,
        config: LiveTradingConfig,
        person: Person | None = None,
        clock: Clock | None = None,
        sensors: Sensors | None = None,
    ) -> None:
        """Hold a configuration; nothing is opened before `run`. `clock` and `sensors` None are the machine's own."""
        self.config = config
        self.person = person
        self.folder: Path | None = config.state
        self.result: Result | None = None
        self.error: Exception | None = None
        self.clock: Clock = clock or WallClock()
        self.sensors = sensors
        self.monitor: Monitor | None = None
        self.began = 0
        self.ended = 0
        self.is_running = False
        self._is_asked = False
        self._ready: tuple[assemble.Prepared, source.Source] | None = None

    def prepare(self) -> None:
        """Write the configuration into the state, and make everything ready to run.

        Raises:
            NotAvailable, ModeRefused, ConfigError, SourceError, PartError, ValueError: As their texts say.
        """
        with in_money():
            self._ready = self._prepared()

    def _prepared(self) -> tuple[assemble.Prepared, source.Source]:
        document = document_of_program(self.config)
        venue_kind(document["mode"])
        folder = self.folder or state.create(os.environ, "program", self.clock.now())
        self.folder = folder
        state.make(folder)
        file = folder / "config.yaml"
        file.write_text(as_yaml(document, "What a program said; it can be checked and run as it is."), encoding="utf-8")
        loaded, found = assemble.read(file, os.environ)
        prepared = assemble.prepare(loaded, found)
        kind, options = "synthetic", prepared.feed_options
        if self.config.data is not None:
            kind = source.chosen_by_path(self.config.data)
            options = found.feeds[kind].model_validate({"path": self.config.data})
        if options is None:
            raise SourceError(f"{file} names no source of market data")
        look_up = sessions_of(loaded.config.calendars, state.home(os.environ) / "calendars.json")
        made = source.load(prepared.spec, found.feeds.module(kind), options, look_up, None)
        prepared.spec = msgspec.structs.replace(prepared.spec, is_synthetic=made.is_synthetic)
        state.write_origin(folder, state.Origin(file=str(file), folder=str(folder), started=self.clock.now()))
        return prepared, made

    def run(self) -> Result:
        """Run to the end of the source or until asked to stop.

        Raises:
            Exception: As `prepare` and `live`.
        """
        self.began = self.clock.now()
        self.is_running = True
        try:
            if self._ready is None:
                self.prepare()
            if self._ready is None or self.folder is None:
                raise ProgramError("nothing is ready to run")
            pace = self._ready[0].loaded.config.pace
            level = "DEBUG" if self.config.enable_debug else self.config.log_level
            logs = keep_logs(self._ready[0], self.folder, level)
            hooks = Hooks(self.config.schedule.on_open, self.config.schedule.on_close)
            self.monitor = monitor_of(self._ready[0], self.folder, logs, self.sensors)
            settings = Settings(
                state=self.folder,
                speed=None if pace is None else float(pace),
                is_interrupted=lambda: self._is_asked,
                person=self.person,
                clock=self.clock,
                monitor=self.monitor,
                watch=logs.beside(hooks.watch),
            )
            messenger = _messenger(self.folder) if self._ready[0].loaded.config.alerts.is_on else None
            try:
                # The rules of arithmetic belong to a thread.
                with in_money():
                    self.result = live(logs.hearing(self._ready[0]), self._ready[1], settings)
            finally:
                hooks.close()
                logs.close()
                if messenger is not None:
                    messenger.close()
            self.result.notes += logs.notes
            return self.result
        finally:
            self.is_running = False
            self.ended = self.clock.now()

    def stop(self) -> None:
        """Ask the run to end in good order; positions and their protection stay."""
        self._is_asked = True

    @property
    def is_stopping(self) -> bool:
        """True from the moment somebody asked for the end."""
        return self._is_asked

    def book(self) -> Book | None:
        """Return the true book as the journal tells it, None before its first record."""
        if self.folder is None or not state.journal(self.folder).is_dir():
            return None
        try:
            with in_money():
                return read_book(state.journal(self.folder)).book
        except Unlike:
            return None

    def give(self, kind: str, reason: str, *, tier: int | None = None, digits: str = "") -> None:
        """Give the run a word and wait until it is taken.

        A run that has ended takes it first at its next start.

        Raises:
            ProgramError: The run refuses it, or there is no run yet.
        """
        if self.folder is None:
            raise ProgramError(f"{kind}: nothing has been started")
        command = Command(
            ts=0, id=giving.new_id(self.clock), kind=kind, actor="program", reason=reason, tier=tier, digits=digits
        )
        given = giving.give(self.folder, command, self.clock)
        if given.refusal:
            raise ProgramError(f"{kind}: {given.refusal}")

    def seconds(self) -> float:
        """Return how long the run has lasted, seconds."""
        end = self.clock.now() if self.is_running else self.ended
        return (end - self.began) / NS if self.began else 0.0


def _messenger(folder: Path) -> "Messenger":
    # Only a run that tells somebody needs what carries messages.
    from openbell.run.messenger import Messenger

    return Messenger(folder)
