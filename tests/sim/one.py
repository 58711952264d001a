"""One seed, run to its outcome, and what became of it without one of its faults."""

import gc
from collections import Counter
from collections.abc import Iterable

import msgspec

from openbell.run.collector import YOUNG
from tests.sim.chance import Draws
from tests.sim.verdict import Violation
from tests.sim.world import World

SAMPLED = 0.01
"""Share of all faults that are tried a second time without."""


class Outcome(msgspec.Struct, kw_only=True):
    """What a run came to.

    Attributes:
        seed: Of the run. code, text: The invariant violated and what was seen; empty for none.
        faults: Keys of the faults that came. events: Records written. items: Parts of the script played.
        trace: Hash over everything. cells: Faults by the state of the order that they met.
        boundaries: Points at which the process could have been stopped.
    """

    seed: int
    code: str = ""
    text: str = ""
    faults: list[str] = []
    events: int = 0
    items: int = 0
    trace: str = ""
    cells: list[tuple[str, str]] = []
    boundaries: int = 0


def begin_process() -> None:
    """Let the collector of cycles look rarely in a process that plays one run after another: it took 3 % of the time."""
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


def play(seed: int, muted: Iterable[str] = (), dropped: Iterable[str] = ()) -> tuple[World, Outcome]:
    """Run a seed; an engine that raises has failed as well."""
    world = World(seed, tuple(muted), frozenset(dropped))
    return world, judge_world(world)


def judge_world(world: World) -> Outcome:
    """Run a world to its outcome."""
    outcome = Outcome(seed=world.seed)
    try:
        world.run()
    except Violation as violation:
        outcome.code, outcome.text = violation.code, violation.text
    except Exception as error:  # noqa: BLE001 - whatever the engine raises is a finding
        outcome.code, outcome.text = type(error).__name__, str(error)
    outcome.faults, outcome.events, outcome.items = world.faults(), len(world.history), len(world.script)
    outcome.trace, outcome.cells = world.trace_hash(), sorted(Counter(world.broker.cells))
    outcome.boundaries = world.boundaries
    return outcome


def sample(outcome: Outcome) -> list[str]:
    """Return the faults of a run that are to be tried without: one in a hundred of all there are."""
    draws = Draws(outcome.seed, "sample")
    count = len(outcome.faults) * SAMPLED
    times = int(count) + draws.chance(count - int(count))
    return [draws.pick(outcome.faults) for _ in range(times)]
