"""Who carries out the runs of a study: this process, or several that share the bars."""

import functools
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

import msgspec

from openbell.core.types import use_money_context
from openbell.run.compiled import at_cache
from openbell.run.source import Source
from openbell.run.study.bars import Lent, lend, take
from openbell.run.study.trial import Bench, Outcome, StudyError, Subject, Values

Chunk = Sequence[Values]
"""Runs that are handed over together."""
LOOK_S = 0.2
"""Seconds after which one who waits for runs may look at other things."""


class Executor(Protocol):
    """Carries out the runs of one study; what comes out does not depend on who it is."""

    def carry_out(self, chunks: Iterable[Chunk]) -> Iterator[list[Outcome]]:
        """Yield outcomes as runs end, in any order; an empty list while none has.

        One who has seen enough closes the iterator: runs not begun are dropped.

        Raises:
            StudyError: Runs cannot be carried out.
        """


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What another process needs to carry out runs: the study, and where the bars are."""

    subject: Subject
    bars: Lent


class Alone:
    """Carries runs out one by one in this process."""

    def __init__(self, subject: Subject, source: Source, is_over: Callable[[], bool]) -> None:
        """Take a study; `is_over` is asked within a run as well, and drops it."""
        self._bench = Bench(subject, source)
        self._is_over = is_over

    def carry_out(self, chunks: Iterable[Chunk]) -> Iterator[list[Outcome]]:
        """Yield outcomes as runs end."""
        for chunk in chunks:
            for values in chunk:
                outcome = self._bench.run(values, lambda _: self._is_over())
                yield [outcome] if outcome is not None else []


class Pool:
    """Carries runs out in processes of their own, which all read the same bars."""

    def __init__(self, subject: Subject, source: Source, jobs: int) -> None:
        """Take a study for `jobs` processes; they are started when the first run is asked for."""
        self._subject, self._source, self._jobs = subject, source, jobs

    def carry_out(self, chunks: Iterable[Chunk]) -> Iterator[list[Outcome]]:
        """Yield outcomes as runs end.

        Raises:
            StudyError: A process died.
        """
        # A process that is copied while other libraries' threads run may hang: these begin anew.
        context = get_context("spawn")
        with (
            lend(self._source) as lent,
            ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_begin) as pool,
        ):
            try:
                yield from self._outcomes(pool, Job(subject=self._subject, bars=lent), iter(chunks))
            except BrokenProcessPool:
                what = "a process that carried out runs has died; perhaps there was not enough memory"
                raise StudyError(what, "the same command goes on where it ended; try it with --jobs 1") from None
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _outcomes(self, pool: ProcessPoolExecutor, job: Job, left: Iterator[Chunk]) -> Iterator[list[Outcome]]:
        waiting: set[Future[list[Outcome]]] = set()
        while True:
            waiting |= {pool.submit(_work, job, chunk) for chunk in islice(left, 2 * self._jobs - len(waiting))}
            if not waiting:
                return
            done, waiting = wait(waiting, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            yield [outcome for future in done for outcome in future.result()]


def executor_of(subject: Subject, source: Source, jobs: int, is_over: Callable[[], bool]) -> Executor:
    """Return who carries out a study with `jobs` processes; one is this process itself."""
    return Alone(subject, source, is_over) if jobs == 1 else Pool(subject, source, jobs)


def usable_processors() -> int:
    """Return on how many processors this process may run."""
    return len(os.sched_getaffinity(0))


def chunks_of(values: Sequence[Values], jobs: int) -> list[Chunk]:
    """Return runs in pieces, so small that no process waits long for another."""
    size = max(1, min(64, len(values) // (jobs * 8)))
    return [values[n : n + size] for n in range(0, len(values), size)]


# --- in another process -----------------------------------------------------------------------------------------


def _begin() -> None:
    """Get a new process ready: Ctrl-C is its parent's affair, and without a parent it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_money_context()
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


@functools.cache
def _bench(job: Job) -> Bench:
    at_cache(Path(job.subject.cache))
    return Bench(job.subject, take(job.bars))


def _work(job: Job, chunk: Chunk) -> list[Outcome]:
    bench = _bench(job)
    return [outcome for values in chunk if (outcome := bench.run(values)) is not None]
