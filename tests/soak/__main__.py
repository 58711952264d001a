"""Run a year and print what grew: `make soak`, or `python -m tests.soak DAYS`.

Exit codes: 0 flat, 1 memory grew by half a megabyte a day or more, or files or threads were left open.
"""

import sys
import tempfile
import time
from pathlib import Path

from openbell.core.types import use_money_context
from tests.soak.year import RESTART_EVERY, evenings, slope

WARM = RESTART_EVERY
"""Days until caches are full and the first restart has passed."""
MOST_MB_A_DAY = 0.5


def main(days: int) -> int:
    """Soak for `days` days; return the exit code."""
    use_money_context()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for evening in evenings(Path(folder), days):
            found.append(evening)
            if evening.day % RESTART_EVERY == 0:
                print(f"day {evening.day}: {evening.mb:.1f} MB, {evening.files} files, {evening.threads} threads")
    warm = found[min(WARM, len(found) // 2) :]
    rise, doubt = slope(warm)
    files, threads = [one.files for one in warm], [one.threads for one in warm]
    print(
        f"soak days={len(found)} events={found[-1].events} seconds={time.perf_counter() - begin:.0f} "
        f"mb_per_day={rise:.4f} plus_minus={doubt:.4f} files={middle(files)} threads={middle(threads)} "
        f"truth_bytes={found[-1].truth_bytes}"
    )
    return 0 if rise + doubt < MOST_MB_A_DAY and is_flat(files) and is_flat(threads) else 1


def middle(counts: list[int]) -> int:
    """Return the middle one of some counts."""
    return sorted(counts)[len(counts) // 2]


def is_flat(counts: list[int]) -> bool:
    """Return True where the last third is like the first: a segment being compressed is open for a moment only."""
    third = max(len(counts) // 3, 1)
    return middle(counts[-third:]) <= middle(counts[:third])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 250))
