"""`make bench`: run every `bench_*.py` of this folder in a process of its own, or those that are named.

Figures are printed and nothing is judged: no test fails on a clock.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Run the benchmarks called `wanted` (`journal` for `bench_journal.py`), all when none is named."""
    files = [file for file in sorted(FOLDER.glob("bench_*.py")) if not wanted or file.stem[6:] in wanted]
    codes = []
    for file in files:
        print(f"== {file.stem[6:]}", flush=True)
        codes.append(subprocess.run([sys.executable, "-m", f"tests.bench.{file.stem}"], check=False).returncode)
    return max(codes, default=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
