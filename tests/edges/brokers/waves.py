"""Recorded minutes that swing, so that a strategy of two averages has something to trade."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

OPENED = datetime(2024, 1, 8, 14, 30, tzinfo=UTC)
SLOPE = 0.0006
"""How far a price moves in a minute, share of its first one."""


def write(folder: Path, waves: dict[str, tuple[float, int]], minutes: int, worth: float = 0.0) -> Path:
    """Write a file for each symbol and return the folder.

    `waves` holds where each begins, and for how many minutes it goes one way; of each so much is traded in a minute as
    `worth` buys at its first price, more than anybody orders where that is 0.
    """
    folder.mkdir()
    for symbol, (begin, length) in waves.items():
        volume = f"{worth / begin:.4f}" if worth else "6000"
        rows, px = ["ts,open,high,low,close,volume"], begin
        for n in range(minutes):
            step = begin * SLOPE * (1 if (n // length) % 2 == 0 else -1)
            after = round(px + step, 2)
            at = f"{OPENED + timedelta(minutes=n + 1):%Y-%m-%dT%H:%M:00Z}"
            rows.append(f"{at},{px},{max(px, after) + 0.02:.2f},{min(px, after) - 0.02:.2f},{after},{volume}")
            px = after
        (folder / f"{symbol}.csv").write_text("\n".join(rows) + "\n")
    return folder
