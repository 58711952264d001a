"""`python -m tests.loop [--seed N | --first N --seeds N --seconds-max S --jobs N]`; exit code 1 on a violation."""

import argparse
import sys

from tests.loop.campaign import run
from tests.loop.trial import play


def main() -> int:
    """Play one seed and tell what happened, or many and tell the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.loop", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one and tell what happened in it")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--seconds-max", type=float, default=3600.0)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    if asked.seed is not None:
        notes: list[str] = []
        outcome = play(asked.seed, notes)
        print("\n".join([*notes, *outcome.wrong]))
        print(f"seed {outcome.seed} trace {outcome.trace} faults {outcome.faults}")
        return 1 if outcome.wrong else 0
    sums = run(asked.first, asked.seeds, asked.seconds_max, asked.jobs)
    for failure in sums.failures:
        print(f"seed {failure.seed}: {'; '.join(failure.wrong[:3])}")
    print(sums.text())
    return 1 if sums.failures else 0


if __name__ == "__main__":
    sys.exit(main())
