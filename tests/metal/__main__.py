"""`python -m tests.metal [--kills N] [--seed N] [--jobs N]`: a campaign; exit code 1 where the two records differ."""

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from openbell.core.types import use_money_context
from tests.metal.big import LONGEST_S, play_big
from tests.metal.campaign import A_ROUND, Report, play_round


def main() -> int:
    """Run a campaign and print its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; each further round has the next")
    parser.add_argument("--jobs", type=int, default=2, help="rounds side by side")
    parser.add_argument("--records", type=int, default=0, help="let one journal grow so long first, then kill")
    asked = parser.parse_args()
    if asked.records:
        return long_journal(asked.records, asked.kills, asked.seed)
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


def long_journal(records: int, kills: int, seed: int) -> int:
    """Kill an engine with a long journal and print the report; a start that takes too long is a failure as well."""
    use_money_context()
    with tempfile.TemporaryDirectory() as folder:
        report = play_big(Path(folder), records, kills, seed)
    print(report.text())
    for what in report.wrong:
        print(what)
    slow = [span for span in report.ready_s if span > LONGEST_S]
    print(f"records={records} starts={len(report.ready_s)} slower_than_{LONGEST_S:.0f}_s={len(slow)}")
    return 1 if report.wrong or slow else 0


if __name__ == "__main__":
    sys.exit(main())
