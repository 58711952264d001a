"""Rehearsals: each trigger is pulled on a simulated run, and what came of it is kept.

A rehearsal is a run of its own in a scratch state: it trades for a while, the trigger is pulled as a person or a
process would pull it, and the journal must then show the kill, no order that adds risk behind it, and every order
taken back.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.ladder import Stage
from openbell.core.risk import Facts, Rule
from openbell.core.types import NS
from openbell.edges.journal import Fenced
from openbell.run import state, triggers
from openbell.run.assemble import Prepared
from openbell.run.clock import FakeClock
from openbell.run.guardian import Guardian, Verdict
from openbell.run.hatch import call
from openbell.run.live import Settings, live
from openbell.run.records import entries
from openbell.run.rehearsals import Outcome
from openbell.run.source import Source

WARM_BARS = 2000
"""Bars traded before the trigger is pulled, at most half of the source."""
Make = Callable[[], tuple[Prepared, Source]]
"""Makes the run anew for each rehearsal."""


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """One trigger: the actor that its kill must name, and how it is pulled on a scratch state."""

    actor: str
    pull: Callable[[Path, Settings, Prepared], None]


def _by_command(folder: Path, settings: Settings, prepared: Prepared) -> None:
    command = ev.Command(ts=0, id="drill-1", kind="kill", actor="drill", reason="drill", tier=2)
    state.leave_command(folder, command)


def _by_file(folder: Path, settings: Settings, prepared: Prepared) -> None:
    (folder / triggers.KILL_FILE).write_text("2 drill", encoding="utf-8")


def _by_signal(folder: Path, settings: Settings, prepared: Prepared) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: settings.signals.append("SIGUSR1"))
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


def _by_socket(folder: Path, settings: Settings, prepared: Prepared) -> None:
    fields = {"id": "drill-2", "kind": "kill", "actor": "drill", "reason": "drill", "tier": 2}
    caller = threading.Thread(target=partial(call, folder, fields, 30.0), daemon=True)

    def watch(book: Book, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Call once, when the engine is running and its socket is open."""
        if not caller.ident:
            caller.start()
        if not book.truth.kills:
            # The engine goes on only as fast as the caller comes: a small source must not end before.
            caller.join(0.001)

    settings.watch = watch


def _by_limit(folder: Path, settings: Settings, prepared: Prepared) -> None:
    def check(params: tuple[int, ...], facts: Facts) -> int:
        """Object to the account at its first change of equity, and to no order."""
        return 0 if facts.order_value else int(Code.DAILY_LOSS)

    rule = Rule(kind="drill", applies="entry", params=(), check=check, watch=True, text="drill")
    prepared.rules = (*prepared.rules, rule)


def _by_guardian(folder: Path, settings: Settings, prepared: Prepared) -> None:
    guardian = Guardian(folder, folder / "leases", {}, lambda _: None, settings.clock.now)
    asyncio.run(guardian.act(Verdict("pull", "drill"), 0))
    guardian.journal.close()


TRIGGERS = {
    "command file": Rehearsal(actor="drill", pull=_by_command),
    "local socket": Rehearsal(actor="drill", pull=_by_socket),
    "kill file": Rehearsal(actor="kill file", pull=_by_file),
    "signal": Rehearsal(actor="signal SIGUSR1", pull=_by_signal),
    "guardian": Rehearsal(actor="guardian", pull=_by_guardian),
    "automatic limit": Rehearsal(actor="", pull=_by_limit),
}
"""Every trigger that there is, by its name for people."""


def rehearse(name: str, make: Make, folder: Path, now: int) -> Outcome:
    """Rehearse one trigger in the empty `folder` and return how it went; `now` is UTC ns."""
    rehearsal = TRIGGERS[name]
    prepared, source = make()
    warm = min(WARM_BARS, source.bars // 2)
    clock = _Hasty(now)
    live(prepared, source, Settings(state=folder, until_bars=warm, clock=clock))
    prepared, source = make()
    settings = Settings(state=folder, clock=clock, signals=[])
    rules = prepared.rules
    rehearsal.pull(folder, settings, prepared)
    try:
        if prepared.rules != rules:
            _with_rule(prepared, source, settings, rules)
        else:
            live(prepared, source, settings)
    except Fenced as error:
        return Outcome(ts=now, is_good=False, told=str(error))
    faults, seen = judge(folder, rehearsal.actor)
    return Outcome(ts=now, is_good=not faults, told="; ".join(faults) or seen)


def _with_rule(prepared: Prepared, source: Source, settings: Settings, rules: tuple[Rule, ...]) -> None:
    """Run a state of its own from the start: limits in force belong to a state's first record."""
    settings.state = settings.state / "limit"
    live(prepared, source, settings)


def judge(folder: Path, actor: str) -> tuple[list[str], str]:
    """Return what a rehearsal's journal shows that must not be, and what it shows, in words."""
    where = folder / "limit" if (folder / "limit").exists() else folder
    at, orders, later = 0, 0, []
    done = False
    for entry in entries(state.journal(where)):
        submits = [effect for effect in entry.effects if isinstance(effect, fx.Submit)]
        is_kill = isinstance(entry.event, ev.Command) and entry.event.kind == "kill" and entry.event.actor == actor
        is_latch = not actor and any(
            isinstance(effect, fx.Latch) and effect.kind == "drill" for effect in entry.effects
        )
        if not at and (is_kill or is_latch):
            at = entry.seq
            done = is_latch
        elif at:
            later += [submit.oid for submit in submits if not submit.reduce_only]
        else:
            orders += len(submits)
        kills = [effect.state for effect in entry.effects if isinstance(effect, fx.Kill) and effect.state is not None]
        done = done or any(one.stage is Stage.DONE for one in kills)
    faults = [] if at else [f"no kill by {actor or 'a limit'} is on record"]
    faults += [f"{oid} added risk behind it" for oid in later]
    faults += [] if done else ["it was not done by the end"]
    return faults, f"{orders} orders before it, none that adds risk behind it"


class _Hasty(FakeClock):
    """A clock that moves on whenever it is looked at, so that a run at full speed looks around at each chance."""

    def now(self) -> int:
        """Return the next second, UTC ns."""
        self._now += NS
        return self._now
