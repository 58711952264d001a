"""The notifier: a process that follows a journal and tells people.

The engine does not know that it exists.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from openbell.config.alerts import Alerts
from openbell.core.events import Genesis
from openbell.core.types import NS
from openbell.edges.alerts import email, sms, telegram
from openbell.edges.alerts.inbox import Place
from openbell.edges.alerts.outbox import Outbox
from openbell.edges.logs.redact import Redactor
from openbell.run.alerts import siren
from openbell.run.alerts.control import Control
from openbell.run.alerts.courier import Courier, Reach, reaches
from openbell.run.alerts.deadman import Pings
from openbell.run.alerts.desk import Desk, Where
from openbell.run.alerts.doors import Mailbox, Port
from openbell.run.alerts.life import Life, Seen
from openbell.run.alerts.lines import Lines
from openbell.run.alerts.spans import times_of
from openbell.run.alerts.start import KEPT
from openbell.run.alerts.stopping import Stopping
from openbell.run.alerts.told import Told
from openbell.run.alerts.trial import Trying
from openbell.run.alerts.watch import Kept, Watch
from openbell.run.clock import Clock
from openbell.run.parts import Shelf
from openbell.run.pulse import read_pulse

LOOK_S = 0.05
"""Between two looks at the journal, seconds."""
AT_ONCE = 500
"""Records between two moments in which letters are carried."""
SAVE_NS = NS
"""How often the place reached is written down while nothing is told."""
FAILED_NS = 60 * NS
"""A channel that has failed for so long is told to the others."""
FAREWELL_NS = 3 * NS
"""How long what waits is still sent once the run has ended; the rest goes out with the next start."""
CHANNELS, BEAT = "channels", "beat"
"""Under these names the outbox keeps what others are shown: the channels, and when the notifier last gave a sign."""
_SEEN, _PLACE = "life", "place/"
K = TypeVar("K")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as others are shown it: without address, key or receiver."""

    name: str
    kind: str
    level: str
    targets: int


