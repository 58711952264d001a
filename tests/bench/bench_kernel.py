"""The compiled twin: ns a bar, seconds to compile and to load, and how much faster than the plain engine it is.

Bars are those of the peer benchmark where BENCH_DATA names them, else invented ones of the same nature.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
BARS, PLAIN_BARS, ROUNDS = 1_000_000, 100_000, 5
PROBE = """
import sys, time
sys.path[:0] = {paths!r}
begin = time.perf_counter()
from pathlib import Path
from openbell.run.compiled import use_cache
from tests.parts.kernels.build import CODE
use_cache(Path({folder!r}), CODE)
from openbell.parts.kernels.entrance import loop
loop()
print(time.perf_counter() - begin)
"""


def loading(folder: str) -> float:
    """Return the seconds that a new process takes until the loop is ready."""
    text = PROBE.format(paths=[str(ROOT), str(ROOT / "src")], folder=folder)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", text], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> int:
    """Print the figures."""
    from openbell.core.types import use_money_context
    from openbell.parts.kernels.compiling import compiled_step
    from openbell.parts.kernels.entrance import run_loop
    from openbell.run.backtest import backtest
    from openbell.run.compiled import STEPS, Twin
    from tests.parts.kernels.build import bench_bars, compiled_once, seeded_bars, workload

    use_money_context()
    with tempfile.TemporaryDirectory() as folder:
        print(f"compile, cold        {loading(folder):8.1f} s")
        print(f"compile, from disk   {loading(folder):8.1f} s")
    compiled_once()
    found = bench_bars(BARS)
    bars = seeded_bars(BARS) if found is None else found
    print(f"bars: {'invented' if found is None else 'BENCH_DATA'}")
    for name in ("W1", "W2"):
        run = workload(name, bars)
        steps = (compiled_step(run[0].strategies["cross"].step),) * STEPS  # type: ignore[union-attr]  # it is a stock one
        times = []
        for _ in range(ROUNDS):
            twin = Twin(*run)
            begin = time.perf_counter()
            run_loop(twin.state, steps)
            times.append(time.perf_counter() - begin)
        part = workload(name, {key: column[:PLAIN_BARS] for key, column in bars.items()})
        begin = time.perf_counter()
        backtest(*part)
        plain = (time.perf_counter() - begin) / PLAIN_BARS
        compiled = min(times) / BARS
        print(f"{name} compiled       {compiled * 1e9:10.1f} ns a bar")
        print(f"{name} plain          {plain * 1e9:10.1f} ns a bar, {plain / compiled:.0f} times as much")
    return 0


if __name__ == "__main__":
    sys.exit(main())
