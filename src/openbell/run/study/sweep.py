"""A sweep: one file with many values, each run made once and remembered."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from openbell.config.explain import ConfigError
from openbell.research.grid import Axis, Point
from openbell.run.compiled import READY
from openbell.run.source import Source
from openbell.run.study.pool import Alone, Executor, chunks_of, executor_of
from openbell.run.study.store import Store
from openbell.run.study.trial import Bench, Outcome, StudyError, Subject, Values, key_of

FLUSH_S = 0.1
"""Longest time, in seconds, for which a finished run is not on the disk."""
TRIED_FIRST = 25
"""Runs of which one must be possible, or the values are wrong altogether."""
FIXED = ("source", "instruments", "calendars", "mode")
"""Options that change what is known of the market: runs with other ones cannot be compared."""

Watch = Callable[[int, int], bool]
"""Told how many runs of how many are done; True from it ends the study early."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep came to.

    Attributes:
        outcomes: In the order of the points; those of an ended sweep that were not reached are left out.
        made: Runs made now; all others were remembered. asked: Points asked for.
        trials: Different configurations tried on these data, in this and every study before.
        damaged: Lines of the store that cannot be read; each counts as a trial.
    """

    outcomes: tuple[Outcome, ...]
    made: int
    asked: int
    trials: int
    damaged: int

    @property
    def is_complete(self) -> bool:
        """True when every point asked for was reached."""
        return len(self.outcomes) == self.asked


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how the runs of a study are made.

    Attributes:
        subject, source: What all runs share. store: What is remembered. jobs: Processes.
    """

    subject: Subject
    source: Source
    store: Store
    jobs: int = 1


def values_of(axes: Sequence[Axis], points: Sequence[Point]) -> list[Values]:
    """Return points as values by path.

    Raises:
        StudyError: An axis stands twice, or changes the data.
    """
    paths = [axis.path for axis in axes]
    twice = next((path for path in paths if paths.count(path) > 1), "")
    if twice:
        raise StudyError(f"--grid: {twice} stands twice", "name each option once")
    for path in paths:
        steps = path.split(".")
        if steps[0] in FIXED or (steps[0] == "deployments" and steps[2:3] in (["instruments"], ["bars"])):
            what = f"--grid: {path} changes the data, and runs over other data cannot be compared"
            raise StudyError(what, "vary options of deployments, accounts or rules")
    return [tuple(zip(paths, point, strict=True)) for point in points]


def sweep(desk: Desk, values: Sequence[Values], watch: Watch) -> Sweep:
    """Return what each run comes to, remembered or made now.

    Args:
        desk: Where and how.
        values: Of each run.
        watch: Sees the progress.

    Raises:
        ConfigError: The file cannot be run with any of the first values. StudyError: As its text says.
        OSError: The store cannot be read or written.
    """
    subject = desk.subject
    known = desk.store.read(subject.data)
    keys = [key_of(subject, one) for one in values]
    missing = [one for key, one in zip(keys, values, strict=True) if key not in known.outcomes]
    found = dict(known.outcomes)
    if missing:
        _need_one_sound(Bench(subject, desk.source), missing[:TRIED_FIRST])
        _Making(desk, watch, found, len(values) - len(missing), len(values)).make(missing)
    after = desk.store.read(subject.data)
    return Sweep(
        outcomes=tuple(found[key] for key in keys if key in found),
        made=sum(key in found and key not in known.outcomes for key in keys),
        asked=len(values),
        trials=after.trials,
        damaged=after.damaged,
    )


def _need_one_sound(bench: Bench, values: Sequence[Values]) -> None:
    """Raise what is wrong with the first values where none of them can be run."""
    first: Exception | None = None
    for one in values:
        try:
            bench.prepare(one)
        except (ConfigError, ValueError) as error:
            first = first or error
            continue
        return
    if first is not None:
        raise first


class _Making:
    """Runs on their way into the store."""

    def __init__(self, desk: Desk, watch: Watch, found: dict[str, Outcome], done: int, whole: int) -> None:
        self._desk, self._watch, self._found = desk, watch, found
        self._done, self._whole = done, whole
        self._waiting: list[Outcome] = []
        self._flushed = time.perf_counter()
        self._is_over = False

    def make(self, missing: Sequence[Values]) -> None:
        desk = self._desk
        if desk.subject.is_compiled and desk.jobs > 1 and not Path(desk.subject.cache, READY).exists():
            # One process compiles, and all others find it done.
            self._by(Alone(desk.subject, desk.source, self._look), missing[:1], 1)
            missing = missing[1:]
        if missing and not self._is_over:
            jobs = min(desk.jobs, len(missing))
            self._by(executor_of(desk.subject, desk.source, jobs, self._look), missing, jobs)

    def _by(self, executor: Executor, missing: Sequence[Values], jobs: int) -> None:
        # A generator that is closed stops its processes.
        with ExitStack() as stack:
            stack.callback(self._flush)
            runs = stack.enter_context(closing(executor.carry_out(chunks_of(missing, jobs))))  # type: ignore[type-var]  # a generator
            for outcomes in runs:
                self._take(outcomes)
                if self._look():
                    break

    def _take(self, outcomes: list[Outcome]) -> None:
        self._waiting += outcomes
        self._done += len(outcomes)
        self._found.update({outcome.key: outcome for outcome in outcomes})
        if time.perf_counter() - self._flushed >= FLUSH_S:
            self._flush()

    def _flush(self) -> None:
        self._desk.store.add(self._desk.subject.data, self._waiting)
        self._waiting.clear()
        self._flushed = time.perf_counter()

    def _look(self) -> bool:
        self._is_over = self._is_over or self._watch(self._done, self._whole)
        return self._is_over


# --- which run is the best ---------------------------------------------------------------------------------------


MEASURES: dict[str, Callable[[Outcome], float | None]] = {
    "sharpe": lambda one: one.sharpe,
    "return": lambda one: one.total_return,
    "drawdown": lambda one: -one.max_drawdown,
}
"""What runs are put in order by: more is better."""


def ranked(outcomes: Sequence[Outcome], by: str) -> list[Outcome]:
    """Return the runs that have the measure `by`, best first; equal ones in the order given."""
    measure = MEASURES[by]
    having = [(one, value) for one in outcomes if not one.refused and (value := measure(one)) is not None]
    return [one for one, _ in sorted(having, key=lambda pair: -pair[1])]


def row_of(outcome: Outcome) -> dict[str, object]:
    """Return a run as a row for machines; money is text."""
    values: dict[str, object] = {"values": dict(outcome.values)}
    if outcome.refused:
        return values | {"refused": outcome.refused}
    win_rate = round(outcome.wins / outcome.trades, 6) if outcome.trades else None
    return values | {
        "total_return": outcome.total_return,
        "sharpe": round(outcome.sharpe, 6) if outcome.sharpe is not None else None,
        "max_drawdown": outcome.max_drawdown,
        "trades": outcome.trades,
        "win_rate": win_rate,
        "orders": outcome.orders,
        "fills": outcome.fills,
        "fees": outcome.fees,
        "equity_end": outcome.equity_end,
        "config": outcome.config,
        "code": outcome.code,
    }
