"""Runs carried out on this machine: by this process, or by several that share the bars."""

import functools
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from openbell.core.types import use_money_context
from openbell.run.compiled import at_cache
from openbell.run.source import Source
from openbell.run.study.bars import Lent, lend, take
from openbell.run.study.executor import LOOK_S, Backend, Carried, Chunk, Executor, in_flight
from openbell.run.study.trial import Bench, Outcome, StudyError, Subject


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What another process of this machine needs: the study, and where the bars are."""

    subject: Subject
    bars: Lent


class Alone:
    """Carries runs out one by one in this process."""

    width = 1

    def __init__(self, subject: Subject, source: Source, is_over: Callable[[], bool]) -> None:
        """Take a study; `is_over` is asked within a run as well, and drops it."""
        self._bench = Bench(subject, source)
        self._is_over = is_over

    def carry_out(self, chunks: Iterable[Chunk]) -> Carried:
        """Yield outcomes as runs end."""
        for chunk in chunks:
            for values in chunk:
                outcome = self._bench.run(values, lambda _: self._is_over())
                yield [outcome] if outcome is not None else []

    def close(self) -> None:
        """Nothing was taken."""


class Pool:
    """Carries runs out in processes of their own, which all read the same bars."""

    def __init__(self, subject: Subject, source: Source, jobs: int) -> None:
        """Take a study for `jobs` processes, which are started when the first run is handed over."""
        self.width = jobs
        self._stack = ExitStack()
        self._job = Job(subject=subject, bars=self._stack.enter_context(lend(source)))
        # A process that is copied while other libraries' threads run may hang: these begin anew.
        self._pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin)

    def carry_out(self, chunks: Iterable[Chunk]) -> Carried:
        """Yield outcomes as runs end.

        Raises:
            StudyError: A process died.
        """
        try:
            yield from in_flight(self, chunks)
        except BrokenProcessPool:
            what = "a process that carried out runs has died; perhaps there was not enough memory"
            raise StudyError(what, "the same command goes on where it ended; try it with --jobs 1") from None

    def submit(self, chunk: Chunk) -> Future[list[Outcome]]:
        """Hand a chunk over."""
        return self._pool.submit(_work, self._job, chunk)

    def wait(self, handles: set[Future[list[Outcome]]]) -> tuple[list[list[Outcome]], set[Future[list[Outcome]]]]:
        """Return what has ended soon, and the handles of the rest."""
        done, rest = wait(handles, timeout=LOOK_S, return_when=FIRST_COMPLETED)
        return [future.result() for future in done], rest

    def drop(self, handles: set[Future[list[Outcome]]]) -> None:
        """Forget chunks that have not begun."""
        for handle in handles:
            handle.cancel()

    def close(self) -> None:
        """End the processes; what has begun is waited for."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._stack.close()


def executor_of(subject: Subject, source: Source, backend: Backend, is_over: Callable[[], bool]) -> Executor:
    """Return who carries out a study; a pool of one is this process itself.

    Raises:
        StudyError: What carries runs out is not installed, or does not answer.
    """
    if backend.kind == "dask":
        from openbell.run.study.dask import Dask

        return Dask(subject, source, backend)
    if backend.kind == "ray":
        from openbell.run.study.ray import Ray

        return Ray(subject, source, backend)
    return Alone(subject, source, is_over) if backend.jobs == 1 else Pool(subject, source, backend.jobs)


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
