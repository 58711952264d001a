"""Seven sessions of New York around the fourth of July, run once with the usual operations.

They hold a weekend, the turn of a month, a half day and a holiday. Bars are half an hour long; what a bar's volume
says is wanted, see `tests.checklist.market`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from openbell.run.operations.outcome import Outcome, Tick, kept, tick
from tests.checklist.market import FLAT, LONG, NONE, Market, Row, clock, config, deployment, row

DATES = ("2024-06-27", "2024-06-28", "2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05", "2024-07-08")
HALF_DAY = "2024-07-03"
NEWS = "review_overnight_news"
HEAD = "operations: {}"
RULES = ("{max_position: off}", "{max_positions: off}")


def day(date: str, first: float = 100.0, left_out: Sequence[str] = ()) -> list[Row]:
    """Return the half hours of a session; what is wanted at 10:00 is no longer at 12:00, and again at 12:30."""
    at, made = datetime.fromisoformat(f"{date} 09:30"), []
    end = at.replace(hour=13 if date == HALF_DAY else 16, minute=0)
    while at < end:
        time = f"{at:%H:%M}"
        # What is wanted with the last bar of a day would be taken back at its close.
        wish = {"10:00": LONG, "12:00": FLAT, "12:30": NONE if date == HALF_DAY else LONG, "15:00": FLAT}.get(
            time, NONE
        )
        if time not in left_out:
            made.append(row(f"{date} {time}", round(first + len(made) * 0.25, 2), wish))
        at += timedelta(minutes=30)
    return made


def text(head: str = HEAD, **fields: object) -> str:
    """Return the file of such a run."""
    return config(
        head=head, bars="30m", tz="America/New_York", instrument="kind: stock, calendar: NYSE",
        **{"rules": RULES, "deployments": [deployment(bars="30m")], **fields},
    )  # fmt: skip


def market(folder: Path, bars: Sequence[Row], head: str = HEAD, **fields: object) -> Market:
    """Return a folder with such a run, not begun."""
    return Market(folder, text(head, **fields), bars)


def summer(folder: Path) -> Market:
    """Run the seven sessions; the news of the first one were read."""
    found = market(folder, [one for n, date in enumerate(DATES) for one in day(date, 100 + n)])
    found.state.mkdir()
    tick(found.state, NEWS, Tick(actor="ann", note="nothing on our names"))
    assert found.run("--speed", "max") == 0
    return found


def outcomes(found: Market, step: str) -> list[Outcome]:
    """Return the outcomes of one step, or of one block."""
    return [one for one in kept(found.state) if step in (one.step, one.block)]


def times(found: Market, step: str) -> list[str]:
    """Return New York's time at which each was due, once for each instant."""
    return list(dict.fromkeys(clock(one.ts) for one in outcomes(found, step)))
