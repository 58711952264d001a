"""Figures of the journal on this machine: cost of an append, of a commit, of a group, and of opening.

Run as a script; it prints and judges nothing.
"""

import argparse
import gc
import shutil
import tempfile
import time
from pathlib import Path

from openbell.edges.journal import Journal, MemoryDisk, Options, OsDisk, open_journal, verify


def main() -> None:
    """Print all figures; `--records` sets the size of the log that is opened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="records in the log that is opened")
    parser.add_argument("--commits", type=int, default=3_000, help="commits measured")
    parser.add_argument("--directory", type=Path, help="where to write; default: a temporary directory")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.directory))
    try:
        measure_append()
        measure_commits(folder / "commits", options.commits)
        measure_opening(folder / "opening", options.records)
    finally:
        shutil.rmtree(folder)


def measure_append() -> None:
    """Print the cost of an append of 150 bytes, without a disk."""
    journal, _ = open_journal(MemoryDisk(), Options(is_background=False, is_compressing=False))
    payload, count = b"x" * 150, 200_000
    took_s = _append(journal, payload, count)
    print(f"append, 150 bytes, in memory          {took_s / count * 1e6:10.2f} us/record")
    journal.close()


def measure_commits(folder: Path, count: int) -> None:
    """Print the latency of append and commit of 200 bytes on the disk."""
    journal, _ = open_journal(folder)
    payload, laps = b"x" * 200, []
    for _ in range(count):
        begin = time.perf_counter()
        journal.commit(journal.append(payload))
        laps.append(time.perf_counter() - begin)
    journal.close()
    laps.sort()
    print(f"append + commit, 200 bytes            {count / sum(laps):10.0f} commits/s")
    middle_us, high_us = laps[count // 2] * 1e6, laps[count * 99 // 100] * 1e6
    print(f"  p50 / p99                           {middle_us:10.0f} / {high_us:.0f} us")


def measure_opening(folder: Path, count: int) -> None:
    """Print records a second in groups, and the time to open and to verify the log."""
    journal, _ = open_journal(folder, Options(is_compressing=False))
    begin = time.perf_counter()
    took_s = _append(journal, b"x" * 200, count)
    journal.commit(journal.seq)
    whole_s = time.perf_counter() - begin
    journal.close()
    print(f"append with the writer thread         {took_s / count * 1e6:10.2f} us/record")
    print(f"append, one commit at the end         {count / whole_s:10.0f} records/s")
    begin = time.perf_counter()
    journal, opened = open_journal(OsDisk(folder), Options(is_compressing=False))
    print(f"open {opened.seq} records, all verified  {time.perf_counter() - begin:10.2f} s")
    journal.close()
    begin = time.perf_counter()
    verdict = verify(folder)
    print(f"verify {verdict.records} records            {time.perf_counter() - begin:10.2f} s")


def _append(journal: Journal, payload: bytes, count: int) -> float:
    """Append `count` times and return the seconds taken."""
    gc.disable()
    begin = time.perf_counter()
    for _ in range(count):
        journal.append(payload)
    took_s = time.perf_counter() - begin
    gc.enable()
    return took_s


if __name__ == "__main__":
    main()
