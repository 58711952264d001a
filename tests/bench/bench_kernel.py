"""The compiled engine: ns of processor time a bar, and whether it says exactly what the plain engine says.

W1 is a cross of two averages over a million minute bars, W2 the same with stop, target and sizing, W3 runs it on a
hundred instruments of one account, W4 for a thousand pairs of lengths; `free` is the same cross as a free strategy
in plain Python. Each line is a median of several runs beside a bare compiled loop that does nothing but W1's arithmetic,
measured in between. Whole runs are compared, which takes minutes; with `--seed` parts of them, within a minute.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from numba import njit

from openbell.core.types import use_money_context
from openbell.run.backtest import backtest
from openbell.run.compiled import Twin, compiled_backtest, use_cache, why_plain
from openbell.run.verified import verify
from tests.bench import data, runs
from tests.parts.kernels.build import CACHE, CODE, workload

ROUNDS = 5
PART, SYMBOLS, PAIRS, MANY_PAIRS = 50_000, 10, 8, 100
KNOWN = {"W1": ("996208.69247", 36_111), "W3": ("9697077.71915", 36_075)}
"""End equity and fills of whole runs, as the peers have them."""


def main() -> int:
    """Print a line for each workload; the answer is 1 if one of them differs from the plain engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="compare parts alone, drawn by this number")
    options = parser.parse_args()
    use_money_context()
    use_cache(CACHE, CODE)
    print(f"compiled code ready after {prepare():.1f} s; processor time, median of {ROUNDS} runs")
    chance, is_whole = random.Random(options.seed), options.seed is None
    lines = [single(name, is_whole) for name in ("W1", "W2")]
    lines += [hundred(chance, is_whole), swept(chance, is_whole), free(is_whole)]
    return int(not all(lines))


def prepare() -> float:
    """Return the seconds until the loop and the strategy are compiled, or loaded."""
    begin = time.perf_counter()
    Twin(*workload("W1", data.one(64))).run()
    bare(data.one(64))
    return time.perf_counter() - begin


# --- the workloads ----------------------------------------------------------------------------------------------


def single(name: str, is_whole: bool) -> bool:
    """Measure W1 or W2."""
    run = workload(name, data.one())
    spent = paired(lambda: timed_loop(Twin(*run)), data.one())
    compared = differs(run if is_whole else workload(name, data.one(PART))) or known(name, run)
    return say(name, spent, 1_000_000, compared)


def hundred(chance: random.Random, is_whole: bool) -> bool:
    """Measure W3: a hundred instruments, one cash account."""
    bars = data.many()
    run = runs.many(bars, range(100))
    spent = paired(lambda: timed_loop(Twin(*run)), data.one())
    chosen = sorted(chance.sample(range(100), SYMBOLS))
    compared = differs(run if is_whole else runs.many(bars, chosen)) or known("W3", run)
    return say("W3", spent, 1_000_000, compared)


def swept(chance: random.Random, is_whole: bool) -> bool:
    """Measure W4: a thousand pairs of lengths over 100,000 bars, on one core; each with its figures."""
    bars, grid = data.one(100_000), runs.GRID
    base = workload("W1", bars)

    def sweep() -> float:
        begin = time.process_time()
        like = None
        for fast, slow in grid:
            like = Twin(*runs.crossing(base, fast, slow), like=like)
            if why := like.run():
                raise SystemExit(f"W4 {fast}/{slow}: {why}")
        return time.process_time() - begin

    spent = paired(sweep, data.one(), rounds=1)
    chosen = chance.sample(grid, MANY_PAIRS if is_whole else PAIRS)
    found = (f"{fast}/{slow} {why}" for fast, slow in chosen if (why := differs(runs.crossing(base, fast, slow))))
    return say("W4", spent, len(grid) * 100_000, next(found, ""))


def free(is_whole: bool) -> bool:
    """Measure a free strategy in plain Python, everything else compiled where it can be."""
    run = runs.free(data.one())
    if why := why_plain(*run):
        run = runs.free(data.one(PART))
        spent = paired(lambda: timed(lambda: backtest(*run)), data.one(), rounds=1)
        return say("free", spent, PART, "", f"on the plain engine: {why}")
    spent = paired(lambda: timed_loop(Twin(*run)), data.one(), rounds=3)
    return say("free", spent, 1_000_000, differs(run if is_whole else runs.free(data.one(PART))))


# --- measuring and comparing ------------------------------------------------------------------------------------


def paired(work: Callable[[], float], bars: data.Columns, rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the median seconds of `work` and those of the bare loop over a million bars, run in turn."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(bare(bars))
        ours.append(work())
    return statistics.median(ours), statistics.median(theirs)


def timed_loop(twin: Twin) -> float:
    """Return the seconds that a twin takes, laid out already."""
    return timed(twin.run)


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds of processor time of a call."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def differs(run: runs.Run) -> str:
    """Return the first difference between both engines, empty for none."""
    found = verify(*run, CACHE)
    return str(found["difference"] or found["reason"])


def known(name: str, run: runs.Run) -> str:
    """Return in what a whole run misses its known end, empty for nothing."""
    result = compiled_backtest(*run)
    if isinstance(result, str) or name not in KNOWN:
        return result if isinstance(result, str) else ""
    found = str(result.figures["equity_end"]), result.figures["fills"]
    return "" if found == KNOWN[name] else f"ends at {found}, not at {KNOWN[name]}"


def say(name: str, spent: tuple[float, float], bars: int, difference: str, note: str = "") -> bool:
    """Print a line and return whether it holds."""
    ours, bare_loop = spent[0] / bars * 1e9, spent[1] * 1e3
    verdict = note or (f"DIFFERENT: {difference}" if difference else "identical")
    print(f"{name} {ours:.1f} ns/bar {verdict}  ({ours / bare_loop:.1f} of a bare loop's {bare_loop:.1f})", flush=True)
    return not difference


@njit
def _bare(opens: Any, closes: Any) -> Any:
    fast = slow = closes[0]
    held, wanted, cash, was_above = 0.0, 0.0, 1_000_000.0, False
    for n in range(closes.shape[0]):
        if wanted != 0.0:
            cash -= wanted * opens[n] + 0.001 * abs(wanted) * opens[n]
            held += wanted
            wanted = 0.0
        close = closes[n]
        if n > 0:
            fast += 2.0 / 13.0 * (close - fast)
            slow += 2.0 / 27.0 * (close - slow)
        is_above = fast > slow
        if n >= 26 and is_above != was_above:
            wanted = 1.0 if is_above and held == 0.0 else -held
        was_above = is_above
    return cash + held * closes[-1]


def bare(bars: data.Columns) -> float:
    """Return the seconds of a compiled loop that knows nothing but W1's arithmetic, in floats."""
    return timed(lambda: _bare(bars["o"], bars["c"]))


if __name__ == "__main__":
    sys.exit(main())
