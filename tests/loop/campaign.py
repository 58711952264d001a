"""Many seeds, side by side, and what they come to."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import msgspec

from tests.loop.trial import Outcome, play

CHUNK = 10
"""Seeds that a process plays before it tells of them."""


class Sums(msgspec.Struct, kw_only=True):
    """What a campaign came to.

    Attributes:
        seeds, boots, kills, sent, executions: In all. faults: That struck, by name. failures: Runs with something wrong.
        slowest: Longest time from healing to agreement, ns of the run. seconds: It took.
    """

    seeds: int = 0
    boots: int = 0
    kills: int = 0
    sent: int = 0
    executions: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    failures: list[Outcome] = []
    slowest: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Take in one run."""
        self.seeds += 1
        for name in ("boots", "kills", "sent", "executions"):
            setattr(self, name, getattr(self, name) + getattr(outcome, name))
        self.faults.update(outcome.faults)
        self.slowest = max(self.slowest, outcome.ready)
        if outcome.wrong:
            self.failures.append(outcome)

    def text(self) -> str:
        """Return the sums in a line."""
        return (
            f"loop seeds={self.seeds} boots={self.boots} kills={self.kills} faults={self.faults.total()}"
            f" kinds={len(self.faults)} sent={self.sent} executions={self.executions}"
            f" slowest_s={self.slowest / 1e9:.1f} per_minute={60 * self.seeds / max(self.seconds, 1e-9):.0f}"
            f" violations={len(self.failures)}"
        )


def run(first: int, seeds: int, seconds: float, jobs: int) -> Sums:
    """Play seeds from `first` on, until so many were played or so many seconds have gone by."""
    sums, begin = Sums(), time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        chunks = iter(range(first, first + seeds, CHUNK))
        waiting = [
            pool.submit(play_some, chunk, min(CHUNK, first + seeds - chunk)) for chunk in _some(chunks, 2 * jobs)
        ]
        while waiting:
            for outcome in waiting.pop(0).result():
                sums.add(outcome)
            following = next(chunks, None) if time.perf_counter() - begin < seconds else None
            if following is not None:
                waiting.append(pool.submit(play_some, following, min(CHUNK, first + seeds - following)))
    sums.seconds = time.perf_counter() - begin
    return sums


def _some(values: Iterator[int], count: int) -> Iterator[int]:
    for _, value in zip(range(count), values, strict=False):
        yield value


def play_some(first: int, count: int) -> list[Outcome]:
    """Play `count` seeds from `first` on."""
    return [play(seed) for seed in range(first, first + count)]