class Notifier:
    """Everything of one state's messages.

    Attributes:
        outbox: Its file. desk: Who gets what. courier: How it gets there.
    """

    def __init__(self, folder: Path, terms: Alerts, channels: Shelf, clock: Clock, secrets: Iterable[str] = ()) -> None:
        """Work for a state that has a journal; `secrets` stand in no message and in no log.

        Raises:
            Unlike: The journal has no readable first record. sqlite3.Error: The outbox cannot be used.
        """
        self._folder, self._terms, self._clock = folder, terms, clock
        self.outbox = Outbox(folder)
        found: list[Reach] = reaches(terms.named, channels.module)
        self._watch = Watch(folder, kept_of(self.outbox), times_of(terms))
        self._life = Life(self._watch, _read(self.outbox, _SEEN, Seen), clock)
        self.desk = desk_of(self.outbox, terms, self._watch.genesis, found, secrets)
        self.courier = Courier(self.outbox, found, clock)
        self._lines = Lines(self.outbox, folder, secrets)
        self._saved = 0
        trying = Trying(self.outbox, found, self.desk, clock)
        self._beside: list[Callable[[], Coroutine[Any, Any, None]]] = [self.courier.run, trying.run]
        counts = Counter(one.name for one in found)
        shown = [Shown(name=k, kind=c.kind, level=c.level, targets=counts[k]) for k, c in terms.named.items()]
        self.outbox.keep(CHANNELS, msgspec.json.encode(shown))
        if terms.dead_man is not None:
            self._beside.append(Pings(terms.dead_man, lambda: self._life.is_well).run)
        self._stopping = Stopping(self.outbox, folder, clock, self._stopped)
        self._listen(terms)

    def _listen(self, terms: Alerts) -> None:
        """Get ready to hear those who may speak over a channel."""
        for name, channel in terms.named.items():
            if isinstance(channel.options, telegram.Config) and channel.options.control:
                write = partial(self._write_down, name)
                control = Control(channel.options, self._folder, self._watch, self._clock, write)
                control.is_well = lambda: self._life.is_well
                control.place = int(self.outbox.kept(f"{_PLACE}{name}") or b"0")
                self._beside.append(partial(control.run, partial(self._keep_place, name)))
            elif isinstance(channel.options, email.Config) and channel.options.inbox is not None:
                box = Mailbox(name, channel.options, self._stopping, self._clock)
                box.place = _read(self.outbox, f"{_PLACE}{name}", Place)
                self._beside.append(partial(box.run, partial(self._keep_bytes, name)))
            elif isinstance(channel.options, sms.Config) and channel.options.listen is not None:
                self._beside.append(Port(name, channel.options, self._stopping, self._clock).run)

    def _keep_place(self, name: str, place: int) -> None:
        self._keep_bytes(name, str(place).encode())

    def _keep_bytes(self, name: str, value: bytes) -> None:
        with self.outbox.change():
            self.outbox.keep(f"{_PLACE}{name}", value)

    def _write_down(self, name: str, user: str, word: str, what: str) -> None:
        """Write down what somebody asked over a channel, and tell it."""
        now = self._clock.now()
        text = f"{name}: user {user} asked /{word}: {what}"
        told = Told(
            event="control", level="warning", seq=self._watch.kept.seq, index=0, ts=now, key=f"control/{user}/{what}",
            fields={"text": text, "actor": f"{name} {user}"}, mark=f"control-{now}-{user}",
        )  # fmt: skip
        with self.outbox.change():
            self.desk.take(told, now)
        self.courier.ring()

    def _stopped(self, name: str, sender: str, what: str) -> None:
        self._write_down(name, sender or "nobody", "stop", what)

    def close(self) -> None:
        """Close journal and outbox."""
        self._watch.close()
        self.outbox.close()

    def look(self) -> bool:
        """Take what has come and line up what follows from it.

        Returns:
            True where there is more to take.
        """
        now, before = self._clock.now(), self._watch.kept.seq
        pulse = read_pulse(self._folder)
        told = self._life.look(pulse)
        told += self._watch.look(AT_ONCE)
        # The end of a run is told behind all that was in it.
        told += self._life.look(pulse)
        told += self._late(now)
        is_due = now - self._saved >= SAVE_NS
        if told or is_due:
            self._saved = now
            with self.outbox.change():
                for one in told:
                    self._tell(one, now)
                self._failures(now)
                self.desk.tick(now)
                self.outbox.keep(KEPT, msgspec.json.encode(self._watch.kept))
                self.outbox.keep(_SEEN, msgspec.json.encode(self._life.seen))
                self.outbox.keep(BEAT, str(now).encode())
            siren.sound(self.outbox, self._folder, now)
            self._lines.look()
            self.courier.ring()
        return self._watch.kept.seq - before >= AT_ONCE

    def _tell(self, one: Told, now: int) -> None:
        if one.event != "daily_summary" or self._terms.summary is not None:
            self.desk.take(one, now)

    def _late(self, now: int) -> list[Told]:
        """Return summaries that are due by the wall clock, where the market's own is that one."""
        is_outside = any(account.outside is not None for account in self._watch.book.spec.accounts.values())
        return self._watch.clock(now) if is_outside else []

    def _failures(self, now: int) -> None:
        for name, health in self.courier.health.items():
            if health.since and not health.is_told and now - health.since >= FAILED_NS:
                health.is_told = True
                fields = {"channel": name, "text": health.why}
                told = Told(
                    event="channel_failed", level="error", seq=0, index=0, ts=now, key=f"channel/{name}", fields=fields,
                    mark=f"channel-{name}-{health.since}",
                )  # fmt: skip
                self.desk.take(told, now, but=name)

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Follow and tell until it is over; then say what can still be said soon."""
        carrying = asyncio.gather(*(act() for act in self._beside))
        try:
            await self._follow(is_over, carrying)
            await self._farewell(carrying)
        finally:
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
            self._lines.look()
            with self.outbox.change():
                self.outbox.forget()

    async def _follow(self, is_over: Callable[[], bool], carrying: "asyncio.Future[Any]") -> None:
        is_more = True
        while is_more or not is_over():
            is_more = self.look()
            # A worker ends only by a defect: what it raised ends this process, and the supervisor begins anew.
            done, _ = await asyncio.wait([carrying], timeout=0 if is_more else LOOK_S)
            for task in done:
                task.result()

    async def _farewell(self, carrying: "asyncio.Future[Any]") -> None:
        until = self._clock.grown() + FAREWELL_NS
        while not self.courier.is_done and self._clock.grown() < until:
            self.courier.ring()
            await asyncio.wait([carrying], timeout=LOOK_S)


def _read(outbox: Outbox, name: str, kind: type[K]) -> K:
    found = outbox.kept(name)
    return kind() if found is None else msgspec.json.decode(found, type=kind)


def kept_of(outbox: Outbox) -> Kept:
    """Return how far a state has been told."""
    return _read(outbox, KEPT, Kept)


def desk_of(outbox: Outbox, terms: Alerts, genesis: Genesis, found: Iterable[Reach], secrets: Iterable[str]) -> Desk:
    """Return the desk of a state.

    Args:
        outbox: Of the state.
        terms: Of its file.
        genesis: The first event of its journal.
        found: Every target of every channel.
        secrets: Texts that stand in no message; what has the shape of a key or token is taken out anyway.
    """
    by_name: dict[str, list[str]] = {}
    for one in found:
        by_name.setdefault(one.name, []).append(one.target)
    where = Where(
        state=outbox.state, instance=genesis.instance, badge=badge_of(genesis.mode), title=genesis.title or "openbell"
    )
    return Desk(outbox, terms, where, lambda name: by_name.get(name, ()), Redactor(secrets).text)


def badge_of(mode: str) -> str:
    """Return a mode as every message begins with it."""
    return {"dry_run": "DRY RUN", "sim": "SIM"}.get(mode, mode.upper())
