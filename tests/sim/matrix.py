"""Which faults can meet an order in which state, and which of these cells a campaign has not hit.

The table in `cells.txt` holds every cell that came up at least eight times in 1,800 seeds; `none` is an order that the
engine has not recorded (yet), `account` a fault that meets no order, `down` a process that is not running. A cell that
comes up more rarely is not claimed; one that is not in the table and never came up is taken as one that cannot occur:
a venue does not reject what it has ended, and nothing is cancelled before it was sent.
"""

from pathlib import Path

POSSIBLE = frozenset(
    tuple(line.split()) for line in (Path(__file__).parent / "cells.txt").read_text(encoding="utf-8").splitlines()
)


def unhit(cells: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the cells that can occur and were not hit."""
    return sorted(POSSIBLE - cells)  # type: ignore[arg-type]
