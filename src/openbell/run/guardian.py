"""The guardian: a second process that takes the orders back when the engine is silent.

It shares nothing with the engine but the state directory: own journal, own connection, and no word but Query and
Cancel. It compares signs of life with the ones before, by a clock that only grows, so no clock step fools it.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.ladder import CANCEL
from openbell.core.record import encode_record
from openbell.core.types import NS
from openbell.edges.journal import AlreadyRunning, DiskFailed, Journal, Options, OsDisk, open_journal, take_lease
from openbell.run import state, triggers
from openbell.run.assemble import Wire
from openbell.run.clock import Clock
from openbell.run.pulse import Pulse, read_pulse
from openbell.run.tenure import Tenure

STALE_NS, DEAD_NS = 10 * NS, 30 * NS
"""Without a sign for so long: alert, then pull; where a file does not say otherwise."""
AGAIN_NS = 5 * NS
"""Between two tries to take back what is still open."""
NAP_NS = NS // 4
SLEPT_NS = 5 * NS
"""A gap between two looks beyond this is the guardian's own sleep, and proves nothing of the engine."""
UNHEARD_NS = 10 * NS
"""A kill that waits so long is one that the engine does not hear."""
RELIEF_NS = NS
"""Between two tries to take over from another guardian."""
JOURNAL = "guardian"
_SEGMENT, _RESERVE = 1 << 20, 1 << 16


