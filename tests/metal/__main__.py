"""`python -m tests.metal [KILLS] [SEED]`: a campaign of kills; exit code 1 where the two records differ."""

import sys
import tempfile
from pathlib import Path

from openbell.core.types import use_money_context
from tests.metal.campaign import run


def main(words: list[str]) -> int:
    """Run a campaign and print its report."""
    use_money_context()
    kills, seed = (int(word) for word in (*words, *("100", "1")[len(words) :]))
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), kills, seed)
    for name in ("doubled", "lost", "invented", "positions", "orders"):
        for what in getattr(report.verdict, name):
            print(f"{name}: {what}")
    print(report.text())
    return 0 if report.verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
