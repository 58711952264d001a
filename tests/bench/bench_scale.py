"""What a second worker adds to a sweep, for each back end that is installed, beside a plain compiled loop.

A sweep of RUNS pairs of lengths over some 100,000 bars goes to one worker and to two. A worker's rate is that of the runs behind
the first chunk, so that starting it is told apart. The plain loop is the same number of processes that do nothing
but a compiled loop, in the same minute: it shows what this machine's second processor is worth just now.
"""

import argparse
import functools
import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from openbell.core.types import use_money_context
from openbell.run.compiled import use_cache
from openbell.run.study.executor import Backend, chunks_of
from openbell.run.study.pool import Alone, Pool, executor_of
from openbell.run.study.sweep import Desk
from openbell.run.study.trial import Values
from tests.parts.kernels.build import CACHE
from tests.run.study.desk import FAST, SLOW, desk

DAYS, LOOPS = 70, 2000
TEXT = f"""\
title: Scale
source: {{kind: synthetic, seed: 5, days: {DAYS}, prices: {{AURA: 84}}}}
instruments: {{default: {{kind: stock, calendar: 24x7}}}}
accounts:
  main: {{broker: sim, cash: 100000 USD}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 12, slow: 26}}
    instruments: [AURA]
    bars: 1m
    account: main
    budget: {{capital: 10000 USD, per_position: 50%}}
rules: {{preset: none}}
"""
MODULES = {"pool": "json", "dask": "distributed", "ray": "ray"}


class Rate(NamedTuple):
    """How long it took to the first chunk (s), and runs a second from there on."""

    start: float
    rate: float


def main() -> None:
    """Print a table of one and two workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    use_money_context()
    kinds = [kind for kind, module in MODULES.items() if importlib.util.find_spec(module) is not None]
    with tempfile.TemporaryDirectory() as folder:
        made = desk(Path(folder), text=TEXT, cache=use_cache(CACHE, _code(Path(folder))))
        values = [((FAST, str(n % 40 + 5)), (SLOW, str(50 + n // 40))) for n in range(options.runs)]
        list(Alone(made.subject, made.source, lambda: False).carry_out([values[:2]]))
        print(f"{options.runs:,} runs over {made.source.bars:,} bars, medians of {options.rounds} rounds in turn")
        found: dict[tuple[str, int], list[Rate]] = {}
        for _ in range(options.rounds):
            for workers in (1, 2):
                found.setdefault(("plain loop", workers), []).append(plain(workers))
                for kind in kinds:
                    found.setdefault((kind, workers), []).append(carried(made, kind, workers, values))
    show(found)


def _code(folder: Path) -> str:
    return desk(folder, text=TEXT).subject.base


def carried(made: Desk, kind: str, workers: int, values: list[Values]) -> Rate:
    """Return how a back end carries runs out."""
    begin = time.perf_counter()
    backend = Backend(kind=kind, jobs=workers)
    executor = (
        Pool(made.subject, made.source, workers)
        if kind == "pool"
        else executor_of(made.subject, made.source, backend, lambda: False)
    )
    with closing(executor), closing(executor.carry_out(chunks_of(values, executor.width))) as outcomes:
        return measured(begin, (len(some) for some in outcomes))


def plain(workers: int) -> Rate:
    """Return how processes carry out nothing but a compiled loop over as many bars."""
    begin = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return measured(begin, pool.map(spin, range(LOOPS), chunksize=20), every=20)


def spin(_: int) -> int:
    """Go over 100,800 bars once."""
    from tests.bench.bench_kernel import bare

    bare(wave())
    return 1


@functools.cache
def wave() -> Any:
    """Return prices that go up and down."""
    prices = 100.0 + np.sin(np.arange(DAYS * 1440) / 50.0)
    return {"o": prices, "c": prices}


def measured(begin: float, counts: Iterable[int], every: int = 1) -> Rate:
    """Return when the first runs were there, and how fast the others came."""
    first, last, done = 0.0, 0.0, 0
    for n, count in enumerate(counts):
        if not count:
            continue
        last = time.perf_counter()
        if not first and n >= every - 1:
            first = last
        elif first:
            done += count
    return Rate(first - begin, done / (last - first))


def show(found: dict[tuple[str, int], list[Rate]]) -> None:
    """Print medians, and what the second worker adds."""

    def middle(kind: str, workers: int, of: Callable[[Rate], float]) -> float:
        return median(of(one) for one in found[kind, workers])

    floor = middle("plain loop", 2, lambda one: one.rate) / middle("plain loop", 1, lambda one: one.rate)
    for kind in dict.fromkeys(kind for kind, _ in found):
        one, two = (middle(kind, n, lambda rate: rate.rate) for n in (1, 2))
        start = middle(kind, 2, lambda rate: rate.start)
        print(
            f"  {kind:10}  first runs after {start:4.1f} s  1 worker {one:7.1f} runs/s  2 workers {two:7.1f} runs/s"
            f"  scaling {two / one:.2f}, {two / one / floor:.2f} of the plain loop's",
            flush=True,
        )


if __name__ == "__main__":
    main()
