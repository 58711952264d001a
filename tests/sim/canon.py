"""Two hundred canonical scenarios, stopped at every boundary between two effects, and again in what follows.

A scenario is a seed without faults of its host. It runs once to count its boundaries; then once for each boundary,
where the process is stopped (its cache lost every other time), and once more with a second stop at a boundary of the
recovery that follows.
"""

import multiprocessing
import time

import msgspec

from tests.sim.chance import Draws
from tests.sim.one import Outcome, begin_process, judge_world
from tests.sim.script import HOST
from tests.sim.world import World

SCENARIOS = range(9_000, 9_200)
MOST_FAILURES = 20
RECOVERY = 40
"""Boundaries of a recovery from which the second stop is drawn."""


class Covered(msgspec.Struct):
    """How many boundaries there are, and how many runs with one and with two stops were made."""

    scenarios: int = 0
    boundaries: int = 0
    single: int = 0
    double: int = 0
    seconds: float = 0.0
    failures: list[tuple[Outcome, dict[int, str]]] = []

    def add(self, other: "Covered") -> None:
        """Add what another run covered."""
        self.scenarios += other.scenarios
        self.boundaries += other.boundaries
        self.single += other.single
        self.double += other.double
        self.failures += other.failures

    def line(self) -> str:
        """Return the sums in a line."""
        return (
            f"canon scenarios={self.scenarios} boundaries={self.boundaries} stops={self.single} "
            f"double_stops={self.double} violations={len(self.failures)}"
        )


def scenario(seed: int, stops: dict[int, str]) -> Outcome:
    """Run a scenario with the process stopped at some boundaries."""
    world = World(seed, without=HOST)
    world.stops = stops
    return judge_world(world)


def cover(task: tuple[int, int]) -> Covered:
    """Stop one scenario at every `step`-th boundary, and every tenth of these again in its recovery."""
    seed, step = task
    plain = scenario(seed, {})
    found = Covered(scenarios=1, boundaries=plain.boundaries, failures=[])
    if plain.code:
        found.failures.append((plain, {}))
        return found
    draws = Draws(seed, "canon")
    for place in range(1 + draws.below(step), plain.boundaries + 1, step):
        kind = "power" if place % 2 else "kill"
        stops = {place: kind}
        if draws.chance(0.1):
            stops[place + 1 + draws.below(RECOVERY)] = kind
        outcome = scenario(seed, stops)
        found.single += len(stops) == 1
        found.double += len(stops) == 2
        if outcome.code:
            found.failures.append((outcome, stops))
    return found


def run(step: int, seconds: float, jobs: int, done: int = 0) -> Covered:
    """Cover the scenarios with several processes, from the one numbered `done` on, until the time is over."""
    begin = time.monotonic()
    sums = Covered(failures=[])
    with multiprocessing.get_context("fork").Pool(jobs, begin_process) as pool:
        for part in pool.imap(cover, [(seed, step) for seed in SCENARIOS[done:]]):
            sums.add(part)
            if time.monotonic() - begin > seconds or len(sums.failures) > MOST_FAILURES:
                pool.terminate()
                break
    sums.seconds = time.monotonic() - begin
    return sums
