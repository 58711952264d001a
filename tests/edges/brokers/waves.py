"""Recorded minutes that swing, so that a strategy of two averages has something to trade."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

OPENED = datetime(2024, 1, 8, 14, 30, tzinfo=UTC)
SLOPE = 0.0006
"""How far a price moves in a minute, share of its first one."""


def write(folder: Path, waves: dict[str, tuple[float, int]], minutes: int) -> Path:
    """Write a file for each symbol and return the folder.

    `waves` holds where each begins, and for how many minutes it goes one way.
    """
    folder.mkdir()
    for symbol, (begin, length) in waves.items():
        rows, px = ["ts,open,high,low,close,volume"], begin
        for n in range(minutes):
            step = begin * SLOPE * (1 if (n // length) % 2 == 0 else -1)
            after = round(px + step, 2)
            at = f"{OPENED + timedelta(minutes=n + 1):%Y-%m-%dT%H:%M:00Z}"
            rows.append(f"{at},{px},{max(px, after) + 0.02:.2f},{min(px, after) - 0.02:.2f},{after},6000")
            px = after
        (folder / f"{symbol}.csv").write_text("\n".join(rows) + "\n")
    return folder
