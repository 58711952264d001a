"""The tester's command line: `python -m tests.sim run | audit | long | keep | mutants | docs`."""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from tests.sim import canon, page
from tests.sim.campaign import Sums, run
from tests.sim.long import go_on, total
from tests.sim.mutate import campaign, hunt_planted
from tests.sim.one import play
from tests.sim.shrink import shrink
from tests.sim.table import keep

SEEDS = 6000
SECONDS = 225.0
REPORTS = Path(".reports/sim-long.json")
SAMPLE = 300
"""Of so many boundaries of the canonical scenarios a campaign stops at one."""
TOLD = 30
"""Trace lines told of a failure."""


def main(arguments: list[str] | None = None) -> int:
    """Run a verb; non-zero when something is violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim")
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("run")
    one.add_argument("--seed", type=int)
    one.add_argument("--first", type=int, default=1)
    one.add_argument("--seeds", type=int, default=SEEDS)
    one.add_argument("--seconds-max", type=float, default=SECONDS)
    one.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    one.add_argument("--mute", default="", help="faults left out, separated by commas")
    one.add_argument("--drop", default="", help="parts of the script left out, by key")
    audit = verbs.add_parser("audit")
    audit.add_argument("--seed", type=int, required=True)
    long = verbs.add_parser("long")
    long.add_argument("--minutes", type=float, default=30)
    long.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    long.add_argument("--file", type=Path, default=REPORTS)
    long.add_argument("--start", type=int, help="first seed; else where the file or the table ends")
    kept = verbs.add_parser("keep")
    kept.add_argument("--file", type=Path, default=REPORTS)
    verbs.add_parser("docs")
    canonical = verbs.add_parser("canon")
    canonical.add_argument("--step", type=int, default=1)
    canonical.add_argument("--seconds-max", type=float, default=3600)
    canonical.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    others = verbs.add_parser("planted")
    others.add_argument("--only", type=int, nargs="*", default=[])
    others.add_argument("--seeds", type=int, default=1500)
    planted = verbs.add_parser("mutants")
    planted.add_argument("--only", type=int, nargs="*", default=[])
    planted.add_argument("--ranges", type=int, default=3)
    planted.add_argument("--seeds", type=int, default=2000)
    planted.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    options = parser.parse_args(arguments)
    if options.verb == "docs":
        page.write()
        return 0
    if options.verb == "keep":
        return keep_runs(options.file)
    if options.verb == "canon":
        return tell_canon(canon.run(options.step, options.seconds_max, options.jobs))
    if options.verb == "planted":
        return hunt_planted(options.only, options.seeds)
    if options.verb == "mutants":
        return 1 if campaign(options.only, options.ranges, options.seeds, options.jobs) else 0
    if options.verb == "long":
        sums, covered, told = go_on(options.file, options.minutes, options.jobs, options.start)
        code = tell(sums, covered)
        print(total(told))
        return code
    if options.verb == "audit":
        return audit_seed(options.seed)
    if options.seed is not None:
        muted = tuple(filter(None, options.mute.split(",")))
        dropped = tuple(filter(None, options.drop.split(",")))
        return replay(options.seed, muted, dropped)
    covered = canon.run(SAMPLE, options.seconds_max / 4, options.jobs)
    sums = run(options.first, options.seeds, options.seconds_max - covered.seconds, options.jobs)
    return tell(sums, covered)


def keep_runs(file: Path) -> int:
    """Copy the runs of a file of reports into the table that is committed."""
    if not file.exists():
        print(f"{file} is not there: `make sim-long MINUTES=n` writes it", file=sys.stderr)
        return 1
    print("\n".join(keep(file)))
    page.write()
    return 0


def replay(seed: int, muted: tuple[str, ...], dropped: tuple[str, ...]) -> int:
    """Play one seed and tell what happened."""
    world, outcome = play(seed, muted, dropped)
    sums = Sums(
        seeds=1, faults=len(outcome.faults), cells=Counter(outcome.cells), failures=[outcome] if outcome.code else []
    )
    print(
        f"seed {seed}: house {world.house.number}, {outcome.events} records, {world.boots} starts, trace {outcome.trace}"
    )
    if outcome.code:
        explain(seed, muted, dropped)
    print(sums.line())
    return 1 if outcome.code else 0


def explain(seed: int, muted: tuple[str, ...] = (), dropped: tuple[str, ...] = ()) -> None:
    """Print the last lines of a failing run."""
    from tests.sim.verdict import Violation
    from tests.sim.world import World

    world = World(seed, muted, frozenset(dropped))
    world.is_telling = True
    try:
        world.run()
    except Violation as violation:
        print("\n".join(world.lines[-TOLD:]))
        print(f"seed {seed} violates {violation}")
    except Exception as error:  # noqa: BLE001 - whatever the engine raises is a finding
        print("\n".join(world.lines[-TOLD:]))
        print(f"seed {seed} ends in {type(error).__name__}: {error}")


def tell(sums: Sums, covered: canon.Covered) -> int:
    """Tell what a campaign came to, and show the smallest form of the first failure."""
    tell_canon(covered)
    for outcome in sums.failures[1:]:
        print(f"make sim SEED={outcome.seed}  # {outcome.code}: {outcome.text[:150]}")
    if sums.failures:
        first = sums.failures[0]
        small = shrink(first.seed, first.code)
        explain(first.seed, tuple(small.muted), tuple(small.dropped))
        print(f"shrunk to {small.items} parts of the script and {small.faults} faults in {small.runs} runs")
        drop = ",".join(small.dropped)
        print(f"make sim SEED={first.seed} MUTE={','.join(small.muted)} DROP={drop}")
        print(f"make sim SEED={first.seed}  # {first.code}: {first.text[:300]}")
    sums.stopped = len(covered.failures)
    print(sums.line())
    return 1 if sums.failures or covered.failures else 0


def tell_canon(covered: canon.Covered) -> int:
    """Tell how many boundaries were covered, and which stops went wrong."""
    for outcome, stops in covered.failures:
        print(f"scenario {outcome.seed} stopped at {stops}: {outcome.code}: {outcome.text[:200]}")
    print(covered.line())
    return 1 if covered.failures else 0


def audit_seed(seed: int) -> int:
    """Print the trace hash with and without each of up to twenty of a seed's faults."""
    _, outcome = play(seed)
    step = max(len(outcome.faults) // 20, 1)
    effective = 0
    picked = outcome.faults[::step][:20]
    for fault in picked:
        without = play(seed, (fault,))[1].trace
        effective += without != outcome.trace
        print(
            f"{fault:24} with {outcome.trace[:16]} without {without[:16]} {'effective' if without != outcome.trace else 'no effect'}"
        )
    print(f"audit seed={seed} faults={len(outcome.faults)} sampled={len(picked)} effective={effective}")
    return 1 if outcome.code else 0


if __name__ == "__main__":
    sys.exit(main())
