"""`python -m tests.metal [--kills N] [--seed N] [--jobs N]`: a campaign; exit code 1 where the two records differ."""

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from openbell.core.types import use_money_context
from tests.metal.campaign import A_ROUND, Report, play_round


def main() -> int:
    """Run a campaign and print its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each further round has the next")
    parser.add_argument("--jobs", type=int, default=2, help="rounds side by side")
    asked = parser.parse_args()
    sizes = [min(A_ROUND, asked.kills - begin) for begin in range(0, asked.kills, A_ROUND)]
    report = Report()
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(asked.jobs, initializer=use_money_context) as pool,
    ):
        folders = [Path(folder) / str(n) for n in range(len(sizes))]
        for found in pool.map(play_round, folders, sizes, range(asked.seed, asked.seed + len(sizes))):
            report.add(found)
            print(report.text(), flush=True)
            for what in found.wrong:
                print(what, flush=True)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
