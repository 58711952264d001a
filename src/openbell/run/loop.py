"""The one loop: source events, venue answers and timers in the order of virtual time, each journaled before it acts.

Time is a barrier: the next event is taken only when every effect of the earlier ones is durable and delivered and the
venues' answers are in line. A backtest is this loop with a log that is always durable; pacing only delays the taking.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from openbell.core import events as ev
from openbell.core.effects import OUTGOING, Decision, Effect, SetTimer, Submit
from openbell.core.engine import Engine
from openbell.core.ports import Venue
from openbell.core.screen import screen

FAR = (1 << 63) - 1
"""An instant that never comes."""
_OUTGOING = frozenset(OUTGOING)


class Log(Protocol):
    """Where records go before anything leaves."""

    def record(self, event: ev.Event, effects: list[Effect]) -> None:
        """Append an event with all its effects."""

    def commit(self) -> None:
        """Return when everything recorded so far is durable."""


Watcher = Callable[[ev.Event, list[Effect]], None]
"""Called after each step with the event and its effects; it must not change anything."""


class Loop:
    """Takes events from a source until it ends or someone stops it."""

    def __init__(
        self,
        engine: Engine,
        venues: dict[str, Venue],
        log: Log | None = None,
        watchers: tuple[Watcher, ...] = (),
    ) -> None:
        """Join an engine with the venue of each of its accounts.

        Args:
            engine: Ready to take events.
            venues: By account.
            log: None for a run whose record is always durable and never read.
            watchers: Onlookers such as progress and reports.
        """
        self.engine = engine
        self.venues = venues
        self.log = log
        self.watchers = watchers
        self.bars = 0
        self.events = 0
        self._all = tuple(venues.values())
        self._next = 0
        self._timers = engine.book.truth.timers
        self._wants_instants = engine.traders.wants_instants

    def take(self, event: ev.Event) -> None:
        """Take one source event, and before it everything that is due."""
        if type(event) is ev.Bar:
            if self._next <= event.ts:
                self.catch_up(event.ts)
            self._bar(event)
            return
        self.catch_up(event.ts - 1 if isinstance(event, ev.Schedule) else event.ts)
        for venue in self._all:
            venue.heed(event)
        self.deliver(event)

    def catch_up(self, ts: int) -> None:
        """Deliver every venue answer and timer due at or before `ts` (ns), in order of time, venues first."""
        while True:
            due = min((venue.due for venue in self._all), default=FAR)
            timer = min(self._timers.values()) if self._timers else FAR
            if due > ts and timer > ts:
                self._next = min(due, timer)
                return
            if due <= timer:
                for venue in self._all:
                    for event in venue.speak(due) if venue.due <= due else ():
                        self.deliver(event)
            else:
                name = min(key for key, at in self._timers.items() if at == timer)
                deployment, _, rest = name.partition("/")
                self.deliver(ev.Timer(ts=timer, deployment=deployment, name=rest))

    def _bar(self, bar: ev.Bar) -> None:
        bad = screen(self.engine.book, bar)
        if bad is not None:
            self.deliver(bad)
            return
        self.bars += 1
        for venue in self._all:
            if venue.has_orders(bar.instrument):
                for answers in venue.work(bar):
                    for event in answers:
                        self.deliver(event)
        self.deliver(bar)

    def deliver(self, event: ev.Event) -> None:
        """Step the engine, write the record, make it durable if anything leaves, and let it leave."""
        effects = self.engine.step(event)
        self.events += 1
        if self.log is not None:
            self.log.record(event, effects)
        if effects and (len(effects) > 1 or type(effects[0]) is not Decision):
            self.send(effects, event.ts)
        for watch in self.watchers:
            watch(event, effects)

    def send(self, effects: Iterable[Effect], ts: int) -> None:
        """Hand outgoing effects to their account's venue once they are durable."""
        # Timers and answers may have come nearer: look again before the next source event.
        self._next = 0
        leaving = [effect for effect in effects if type(effect) in _OUTGOING]
        if leaving and self.log is not None:
            self.log.commit()
        for effect in leaving:
            account = getattr(effect, "account", "")
            if account:
                self.venues[account].take(effect, ts)

    def run(self, source: Iterable[ev.Event], goes_on: Callable[[ev.Event], bool] | None = None) -> None:
        """Take events until the source ends, `goes_on` says no, or a stop command has been carried out."""
        truth = self.engine.book.truth
        take = self.take
        for event in source:
            if truth.is_stopping or (goes_on is not None and not goes_on(event)):
                break
            take(event)
        else:
            self.finish()

    def finish(self) -> None:
        """Deliver what is still due at the end of the source without letting time run on."""
        self.catch_up(self.engine.book.truth.ts)


__all__ = ["FAR", "Log", "Loop", "SetTimer", "Submit", "Watcher"]
