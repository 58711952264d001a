"""The one loop: source events, venue answers and timers in the order of virtual time.

Each is journaled before it acts.

Time is a barrier: the next event is taken only when every effect of the earlier ones is durable and delivered and the
venues' answers are in line. A backtest is this loop with a log that is always durable; recovery and replay are this
loop with a `Script` that says what has been recorded already; pacing only delays the taking.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec

from openbell.core import events as ev
from openbell.core.effects import OUTGOING, Ask, Cancel, Decision, Effect, Withhold
from openbell.core.engine import Engine
from openbell.core.ports import Venue
from openbell.run.rescue import RESCUED, Log, rescue, secure
from openbell.run.screen import screen, screen_quote

FAR = (1 << 63) - 1
"""An instant that never comes."""
_OUTGOING = frozenset(OUTGOING)
_ASKING = frozenset({Ask})


class Script(Protocol):
    """What is known already of the steps to come."""

    def step(self, engine: Engine, event: ev.Event) -> list[Effect] | None:
        """Return the recorded effects of this step after taking it over.

        None is returned when nothing is recorded for it.

        Raises:
            Different: The record holds another event, or other effects.
        """

    def next_own(self) -> ev.Event | None:
        """Return the next recorded event if it is the loop's own and nothing makes it come again.

        That is what it said behind a rescued step, and a timer whose step was taken over before the loop began.
        """


Watcher = Callable[[ev.Event, list[Effect]], None]
"""Called after each step, and before the next, with the event and its effects; it must not change anything."""


class Meter(Protocol):
    """Measures how long things take; it must not change anything."""

    def take(self, event: ev.Event) -> None:
        """See an event that the engine is about to take."""

    def sent(self, effect: Effect) -> None:
        """See that an effect was handed to its venue or its line."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """What a loop is joined to.

    Attributes:
        venues: Venue of each account, in the process or out of it.
        log: None for a run whose record is never read.
        script: None for a run whose steps are all new.
        watchers: Onlookers such as progress and reports.
    """

    venues: dict[str, Venue]
    log: Log | None = None
    script: Script | None = None
    watchers: tuple[Watcher, ...] = ()


class Loop:
    """Takes events from a source until it ends or someone stops it.

    Attributes:
        meter: Sees every new step, None where nobody measures.
    """

    def __init__(self, engine: Engine, ports: Ports) -> None:
        """Join an engine with its ports."""
        self.engine = engine
        self.ports = ports
        self.bars = 0
        self.events = 0
        self.is_stopping = False
        self._outside = engine.book.spec.outside_accounts
        self._venues = tuple(venue for name, venue in ports.venues.items() if name not in self._outside)
        self._log, self._script, self._watchers = ports.log, ports.script, ports.watchers
        self._book = engine.book
        self._timers = engine.book.truth.timers
        self._next = 0
        self._instant: int | None = None
        self._wants_instants = engine.traders.wants_instants
        self._leaving = _OUTGOING
        self._is_patient = False
        self._unshown: tuple[ev.Event, list[Effect]] | None = None
        self.meter: Meter | None = None

    def follow(self, script: Script | None) -> None:
        """Go on with another script, or with None for steps that are all new."""
        self._script = script

    def share_commits(self) -> None:
        """Let orders become durable in groups, as bars do, where no venue is outside the process.

        Only for a run that can be played again: a recorded source, at full speed. What a crash takes is a tail of
        events, orders and answers that the same source brings again, the same to the byte.
        """
        if not self._outside:
            self._leaving = _ASKING

    @property
    def is_midway(self) -> bool:
        """True between the bars of one instant and its end, when no checkpoint may be taken."""
        return self._instant is not None

    def onlook(self, watchers: tuple[Watcher, ...], *, is_patient: bool = False) -> None:
        """Let `watchers` look on from now on.

        Patient ones see a step with effects when `show` is called, or just before the next one: what leaves by a line
        of its own is on its way before anybody writes about it.
        """
        self._watchers = watchers
        self._is_patient = is_patient

    def show(self) -> None:
        """Let patient watchers see the last step, where they have not."""
        step, self._unshown = self._unshown, None
        if step is not None:
            for watch in self._watchers:
                watch(*step)

    # --- the door in --------------------------------------------------------------------------------------------

    def take(self, event: ev.Event) -> None:
        """Take one event from outside, and before it everything that is due."""
        if type(event) is ev.Bar:
            if self._next <= event.ts or self._instant is not None:
                self.catch_up(event.ts)
            bad = screen(self._book, event)
            if bad is not None:
                self.deliver(bad)
                return
            self.bars += 1
            for venue in self._venues:
                if venue.is_touched(event):
                    self._play(venue, event)
            self.deliver(event)
            if self._wants_instants:
                self._instant = event.ts
            return
        # At one instant the schedule comes before the venues' answers, everything else behind them. An instant ends
        # before a session does that is told right behind its bars.
        self.catch_up(event.ts - 1 if isinstance(event, ev.Schedule) else event.ts, ended=event.ts)
        if type(event) is ev.Quote:
            event = screen_quote(self.engine.book, event) or event
        for venue in self._venues:
            venue.heed(event)
        # A session's end or a split can bring answers nearer: look again before the next bar.
        self._next = 0
        self.deliver(event)

    def catch_up(self, ts: int, *, ended: int = 0) -> None:
        """Deliver every venue answer and timer due at or before `ts` (ns).

        They go in order of time, venues first. All bars of an instant before `ts` or `ended` (ns) have been told.
        """
        if self._instant is not None and self._instant < max(ts, ended):
            at, self._instant = self._instant, None
            self.catch_up(at)
            self.deliver(ev.Timer(ts=at, deployment="", name=ev.INSTANT))
        if self._script is not None and (own := self._script.next_own()) is not None:
            self._deliver_known(own, self._script)
        while True:
            answer = FAR
            for venue in self._venues:
                answer = min(answer, venue.due)
            timer = min(self._timers.values()) if self._timers else FAR
            if answer > ts and timer > ts:
                self._next = min(answer, timer)
                return
            if answer <= timer:
                for event in _answers(self._venues, answer):
                    self.deliver(event)
            else:
                name = min(key for key, at in self._timers.items() if at == timer)
                deployment, _, rest = name.partition("/")
                self.deliver(ev.Timer(ts=timer, deployment=deployment, name=rest))

    def catch_up_to(self, timer: ev.Timer) -> None:
        """Deliver what was due up to a recorded timer.

        The clock had brought it before an event that was stamped earlier.
        """
        if timer.name != ev.INSTANT or timer.ts != self._instant:
            self.catch_up(timer.ts)
            return
        self._instant = None
        self.catch_up(timer.ts)
        self.deliver(timer)

    def _play(self, venue: Venue, bar: ev.Bar) -> None:
        for answers in venue.work(bar):
            for event in answers:
                self.deliver(event)

    # --- the door out -------------------------------------------------------------------------------------------

    def deliver(self, event: ev.Event) -> None:
        """Step the engine, write the record, make it durable if anything leaves, and let it leave."""
        if self._unshown is not None:
            self.show()
        if self._script is not None:
            self._deliver_known(event, self._script)
            return
        if self.meter is not None:
            self.meter.take(event)
        effects = self.engine.step(event)
        self.events += 1
        log, is_safe = self._log, True
        is_busy = len(effects) > 1 or (len(effects) == 1 and type(effects[0]) is not Decision)
        if log is not None:
            leaves = is_busy and not self._leaving.isdisjoint(map(type, effects))
            is_safe = secure(log, event, effects, leaves=leaves)
            if not is_safe:
                effects = rescue(log, self._book, event, effects)
        if is_busy:
            self.send(effects, event.ts, is_new=True)
        if is_busy and self._is_patient:
            self._unshown = event, effects
        else:
            for watch in self._watchers:
                watch(event, effects)
        if not is_safe:
            self.deliver(ev.DiskState(ts=self.engine.book.truth.ts, is_healthy=False, text=RESCUED))

    def _deliver_known(self, event: ev.Event, script: Script) -> None:
        """As `deliver`, for a step that may be recorded already, and then for what is the loop's own behind it."""
        known: ev.Event | None = event
        while known is not None:
            effects = script.step(self.engine, known)
            if effects is None:
                # Nothing more is recorded: from here on every step is new.
                self.follow(None)
                self.deliver(known)
                return
            self.events += 1
            self.send(effects, known.ts, is_new=False)
            for watch in self._watchers:
                watch(known, effects)
            known = script.next_own()

    def send(self, effects: list[Effect], ts: int, *, is_new: bool) -> None:
        """Hand outgoing effects, which are durable, to their venue; not what was withheld.

        What is recorded already goes only to venues in the process, which forgot it with the process. At a venue
        outside it may have arrived: that is for the engine to ask about, never to be sent again.
        """
        # Timers and answers may have come nearer: look again before the next event.
        self._next = 0
        held = {effect.oid for effect in effects if type(effect) is Withhold}
        for effect in effects:
            if type(effect) not in _OUTGOING:
                continue
            if held and getattr(effect, "oid", "") in held and type(effect) is not Cancel:
                continue
            account = getattr(effect, "account", "")
            if account and (is_new or account not in self._outside):
                self.ports.venues[account].take(effect, ts)
                if is_new and self.meter is not None:
                    self.meter.sent(effect)

    # --- a whole run --------------------------------------------------------------------------------------------

    def run(self, source: Iterable[ev.Event], goes_on: Callable[[ev.Event], bool] | None = None) -> bool:
        """Take events until the source ends or `goes_on` says no.

        Returns:
            True if the source has ended.
        """
        take = self.take
        for event in source:
            if goes_on is not None and not goes_on(event):
                return False
            take(event)
        self.finish()
        return True

    def finish(self) -> None:
        """Deliver what is still due at the end of the source, without letting time run on."""
        self.catch_up(self.engine.book.truth.ts)
        if self._instant is not None:
            at, self._instant = self._instant, None
            self.deliver(ev.Timer(ts=at, deployment="", name=ev.INSTANT))
            self.catch_up(at)


def _answers(venues: Iterable[Venue], due: int) -> Iterator[ev.Event]:
    """Yield what venues say that is due at `due` (ns), each asked once the one before has been heard."""
    for venue in venues:
        if venue.due <= due:
            yield from venue.speak(due)
