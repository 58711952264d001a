"""The summary of a day: its figures, once a session, at the time that was asked for."""

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from openbell.core.apply import apply_event
from openbell.run.alerts.days import Day, due_at, tally
from tests.checklist.market import FLAT, LONG, Market, config, rows
from tests.core import build as b
from tests.core.test_ledger import sent
from tests.run.alerts.stage import watched


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("ts", "at", "due"),
    [
        ("2024-07-01T20:00:00", (time(17, 30), ZoneInfo("America/New_York")), "2024-07-01T21:30:00"),
        ("2024-01-02T21:00:00", (time(17, 30), ZoneInfo("America/New_York")), "2024-01-02T22:30:00"),
        ("2024-01-02T23:00:00", (time(17, 30), ZoneInfo("America/New_York")), "2024-01-03T22:30:00"),
        ("2024-01-02T21:00:00", None, "2024-01-02T21:00:00"),
    ],
)
def test_a_summary_is_due_at_the_first_such_time_behind_the_session(
    ts: str, at: tuple[time, ZoneInfo] | None, due: str
) -> None:
    assert due_at(ns(ts), at) == ns(due)


def test_executions_of_a_day_are_those_that_stand() -> None:
    book, days = b.book(), dict[str, Day]()
    order = sent(book, "buy", 10)
    first = b.fill(order, 100, exec_id="a")
    told = [first, first, replace(first, exec_id="b", supersedes="a", px=Decimal(99))]
    counts = []
    for word in [*told, replace(first, exec_id="c", supersedes="b", is_bust=True)]:
        apply_event(book, word)
        tally(days, book, word, None)
        counts.append(days["main"].fills)
    assert counts == [1, 1, 1, 0]


def test_a_day_is_summed_up_once_with_its_figures(tmp_path: Path) -> None:
    made = Market(tmp_path, config(), rows([(100, LONG), 100, (103, FLAT), 103, 103, 103], start="2024-01-02 23:57"))
    made.live()
    summaries = [fields for event, fields in watched(made) if event == "daily_summary"]
    assert next(one["date"] for one in summaries) == "2024-01-02"
    assert len(summaries) == len({one["date"] for one in summaries})
    assert "1 fill, 0 trades closed" in summaries[0]["summary"]
    assert "100 AAA at $103.00, +$300.00 (alpha)" in summaries[0]["summary"]
