"""Scripts: what a journal says of the steps that a loop is about to take."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator

import msgspec

from openbell.core import events as ev
from openbell.core.apply import apply_effect
from openbell.core.effects import Effect, Submit, Withhold
from openbell.core.engine import Engine
from openbell.core.record import encode_record
from openbell.run.ledger import Entry
from openbell.run.loop import Loop
from openbell.run.rescue import RESCUED

_ANSWERS = (ev.Fill, ev.OrderUpdate)
"""Events that an in-process venue makes; of an account outside the process they come from outside."""


class Different(Exception):
    """A step went otherwise than recorded.

    Attributes:
        seq: Of the record. what: The difference in words.
    """

    def __init__(self, seq: int, what: str) -> None:
        """Name the record and the difference."""
        super().__init__(f"seq {seq}: {what}")
        self.seq = seq
        self.what = what


class Reel:
    """Records of a journal in order, with a look ahead to the next event from outside."""

    def __init__(self, entries: Iterable[Entry], outside: Collection[str] = ()) -> None:
        """Read from `entries`, as far as needed; `outside` names the accounts whose venue is another process."""
        self._entries = iter(entries)
        self._ahead: deque[Entry] = deque()
        self._accounts = frozenset(outside)

    def _is_outside(self, entry: Entry) -> bool:
        """Return True unless the loop or an in-process venue will make this event by itself."""
        event = entry.event
        if isinstance(event, _ANSWERS):
            return event.account in self._accounts
        return not isinstance(event, ev.Timer) and own_of(entry) is None

    def outside(self) -> Iterator[ev.Event]:
        """Yield the events from outside.

        Each comes before the inside events that it will cause are taken off the reel.
        """
        while True:
            found = next((entry.event for entry in self._ahead if self._is_outside(entry)), None)
            while found is None:
                entry = next(self._entries, None)
                if entry is None:
                    return
                self._ahead.append(entry)
                if self._is_outside(entry):
                    found = entry.event
            yield found

    def overtaken(self, event: ev.Event) -> Iterator[ev.Timer]:
        """Yield the recorded timers that came before `event` and are stamped later.

        The wall clock had brought them when a bar arrived that was late: its stamp is its source's. With each come
        those that were due before it. Each must have been taken off the reel when the next one is asked for.
        """
        last: ev.Timer | None = None
        while (timer := self._later(event)) is not None and timer is not last:
            yield timer
            last = timer

    def _later(self, event: ev.Event) -> ev.Timer | None:
        """Return the first recorded timer ahead of `event` that is stamped later, None for none."""
        self.peek()
        for entry in self._ahead:
            timer = entry.event
            if self._is_outside(entry):
                return None
            if isinstance(timer, ev.Timer) and timer.ts >= event.ts + (timer.name != ev.INSTANT):
                return timer
        return None

    def peek(self) -> Entry | None:
        """Return the next record without taking it off, None at the end."""
        if not self._ahead:
            entry = next(self._entries, None)
            if entry is None:
                return None
            self._ahead.append(entry)
        return self._ahead[0]

    def take(self) -> Entry | None:
        """Take the next record off the reel, None at the end."""
        entry = self.peek()
        if entry is not None:
            self._ahead.popleft()
        return entry


def retrace(loop: Loop, reel: Reel) -> None:
    """Let a loop take what came from outside again, each event behind what came before it.

    Raises:
        Different: A step went otherwise than recorded.
    """
    for event in reel.outside():
        for timer in reel.overtaken(event):
            loop.catch_up_to(timer)
        if isinstance(event, ev.Link):
            # Behind a sleep the word that the lines are down comes first, and only then what has become due.
            _come_to(loop, reel, event)
            loop.deliver(event)
        else:
            loop.take(event)


def _come_to(loop: Loop, reel: Reel, link: ev.Link) -> None:
    """Let what is recorded before a link come, and nothing more that had become due."""
    while (entry := reel.peek()) is not None and entry.event is not link:
        own = entry.event
        if isinstance(own, ev.Timer):
            loop.catch_up_to(own)
        else:
            loop.catch_up(own.ts)
        if reel.peek() is entry:
            return


def own_of(entry: Entry | None) -> ev.DiskState | None:
    """Return a record's event if the loop itself made it, behind a rescued step.

    It may stand between two answers of one instant, so it is no event from outside.
    """
    event = entry.event if entry is not None else None
    return event if isinstance(event, ev.DiskState) and event.text == RESCUED else None


class Recall:
    """Recovery: truth from the record, memory by running the strategies.

    The word of the strategies is dropped. What an in-process venue answers must be what is recorded; a difference stops
    the start.
    """

    def __init__(self, reel: Reel, discarded: set[str]) -> None:
        """Follow `reel`; deployments in `discarded` have no memory to compare, others may be added to it."""
        self.reel = reel
        self.discarded = discarded
        self.seq = 0

    def step(self, engine: Engine, event: ev.Event) -> list[Effect] | None:
        """Take one recorded step over.

        Raises:
            Different: The record holds another event.
        """
        entry = self.reel.take()
        if entry is None or entry.event != event:
            raise Different(entry.seq if entry else self.seq + 1, _told(entry, event))
        self.seq = entry.seq
        self.discarded.update(engine.recall(event, entry.effects))
        if isinstance(event, ev.DeploymentChange) and event.kind == "discard":
            # From here on the memory is one that this code built.
            self.discarded.discard(event.deployment)
        return entry.effects

    def next_own(self) -> ev.DiskState | None:
        """Return the next record's event if the loop made it behind a rescued step."""
        return own_of(self.reel.peek())


