"""A sweep: one file with many values, each run made once and remembered."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Self

import msgspec

from openbell.config.explain import ConfigError
from openbell.research.grid import Axis, Point
from openbell.run.compiled import READY
from openbell.run.source import Source
from openbell.run.study.executor import Backend, Executor, chunks_of
from openbell.run.study.pool import Alone, executor_of
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
        subject, source: What all runs share. store: What is remembered. backend: Who carries them out.
    """

    subject: Subject
    source: Source
    store: Store
    backend: Backend = Backend()


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
    with Runs(desk, watch, len(values)) as runs:
        missing = runs.missing(values)
        need_one_sound(desk, missing)
        runs.done = len(values) - len(missing)
        runs.make(missing, len(missing))
        return runs.found(values)


def need_one_sound(desk: Desk, values: Sequence[Values]) -> None:
    """Raise what is wrong with the first values where none of them can be run.

    Raises:
        ConfigError: The file cannot be run with them.
    """
    bench = Bench(desk.subject, desk.source)
    first: Exception | None = None
    for one in values[:TRIED_FIRST]:
        try:
            bench.prepare(one)
        except (ConfigError, ValueError) as error:
            first = first or error
            continue
        return
    if first is not None:
        raise first


class Runs:
    """Runs of one study: those remembered, and those made now on their way to the store.

    Attributes:
        is_over: True once the one who watches has ended the study. done: Of those asked for, how many are there.
    """

    def __init__(self, desk: Desk, watch: Watch, whole: int) -> None:
        """Read what is remembered; `whole` runs will be asked for.

        Raises:
            OSError: The store cannot be read.
        """
        self.is_over = False
        self._desk, self._watch, self._whole = desk, watch, whole
        self._outcomes = desk.store.read(desk.subject.data).outcomes
        self._keys: dict[Values, str] = {}
        self._made: set[str] = set()
        self._waiting: list[Outcome] = []
        self._flushed = time.perf_counter()
        self._executor: Executor | None = None
        self.done = 0

    def __enter__(self) -> Self:
        """Begin; nobody who carries runs out is started before there is one to be made."""
        return self

    def __exit__(self, *_: object) -> None:
        """End those who carry runs out; all that was made is on the disk."""
        try:
            self._flush()
        finally:
            if self._executor is not None:
                self._executor.close()

    def of(self, values: Values) -> Outcome | None:
        """Return what a run came to, None where it has not been made."""
        return self._outcomes.get(self._key(values))

    def missing(self, values: Sequence[Values]) -> list[Values]:
        """Return those that have not been made, each once."""
        return [one for one in dict.fromkeys(values) if self._key(one) not in self._outcomes]

    def make(self, missing: Sequence[Values], most: int) -> None:
        """Make runs that are not remembered, and remember them.

        Args:
            missing: Values of each.
            most: Of how many runs at once there is a use, now and in later calls.

        Raises:
            StudyError: They cannot be carried out. OSError: The store cannot be written.
        """
        desk = self._desk
        self._look()
        is_cold = desk.subject.is_compiled and not Path(desk.subject.cache, READY).exists()
        if missing and is_cold and desk.backend != Backend():
            # One process compiles, and all others find it done.
            self._by(Alone(desk.subject, desk.source, self._look), missing[:1])
            missing = missing[1:]
        if missing and not self.is_over:
            if self._executor is None:
                backend = msgspec.structs.replace(desk.backend, jobs=max(1, min(desk.backend.jobs, most)))
                self._executor = executor_of(desk.subject, desk.source, backend, self._look)
            self._by(self._executor, missing)

    def found(self, values: Sequence[Values]) -> Sweep:
        """Return what runs came to, in their order."""
        self._flush()
        after = self._desk.store.read(self._desk.subject.data)
        having = [outcome for one in values if (outcome := self.of(one)) is not None]
        return Sweep(
            outcomes=tuple(having),
            made=len(self._made.intersection(one.key for one in having)),
            asked=len(values),
            trials=after.trials,
            damaged=after.damaged,
        )

    def _key(self, values: Values) -> str:
        if values not in self._keys:
            self._keys[values] = key_of(self._desk.subject, values)
        return self._keys[values]

    def _by(self, executor: Executor, missing: Sequence[Values]) -> None:
        # A generator that is closed drops what has not begun.
        with closing(executor.carry_out(chunks_of(missing, executor.width))) as carried:
            for outcomes in carried:
                self._take(outcomes)
                if self._look():
                    break

    def _take(self, outcomes: list[Outcome]) -> None:
        self._waiting += outcomes
        self.done += len(outcomes)
        self._made.update(outcome.key for outcome in outcomes)
        self._outcomes.update({outcome.key: outcome for outcome in outcomes})
        if time.perf_counter() - self._flushed >= FLUSH_S:
            self._flush()

    def _flush(self) -> None:
        self._desk.store.add(self._desk.subject.data, self._waiting)
        self._waiting.clear()
        self._flushed = time.perf_counter()

    def _look(self) -> bool:
        self.is_over = self.is_over or self._watch(self.done, self._whole)
        return self.is_over


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


IDLE_ADVICE = "openbell backtest FILE counts what was refused, and by which limit"


def idle(outcomes: Sequence[Outcome]) -> str:
    """Return in words that no run traded; empty where one did."""
    having = [one for one in outcomes if not one.refused]
    if not having or any(one.fills for one in having):
        return ""
    return f"none of {len(having):,} runs traded: there was no signal, or each entry was refused"


def need_trades(outcomes: Sequence[Outcome]) -> None:
    """Raise where no run traded.

    Raises:
        StudyError: So it is.
    """
    if why := idle(outcomes):
        raise StudyError(why, IDLE_ADVICE)


def without(outcomes: Sequence[Outcome], by: str) -> list[Outcome]:
    """Return the runs that were made and have no measure `by`, in the order given."""
    return [one for one in outcomes if not one.refused and MEASURES[by](one) is None]


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
