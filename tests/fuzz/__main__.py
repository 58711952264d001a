"""`python -m tests.fuzz --examples 300`: requests of every operation, until one answer is not as documented."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.campaign import NEGATIVE, POSITIVE, operations, served, states, try_out


def main() -> None:
    """Try every operation; exit 1 where an answer is not as documented."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=300, help="requests of each operation and kind")
    examples = parser.parse_args().examples
    with TemporaryDirectory() as folder, served(states(Path(folder))) as caller:
        for operation in operations():
            try_out(caller, operation, examples, (POSITIVE, NEGATIVE))
        for operation in operations(is_known=True):
            try_out(caller, operation, examples)
        for (name, status), count in sorted(caller.answers.items()):
            sys.stdout.write(f"{name:<48} {status}  {count:,}\n")
        sys.stdout.write(f"{sum(caller.answers.values()):,} requests, no failure\n")


main()
