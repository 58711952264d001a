"""The engine: bars a second without and with a journal, restart, memory, start-up.

All on the bars of `data.py`.
"""

import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import numpy as np

from openbell.core.types import use_money_context
from openbell.run import assemble, source
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.live import Settings, live
from openbell.run.reading import read_book
from openbell.run.recover import start
from openbell.run.sessions import sessions_of
from openbell.run.state import journal as journal_folder
from tests.bench import data

WORKLOADS = Path(__file__).parent / "workloads"
MINUTE = 60_000_000_000
BEGIN = 1_600_000_000_000_000_000 // MINUTE * MINUTE


COLUMNS = ("open", "high", "low", "close", "volume")


def write(folder: Path, bars: int) -> Path:
    """Write the market as a Parquet file that `openbell backtest --data` reads."""
    import polars as pl

    columns = dict(zip(COLUMNS, data.one(bars).values(), strict=True))
    opens = (BEGIN + MINUTE * np.arange(bars, dtype=np.int64)) // 1000
    frame = pl.DataFrame({"ts": opens, "symbol": ["SYM"] * bars, **columns})
    path = folder / "SYM_bench.parquet"
    frame.with_columns(pl.col("ts").cast(pl.Datetime("us", "UTC"))).write_parquet(path)
    return path


def load(name: str, path: Path) -> tuple[Prepared, source.Source]:
    """Return a workload with its market."""
    from openbell.edges.feeds import parquet

    loaded, shelves = assemble.read(WORKLOADS / f"{name}.yaml", {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    return prepared, source.load(prepared.spec, parquet, parquet.Config(path=str(path)), look_up, None)


def interpreter() -> str:
    """Return which Python is measured, and whether its build says that it was optimised by profile."""
    given = sysconfig.get_config_var("CONFIG_ARGS") or ""
    said = "--enable-optimizations" in given
    built = "optimised by profile" if said else "not said to be optimised by profile (distributions may do it unsaid)"
    return f"Python {sys.version.split()[0]} of {sys.base_prefix}, {built}"


def main(bars: int = 1_000_000) -> None:
    """Print the figures."""
    use_money_context()
    print(interpreter())
    with tempfile.TemporaryDirectory() as scratch:
        path = write(Path(scratch), bars)
        print(f"engine, {bars:,} minute bars")
        for name, floor in (("w1", 0), ("w2", 0), ("gated", 100_000)):
            prepared, told = load(name, path)
            begin = time.process_time()
            result = backtest(prepared, told)
            spent = time.process_time() - begin
            beside = f" (floor {floor:,}, target 300,000)" if floor else ""
            figures = result.figures
            print(
                f"  {name:6} plain, no journal   {bars / spent:10,.0f} bars/s{beside}  fills {figures['fills']:,}"
                f"  equity {figures['equity_end']}"
            )
        journaled(Path(scratch), path, bars)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    start_up()


def journaled(scratch: Path, path: Path, bars: int) -> None:
    """Run the gated workload with a journal, and start it again."""
    prepared, told = load("gated", path)
    state = scratch / "state"
    begin, worked = time.perf_counter(), time.process_time()
    result = live(prepared, told, Settings(state=state))
    spent, worked = time.perf_counter() - begin, time.process_time() - worked
    print(
        f"  gated  plain, journaled    {bars / spent:10,.0f} bars/s (floor 60,000)  records {result.figures['events']:,}"
        f"  {bars / worked:,.0f} bars a second of processor time, the writer's thread included"
    )
    size = sum(path.stat().st_size for path in (state / "journal").glob("*.seg*"))
    print(f"  journal {size / 1e6:,.0f} MB, {size / max(int(str(result.figures['events'])), 1):.0f} bytes a record")
    begin = time.perf_counter()
    start(prepared, journal_folder(state), told).journal.close()
    print(f"  restart at {result.figures['events']:,} records  {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    again = live(prepared, told, Settings(state=state))
    spent, begin = time.perf_counter() - begin, time.perf_counter()
    again.recorder.days("main")
    print(f"  a finished state run again  {spent:.2f} s; what its report needs {time.perf_counter() - begin:.2f} s")
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