class Watch(msgspec.Struct, kw_only=True):
    """What a guardian knows.

    Attributes:
        pulse: Latest sign of life. since: When it was first seen, ns of a clock that only grows.
        looked: When the guardian last looked. told: True once it was said that the engine is stale.
        pulled: True once the orders were pulled. tried: When that was last tried. is_clear: True once none is open.
        killed: Since when a kill waits unheard, 0 for none.
        stale_ns, dead_ns: Without a sign for so long: alert, then pull.
    """

    stale_ns: int = STALE_NS
    dead_ns: int = DEAD_NS
    pulse: Pulse | None = None
    since: int = 0
    looked: int = 0
    told: bool = False
    pulled: bool = False
    tried: int = 0
    is_clear: bool = False
    killed: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What one look says: nothing, `stale`, `back` or `pull`; and why."""

    word: str
    why: str = ""


def judge(watch: Watch, pulse: Pulse | None, now: int, *, is_killed: bool) -> Verdict:
    """Take note of a look at `now` (ns of a clock that only grows) and say what it means.

    Args:
        watch: What is known; it is brought up to date.
        pulse: What the engine's sign of life says now, None for no sign.
        now: When.
        is_killed: True while a kill waits that the engine has not taken.
    """
    has_slept = watch.looked and now - watch.looked > SLEPT_NS
    # A sign that is gone, or cannot be read, is no news: what was seen before it grows old.
    pulse = pulse or watch.pulse
    watch.looked = now
    if pulse != watch.pulse or has_slept:
        was_pulled = watch.pulled
        watch.pulse, watch.since = pulse, now
        if has_slept:
            return Verdict("")
        was_told, watch.told, watch.pulled, watch.is_clear = watch.told, False, False, False
        return Verdict("back", "the engine gives signs of life again") if was_told or was_pulled else Verdict("")
    watch.killed = (watch.killed or now) if is_killed else 0
    if watch.pulled:
        is_due = not watch.is_clear and now - watch.tried >= AGAIN_NS
        return Verdict("pull", "orders are still open") if is_due else Verdict("")
    if watch.killed and now - watch.killed >= UNHEARD_NS and pulse is not None:
        return Verdict("pull", f"a kill was not taken for {(now - watch.killed) // NS} s")
    if pulse is None or pulse.is_closed:
        return Verdict("")
    age = now - watch.since
    if age >= watch.dead_ns:
        return Verdict("pull", f"no sign of life of process {pulse.pid} for {age // NS} s")
    if age >= watch.stale_ns and not watch.told:
        watch.told = True
        return Verdict("stale", f"no sign of life of process {pulse.pid} for {age // NS} s")
    return Verdict("")


class Guardian:
    """Watches one state directory and its accounts."""

    def __init__(
        self, folder: Path, leases: Path, wires: dict[str, Wire], tell: Callable[[str], None],
        clock: Callable[[], int], grown: Callable[[], int] = time.monotonic_ns,
    ) -> None:  # fmt: skip
        """Watch over `folder`, with the accounts' epochs in `leases`.

        `tell` takes alerts, `clock` gives UTC time in ns for records, `grown` ns of a clock that only grows.

        Raises:
            AlreadyRunning: Another guardian watches it.
        """
        self.folder, self.leases, self.wires = folder, leases, wires
        self._tell, self._clock, self._grown = tell, clock, grown
        self.watch = Watch()
        options = Options(segment_bytes=_SEGMENT, reserve_bytes=_RESERVE)
        self.journal: Journal = open_journal(folder / JOURNAL, options)[0]
        self._epoch = 0
        # Venues that take nothing for a while, which count by address: until when, by the clock that only grows.
        self._shut: dict[tuple[str, str], int] = {}

    def look(self, now: int) -> Verdict:
        """Look once; `now` is of a clock that only grows."""
        waiting = (command for _, command in state.commands(self.folder) if command is not None)
        actors = {command.actor for command in waiting if command.kind == "kill"}
        is_killed = triggers.kill_file(self.folder) is not None or bool(actors - {triggers.FALLEN})
        pulse = read_pulse(self.folder)
        if pulse is not None and triggers.FALLEN in actors:
            # It closed its files and did not end in good order: it has as long to come back as one that is silent.
            pulse = msgspec.structs.replace(pulse, is_closed=False)
        return judge(self.watch, pulse, now, is_killed=is_killed)

    async def act(self, verdict: Verdict, now: int) -> None:
        """Do what a verdict asks for."""
        if verdict.word in ("stale", "back"):
            self._note("critical" if verdict.word == "stale" else "warning", verdict.word, verdict.why)
        elif verdict.word == "pull":
            is_first = not self.watch.pulled
            self.watch.pulled, self.watch.tried = True, now
            if is_first:
                self._fence(verdict.why)
            await self._pull(now)

    def _fence(self, why: str) -> None:
        """Write the kill down, leave it for the engine's next start, and take every lease."""
        ts = self._clock()
        kill = ev.Command(ts=ts, id=f"guardian-{ts}", kind="kill", actor="guardian", reason=why, tier=CANCEL)
        text = f"kill by guardian: {why}; the engine is fenced and every order is being taken back"
        self._record(kill, [fx.Alert(level="critical", key=kill.id, text=text)])
        self._tell(text)
        floor = self.watch.pulse.epoch if self.watch.pulse is not None else 0
        self._epoch = floor + 1
        for act in (
            lambda: state.leave_command(self.folder, msgspec.structs.replace(kill, ts=0)),
            lambda: take_lease(OsDisk(state.journal(self.folder))),
            lambda: self._take_tenure(floor),
        ):
            try:
                act()
            except (OSError, ValueError) as error:
                # The orders matter more: a disk that takes no file keeps nobody from the venue.
                self._tell(f"guardian: {error}")

    def _take_tenure(self, floor: int) -> None:
        places = [" ".join(wire.broker.place(wire.options)) for wire in self.wires.values()]
        self._epoch = Tenure(self.leases, places, floor).epoch

    async def _pull(self, now: int) -> None:
        """Take back all orders of all accounts, side by side, and write down what came of it.

        A venue that takes nothing at `now` (ns of a clock that only grows) is left alone: it would be shut for longer.
        """
        names = [name for name in self.wires if self._shut.get(self._venue(name), 0) <= now]
        pulls = (self._pull_one(name, self._epoch) for name in names)
        # One account's fault keeps no other from being looked after, and is tried again.
        found = await asyncio.gather(*pulls, return_exceptions=True)
        is_clear = len(names) == len(self.wires)
        for name, one in zip(names, found, strict=True):
            if isinstance(one, BaseException):
                told, count, is_clear = f"{type(one).__name__}: {one}", 0, False
            else:
                told = one.error or ("still open: " + ", ".join(one.left) if one.left else "none is open")
                count, is_clear = len(one.asked), is_clear and not (one.error or one.left)
                # Not every venue shuts those out who ask too often.
                if wait := getattr(one, "wait", 0):
                    told += f"; nothing is sent there for {-(-wait // NS)} s"
            self._note("critical", f"pulled/{name}", f"{name}: {count} cancels sent; {told}")
        self.watch.is_clear = is_clear

    async def _pull_one(self, name: str, epoch: int) -> Any:
        wire = self.wires[name]

        def note(oids: list[str]) -> None:
            """Write down what is about to be taken back: nothing leaves before."""
            event = ev.Timer(ts=self._clock(), deployment="", name="pull")
            self._record(event, [fx.Query(account=name), *(fx.Cancel(oid=oid, account=name) for oid in oids)])

        found = await wire.broker.pull(wire.options, wire.mode, epoch, note)
        if wait := getattr(found, "wait", 0):
            self._shut[self._venue(name)] = self._grown() + wait
            self._tell_others(wire, wait)
        return found

    def _tell_others(self, wire: Wire, wait: int) -> None:
        """Keep every other process of this user from a venue that takes nothing for so long (ns).

        What they share is written here and never read: a wrong number in it must not keep the last resort away.
        """
        tell = getattr(wire.broker, "tell_shut", None)
        if tell is None:
            return
        try:
            tell(wire.options, self.leases.with_name("rates"), self._clock() + wait)
        except OSError as error:
            self._tell(f"guardian: other processes could not be told of it: {error}")

    def _venue(self, name: str) -> tuple[str, str]:
        """Return broker and host of an account."""
        wire = self.wires[name]
        broker, host, _ = wire.broker.place(wire.options)
        return broker, host

    def _note(self, level: str, key: str, text: str) -> None:
        self._record(ev.Timer(ts=self._clock(), deployment="", name=key), [fx.Alert(level=level, key=key, text=text)])
        self._tell(f"guardian: {text}")

    def _record(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        payload = encode_record(event, effects)
        try:
            self.journal.append(payload)
            self.journal.commit(self.journal.seq)
        except DiskFailed as error:
            # Taking orders back adds no risk: it goes on, and is said aloud, where nothing can be written down.
            self._tell(f"guardian: its record failed: {error}")
            if self.journal.failed or self.journal.is_full:
                with contextlib.suppress(DiskFailed):
                    self.journal.append_reserve(payload)

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Watch until told to end."""
        try:
            while not is_over():
                now = self._grown()
                await self.act(self.look(now), now)
                await asyncio.sleep(NAP_NS / NS)
        finally:
            self.journal.close()


def relieve(
    begin: Callable[[], Guardian], is_over: Callable[[], bool], clock: Clock, tell: Callable[[str], None]
) -> Guardian | None:
    """Return what `begin` makes, as soon as no other guardian watches the state.

    None where told to end before. Where a supervisor was killed, its guardian lives on and does its duty; one that
    ended here would only be started again and again.
    """
    is_told = False
    while not is_over():
        try:
            return begin()
        except AlreadyRunning as held:
            if not is_told:
                tell(f"guardian: {held}, another guardian; this one waits and takes over when that one ends")
            is_told = True
        clock.sleep(RELIEF_NS)
    return None
