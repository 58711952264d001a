"""A trial: what each strategy says of the data, and a whole run in a scratch state."""

from collections import Counter
from pathlib import Path

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code, label
from openbell.core.effects import Decision, Effect
from openbell.edges.journal import JournalDamaged
from openbell.run import state
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.clock import FakeClock
from openbell.run.doctor.line import Line, well
from openbell.run.live import Settings, live
from openbell.run.loop import Watcher
from openbell.run.records import entries
from openbell.run.results import Result
from openbell.run.source import Source

WARMING_UP = int(Code.WARMING_UP)


class Heard(msgspec.Struct):
    """What one deployment decided of one instrument: how often each code, the last decision."""

    codes: Counter[int] = msgspec.field(default_factory=Counter)
    last: Decision | None = None


def signals(prepared: Prepared, source: Source) -> list[Line]:
    """Return what every strategy says of each of its instruments, over the whole source."""
    heard: dict[tuple[str, str], Heard] = {
        (name, symbol): Heard() for name, one in prepared.spec.deployments.items() for symbol in one.instruments
    }
    backtest(prepared, source, watchers=(_listener(heard),))
    return [_said(prepared, key, one) for key, one in heard.items()]


def _listener(heard: dict[tuple[str, str], Heard]) -> Watcher:
    def watch(_event: ev.Event, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Decision):
                one = heard[effect.deployment, effect.instrument]
                one.codes[effect.signal] += 1
                # What is decided outside of sessions says nothing of the signal.
                one.last = effect if effect.target is not None or one.last is None else one.last

    return watch


def _said(prepared: Prepared, key: tuple[str, str], heard: Heard) -> Line:
    name, symbol = key
    part = f"signal {name} on {symbol}"
    if heard.last is None:
        return Line(part=part, level="fail", told="was never asked", fix="openbell doctor data: do its bars come?")
    counted = ", ".join(f"{label(code)} {n:,}" for code, n in heard.codes.most_common(3))
    target = "none yet" if heard.last.target is None else f"{heard.last.target:g}"
    told = f"target {target}, {label(heard.last.signal)}; of {heard.codes.total():,} bars: {counted}"
    if heard.last.target is None and WARMING_UP in heard.codes:
        fix = f"shorten the periods of {prepared.spec.deployments[name].strategy}, or give more data"
        return Line(part=part, level="warn", told=told, fix=fix)
    return well(part, told)


def whole(prepared: Prepared, source: Source, scratch: Path, now: int) -> list[Line]:
    """Return how a whole run went: started, stopped half way through, and started again.

    Args:
        prepared: The run, simulated.
        source: What it is told.
        scratch: An empty folder for its state.
        now: Wall time of the trial, UTC ns.
    """
    clock, half = FakeClock(now), max(source.bars // 2, 1)
    interrupt = _Interrupt(half)
    # At a speed the interruption is asked for at every event; this clock does not really wait.
    first = live(
        prepared,
        source,
        Settings(state=scratch, speed=1e6, watch=interrupt.watch, is_interrupted=interrupt.is_due, clock=clock),
    )
    lines = [_traded(first)]
    before = first.book.truth.counts.source
    again = live(prepared, source, Settings(state=scratch, clock=clock))
    after = again.book.truth.counts.source
    lines.append(well("stopped and started again", f"went on behind event {before:,}, to {after:,}"))
    try:
        count = sum(1 for _ in entries(state.journal(scratch)))
    except JournalDamaged as error:
        lines.append(Line(part="journal", level="fail", told=str(error), fix="report it: the disk lost what it kept"))
    else:
        lines.append(well("journal", f"{count:,} records, each behind the hash of the one before"))
    return lines


class _Interrupt:
    """Ends a run behind so many bars, as Ctrl-C would."""

    def __init__(self, bars: int) -> None:
        self._left = bars

    def watch(self, _book: Book, event: ev.Event, _effects: list[Effect]) -> None:
        """Count the bars that were taken."""
        self._left -= isinstance(event, ev.Bar)

    def is_due(self) -> bool:
        """Return True when there were enough."""
        return self._left <= 0


def _traded(result: Result) -> Line:
    counts = result.book.truth.counts
    told = f"{counts.bars:,} bars, {counts.fills:,} fills, simulated"
    return well("started, traded and stopped", told)
