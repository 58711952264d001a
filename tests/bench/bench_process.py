"""Whole processes: `openbell backtest` of W1, from a Parquet file to the report, and what the first one compiles.

Beside each stand processor time, wall time and peak memory of the process, with all that it starts. The loop's own time
a bar is measured on ten times as many bars as well, in the same minute: what a bar costs must not grow with them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BARS, FEW = 1_000_000, 1_000
KNOWN = (36_111, "996208.69247")
"""Fills and end of the million bars, as the peers have them."""
FILE = Path(__file__).parent / "workloads" / "w1.yaml"


class Spent(NamedTuple):
    """What a process took: processor time and wall time (s), peak memory (MB), and what it said."""

    worked: float
    passed: float
    peak: float
    said: str


def main() -> int:
    """Print a line for each; the answer is 1 where a run does not end as it must."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, help="in a process of its own: write so many bars below --folder")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--loop", type=int, help="in a process of its own: the loop over so many bars, nothing else")
    parser.add_argument("--everything", action="store_true", help="in a process of its own: compile all there is")
    parser.add_argument("--longest", type=int, default=10 * BARS, help="bars of the longest run, at most ten million")
    options = parser.parse_args()
    if options.bars:
        return bars_of(options.bars, options.folder)
    if options.loop:
        return loop(options.loop)
    if options.everything:
        return everything()
    with tempfile.TemporaryDirectory() as scratch:
        return measured(Path(scratch), options.longest)


def measured(scratch: Path, longest: int) -> int:
    """Print what processes take that begin with an empty folder of compiled code."""
    home, cold = {"OPENBELL_HOME": str(scratch / "home")}, {"OPENBELL_HOME": str(scratch / "cold")}
    for bars in (BARS, FEW):
        (scratch / str(bars)).mkdir()
        spent(module("--bars", str(bars), "--folder", str(scratch / str(bars))), home)
    print(f"load before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} processors")
    tell("compiling everything there is", spent(module("--everything"), cold), "asked 20 s")
    tell("first backtest, 1,000,000 bars", spent(backtest(scratch, BARS), home))
    tell("warm start, 1,000 bars", spent(backtest(scratch, FEW), home), "asked 1 s")
    found = spent(backtest(scratch, BARS), home)
    tell("warm, 1,000,000 bars to the report", found, "asked 3 s and 200 MB")
    figures = json.loads(found.said)
    ends = figures["fills"], figures["equity_end"]
    print(f"  {ends[0]:,} fills, ends at {ends[1]}, engine {figures['engine']}")
    for bars in (BARS, longest):
        each = spent(module("--loop", str(bars)), home)
        print(f"  the loop over {bars:>10,} bars  {each.said.strip()} ns/bar, peak {each.peak:,.0f} MB", flush=True)
    return int(ends != KNOWN)


def module(*words: str) -> list[str]:
    """Return the words that start this file once more."""
    return [sys.executable, "-W", "ignore", "-m", "tests.bench.bench_process", *words]


def backtest(scratch: Path, bars: int) -> list[str]:
    """Return the words of a backtest of W1 over so many bars, with a report."""
    words = ["backtest", str(FILE), "--data", str(scratch / str(bars)), "--report", str(scratch / "report.html")]
    return [sys.executable, "-m", "openbell", *words, "--json"]


def spent(words: list[str], environment: dict[str, str]) -> Spent:
    """Return what a process took, with those it started.

    The kernel counts its peak from that of the process that starts it, which is why this one stays small.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(words, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return Spent(used.ru_utime + used.ru_stime, time.perf_counter() - begin, used.ru_maxrss / 1024, said)


def tell(what: str, found: Spent, asked: str = "") -> None:
    """Print a line."""
    beside = f" ({asked})" if asked else ""
    times = f"{found.worked:5.1f} s of processor time, {found.passed:5.1f} s on the clock"
    print(f"  {what:36} {times}, peak {found.peak:4.0f} MB{beside}", flush=True)


# --- in a process of its own ------------------------------------------------------------------------------------


def bars_of(bars: int, folder: Path) -> int:
    """Write the first bars of the benchmark as a Parquet file."""
    from tests.bench.bench_engine import write

    write(folder, bars)
    return 0


def loop(bars: int) -> int:
    """Print what a bar of W1 takes in the loop, ns of processor time."""
    from openbell.core.types import use_money_context
    from openbell.run.compiled import Twin, use_cache
    from tests.bench import data
    from tests.parts.kernels.build import CACHE, CODE, workload

    use_money_context()
    use_cache(CACHE, CODE)
    Twin(*workload("W1", data.one(64))).run()
    run = workload("W1", data.one(bars))
    taken = []
    for _ in range(3):
        twin = Twin(*run)
        begin = time.process_time()
        twin.run()
        taken.append(time.process_time() - begin)
    print(f"{sorted(taken)[1] / bars * 1e9:.1f}")
    return 0


def everything() -> int:
    """Compile all that any run can need."""
    from openbell.parts.kernels.apart import APART
    from openbell.parts.kernels.entrance import LOOP, make
    from openbell.parts.kernels.known import remembering
    from openbell.run.ahead import shared
    from openbell.run.collector import rare_collections
    from openbell.run.compiled import cache_place, use_cache
    from tests.parts.kernels.build import CODE

    use_cache(cache_place(None), CODE)
    with rare_collections(), remembering():
        shared([LOOP, *range(len(APART.functions))], make)
    return 0


if __name__ == "__main__":
    sys.exit(main())
