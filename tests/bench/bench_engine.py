"""The engine: bars a second without and with a journal, restart, memory, start-up.

W1 and W2 are taken from $BENCH_DATA/one_1000000.npz where it is; else a seeded market of the same shape stands in.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from openbell.core.types import use_money_context
from openbell.run import assemble, source
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.live import Settings, live
from openbell.run.reading import read_book
from openbell.run.recover import start
from openbell.run.state import journal as journal_folder

WORKLOADS = Path(__file__).parent / "workloads"
MINUTE = 60_000_000_000
BEGIN = 1_600_000_000_000_000_000 // MINUTE * MINUTE


def market(bars: int) -> tuple[dict[str, Any], str]:
    """Return columns open to volume and where they come from."""
    given = Path(os.environ.get("BENCH_DATA", "")) / "one_1000000.npz"
    if given.is_file():
        stored = np.load(given)
        return {
            name: stored[key][:bars] for name, key in zip(COLUMNS, "ohlcv", strict=True)
        }, "the benchmark's own bars"
    rng = np.random.default_rng(7)
    steps = rng.standard_normal(bars) * 0.006
    log = np.zeros(bars)
    level = 0.0
    for i, step in enumerate(steps.tolist()):
        level += step - 6e-4 * level
        log[i] = level
    close = np.round(100.0 * np.exp(log), 2)
    before = np.concatenate(([100.0], close[:-1]))
    open_ = np.round(before * np.exp(rng.standard_normal(bars) * 0.0006), 2)
    high = np.round(np.maximum(open_, close) * np.exp(np.abs(rng.standard_normal(bars)) * 0.003), 2)
    low = np.round(np.minimum(open_, close) * np.exp(-np.abs(rng.standard_normal(bars)) * 0.003), 2)
    high, low = np.maximum(high, np.maximum(open_, close)), np.minimum(low, np.minimum(open_, close))
    return dict(zip(COLUMNS, (open_, high, low, close, np.full(bars, 1000.0)), strict=True)), "seeded bars"


COLUMNS = ("open", "high", "low", "close", "volume")


def write(folder: Path, bars: int) -> tuple[Path, str]:
    """Write the market as a Parquet file that `openbell backtest --data` reads."""
    import polars as pl

    columns, origin = market(bars)
    opens = (BEGIN + MINUTE * np.arange(bars, dtype=np.int64)) // 1000
    frame = pl.DataFrame({"ts": opens, "symbol": ["SYM"] * bars, **columns})
    path = folder / "SYM_bench.parquet"
    frame.with_columns(pl.col("ts").cast(pl.Datetime("us", "UTC"))).write_parquet(path)
    return path, origin


def load(name: str, data: Path) -> tuple[Prepared, source.Source]:
    """Return a workload with its market."""
    from openbell.edges.feeds import parquet

    loaded, shelves = assemble.read(WORKLOADS / f"{name}.yaml", {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = source.sessions_of(loaded.config.calendars, None)
    return prepared, source.load(prepared.spec, parquet, parquet.Config(path=str(data)), look_up, None)


def main(bars: int = 1_000_000) -> None:
    """Print the figures."""
    use_money_context()
    with tempfile.TemporaryDirectory() as scratch:
        data, origin = write(Path(scratch), bars)
        print(f"engine, {bars:,} minute bars ({origin})")
        for name, floor in (("w1", 0), ("w2", 0), ("gated", 100_000)):
            prepared, told = load(name, data)
            begin = time.process_time()
            result = backtest(prepared, told)
            spent = time.process_time() - begin
            beside = f" (floor {floor:,}, target 300,000)" if floor else ""
            figures = result.figures
            print(
                f"  {name:6} plain, no journal   {bars / spent:10,.0f} bars/s{beside}  fills {figures['fills']:,}"
                f"  equity {figures['equity_end']}"
            )
        journaled(Path(scratch), data, bars)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    start_up()


def journaled(scratch: Path, data: Path, bars: int) -> None:
    """Run the gated workload with a journal, and start it again."""
    prepared, told = load("gated", data)
    state = scratch / "state"
    begin = time.perf_counter()
    result = live(prepared, told, Settings(state=state))
    spent = time.perf_counter() - begin
    print(
        f"  gated  plain, journaled    {bars / spent:10,.0f} bars/s (floor 60,000)  records {result.figures['events']:,}"
    )
    size = sum(path.stat().st_size for path in (state / "journal").glob("*.seg*"))
    print(f"  journal {size / 1e6:,.0f} MB, {size / max(int(str(result.figures['events'])), 1):.0f} bytes a record")
    begin = time.perf_counter()
    start(prepared, journal_folder(state), told).journal.close()
    print(f"  restart at {result.figures['events']:,} records  {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    live(prepared, told, Settings(state=state))
    print(f"  a finished state run again  {time.perf_counter() - begin:.2f} s, report of the whole life included")
    begin = time.perf_counter()
    read_book(state / "journal")
    print(f"  status of the same state    {time.perf_counter() - begin:.2f} s")


def start_up() -> None:
    """Print how long a fresh process takes."""
    for words in (["-c", "import openbell"], ["-m", "openbell", "--help"], ["-m", "openbell", "--version"]):
        best = min(timed([sys.executable, *words]) for _ in range(3))
        print(f"  start-up {' '.join(words):24} {best * 1000:6.0f} ms")


def timed(command: list[str]) -> float:
    """Return the seconds a command takes."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
