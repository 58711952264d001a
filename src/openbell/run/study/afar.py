"""Runs carried out by a cluster's workers: what is sent to them, and what they do with it.

A worker is a process of Dask's or Ray's, on this machine or another one. It is sent the bars; file and strategies it
reads itself, at the same path, and it checks that they and openbell are those with which the study began.
"""

import functools
import importlib.util
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from openbell.core.types import use_money_context
from openbell.run.compiled import at_cache, cache_place, use_cache
from openbell.run.source import Source
from openbell.run.study.bars import Layout, packed, unpacked
from openbell.run.study.executor import Chunk
from openbell.run.study.trial import Bench, Outcome, StudyError, Subject


class Cargo:
    """A source on its way to workers, one array of bytes; equal by its fingerprint."""

    def __init__(self, layout: Layout, memory: NDArray[np.uint8]) -> None:
        """Hold a source that has been packed."""
        self.layout, self.memory = layout, memory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cargo) and other.layout.digest == self.layout.digest

    def __hash__(self) -> int:
        return hash(self.layout.digest)


def cargo_of(source: Source) -> Cargo:
    """Return a source ready to be sent."""
    layout, pieces = packed(source)
    return Cargo(layout, np.concatenate([np.frombuffer(piece, np.uint8) for piece in pieces]))


def work(subject: Subject, cargo: Cargo, chunk: Chunk) -> list[Outcome]:
    """Carry out a chunk of runs; this is what a worker is asked to do.

    Raises:
        StudyError: This machine has other code, another file or other strategies.
    """
    use_money_context()
    bench = _bench(subject, cargo)
    return [outcome for values in chunk if (outcome := bench.run(values)) is not None]


@functools.lru_cache(maxsize=1)
def _bench(subject: Subject, cargo: Cargo) -> Bench:
    here = f"on {socket.gethostname()}"
    try:
        bench = Bench(subject, unpacked(cargo.layout, cargo.memory.data.toreadonly()))
    except OSError as error:
        what = f"{here}, {error.filename} cannot be read: {error.strerror}"
        raise StudyError(what, "workers on other machines need the same folder at the same path") from None
    prepared = bench.prepare(())
    if bench.base_of(prepared) != subject.base:
        what = f"{here}, openbell or a strategy is another one than where the study began"
        raise StudyError(what, "install the same version and share the folder of the file")
    place = Path(subject.cache)
    if not place.is_dir():
        place = use_cache(cache_place(None), prepared.code)
        bench.subject = msgspec.structs.replace(subject, cache=str(place))
    at_cache(place)
    return bench


def need(module: str, extra: str) -> None:
    """Raise in words that a library is missing, where it is.

    Raises:
        StudyError: It is; the advice says what to install.
    """
    if importlib.util.find_spec(module) is None:
        raise StudyError(f"{module} is not installed", f"install it with: pip install 'openbell[{extra}]'")


@contextmanager
def spared_from_ctrl_c() -> Iterator[None]:
    """Let processes that are started meanwhile not hear Ctrl-C.

    It is the study's affair, which ends them in order.
    """
    before: set[Any] = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
