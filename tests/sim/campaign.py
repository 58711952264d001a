"""Many seeds on several processes, added up."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from tests.sim.again import is_effective
from tests.sim.matrix import unhit
from tests.sim.one import Outcome, begin_process, play, sample

CHUNK = 20
"""Seeds that a process takes at a time."""


class Sums(msgspec.Struct):
    """What a campaign came to so far."""

    seeds: int = 0
    faults: int = 0
    events: int = 0
    sampled: int = 0
    effective_sampled: int = 0
    seconds: float = 0.0
    failures: list[Outcome] = []
    stopped: int = 0
    """Stops of canonical scenarios that went wrong."""
    cells: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """In how many runs a fault met an order in a state."""
    kinds: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def effective(self) -> int:
        """Faults that changed something, from the share of the sample that did."""
        return self.faults * self.effective_sampled // self.sampled if self.sampled else 0

    def line(self) -> str:
        """Return the last line of a run."""
        minutes = max(self.seconds, 1e-9) / 60
        return (
            f"sim seeds={self.seeds} faults={self.faults} effective={self.effective} "
            f"per_minute={round(self.effective / minutes)} violations={len(self.failures) + self.stopped} "
            f"cells_unhit={len(unhit(set(self.cells)))}"
        )

    def add(self, other: "Sums") -> None:
        """Add what a process has done."""
        self.seeds += other.seeds
        self.faults += other.faults
        self.events += other.events
        self.sampled += other.sampled
        self.effective_sampled += other.effective_sampled
        self.failures += other.failures
        self.cells.update(other.cells)
        self.kinds.update(other.kinds)


def work(seeds: range) -> Sums:
    """Run a chunk of seeds."""
    sums = Sums(failures=[])
    for seed in seeds:
        world, outcome = play(seed)
        sums.seeds += 1
        sums.faults += len(outcome.faults)
        sums.events += outcome.events
        sums.cells.update(outcome.cells)
        sums.kinds.update(key.partition("#")[0] for key in outcome.faults)
        if outcome.code:
            sums.failures.append(outcome)
            continue
        for fault in sample(outcome):
            sums.sampled += 1
            sums.effective_sampled += is_effective(world, fault)
    return sums


def chunks(first: int, count: int) -> Iterator[range]:
    """Yield the seeds in chunks."""
    for start in range(first, first + count, CHUNK):
        yield range(start, min(start + CHUNK, first + count))


def run(first: int, count: int, seconds: float, jobs: int, most_failures: int = 20) -> Sums:
    """Run seeds until all are done, the time is over, or enough has failed."""
    begin = time.monotonic()
    sums = Sums(failures=[])
    context = multiprocessing.get_context("fork")
    parts: Iterable[range] = _until(chunks(first, count), begin + seconds)
    with context.Pool(jobs, begin_process) as pool:
        for done in pool.imap_unordered(work, parts):
            sums.add(done)
            if len(sums.failures) >= most_failures or time.monotonic() - begin > seconds:
                pool.terminate()
                break
    sums.seconds = time.monotonic() - begin
    return sums


def _until(parts: Iterator[range], end: float) -> Iterator[range]:
    for part in parts:
        if time.monotonic() > end:
            return
        yield part