class Leftover:
    """The steps recorded before a crash whose cause was not.

    They are taken over already, and expected again from the venue.
    """

    def __init__(self, entries: list[Entry]) -> None:
        """Expect `entries`, whose truth has been taken over."""
        self._entries = deque(entries)

    @property
    def is_done(self) -> bool:
        """True when everything expected has come."""
        return not self._entries

    def check_done(self) -> None:
        """Raise if something recorded has not come again.

        Raises:
            Different: The source has ended, and expected steps are left.
        """
        if self._entries:
            entry = self._entries[0]
            raise Different(entry.seq, f"{_name(entry.event)} is recorded, but its cause does not come again")

    def step(self, engine: Engine, event: ev.Event) -> list[Effect] | None:
        """Return the recorded effects of the next expected step, None when no more are expected.

        Raises:
            Different: Another event came.
        """
        if not self._entries:
            return None
        entry = self._entries.popleft()
        if entry.event != event:
            raise Different(entry.seq, _told(entry, event))
        return entry.effects

    def next_own(self) -> ev.Event | None:
        """Return the next expected event if it is a timer or stands behind a rescued step.

        The book has forgotten that the timer was set.
        """
        entry = self._entries[0] if self._entries else None
        return entry.event if entry is not None and isinstance(entry.event, ev.Timer) else own_of(entry)


class Verify:
    """Replay: every step is decided anew and compared with its record."""

    def __init__(self, reel: Reel) -> None:
        """Compare with `reel`."""
        self.reel = reel
        self.seq = 0

    def step(self, engine: Engine, event: ev.Event) -> list[Effect] | None:
        """Decide a step and compare it.

        Raises:
            Different: The record holds another event, or other effects.
        """
        entry = self.reel.take()
        if entry is None or entry.event != event:
            raise Different(entry.seq if entry else self.seq + 1, _told(entry, event))
        self.seq = entry.seq
        effects = engine.step(event)
        # Not decided but added where the record was written: taken over, never compared.
        for held in (effect for effect in entry.effects if isinstance(effect, Withhold)):
            apply_effect(engine.book, held, engine.book.truth.ts)
            effects.append(held)
        now = [_as_then(*pair) for pair in zip(effects, entry.effects, strict=False)] + effects[len(entry.effects) :]
        if now != entry.effects and encode_record(event, now) != encode_record(event, entry.effects):
            raise Different(entry.seq, _compared(now, entry.effects))
        return effects

    def next_own(self) -> ev.DiskState | None:
        """Return the next record's event if the loop made it behind a rescued step."""
        return own_of(self.reel.peek())


def _as_then(now: Effect, recorded: Effect) -> Effect:
    """Return what is decided now, without the answers of limits where the record is older than those."""
    if not isinstance(now, Submit) or not isinstance(recorded, Submit) or recorded.passed:
        return now
    return msgspec.structs.replace(now, passed=(), seen=())


def _told(entry: Entry | None, event: ev.Event) -> str:
    if entry is None:
        return f"the record ends, but {_name(event)} would follow"
    if type(entry.event) is not type(event):
        return f"recorded is {_name(entry.event)}, now it would be {_name(event)}"
    return f"{_name(event)}: {_changes(entry.event, event)}"


def _compared(now: list[Effect], recorded: list[Effect]) -> str:
    for before, after in zip(recorded, now, strict=False):
        if before != after:
            if type(before) is not type(after):
                return f"recorded is {_name(before)}, now it would be {_name(after)}"
            return f"{_name(before)}: {_changes(before, after)}"
    longer = recorded[len(now) :] or now[len(recorded) :]
    word = "no longer decided" if len(recorded) > len(now) else "decided now, not recorded"
    return f"{_name(longer[0])} is {word}"


def _changes(recorded: ev.Event | Effect, now: ev.Event | Effect) -> str:
    """Return the fields in which two of one kind differ, in words."""
    pairs = ((field, getattr(recorded, field), getattr(now, field)) for field in recorded.__struct_fields__)
    return "; ".join(f"{field} was {before!r}, now {after!r}" for field, before, after in pairs if before != after)


def _name(value: object) -> str:
    name = type(value).__name__
    about = getattr(value, "oid", "") or getattr(value, "instrument", "")
    return f"{name} of {about}" if about else name
