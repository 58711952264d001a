"""S3: one summary for each trading day, after its close."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from openbell.core import events as ev
from openbell.edges.logs.book import MAIN
from openbell.run.logbook import FOLDER
from tests.checklist.market import FLAT, LONG, Market, clock, config, row


def test_each_trading_day_is_summed_up_once_after_its_close_on_half_days_too(tmp_path: Path) -> None:
    pytest.importorskip("structlog")
    bars = [
        row("2024-07-02 09:30", 100, LONG), row("2024-07-02 09:31", 100), row("2024-07-02 15:59", 101),
        row("2024-07-03 12:58", 99, FLAT), row("2024-07-03 12:59", 99),
        row("2024-07-05 09:30", 99, LONG), row("2024-07-05 15:59", 98),
    ]  # fmt: skip
    market = Market(tmp_path, config(tz="America/New_York", instrument="kind: stock, calendar: NYSE"), bars)
    assert market.run() == 0
    text = (market.state / FOLDER / MAIN).read_text(encoding="utf-8")
    told = [line for line in map(json.loads, text.splitlines()) if line["message"].startswith("day ")]
    assert [line["message"] for line in told] == [
        "day 2024-07-02 of main: equity 100100 USD, result 100, entries 1, positions 1",
        "day 2024-07-03 of main: equity 99900 USD, result -200, entries 0, positions 0",
        "day 2024-07-05 of main: equity 99900 USD, result 0, entries 1, positions 1",
    ]
    # The day before Independence Day ends at one o'clock, and the holiday has no summary.
    closes = ["2024-07-02 16:00", "2024-07-03 13:00", "2024-07-05 16:00"]
    ends = {clock(event.ts): event.date for event in market.told.events(ev.Schedule) if not event.is_open}
    assert list(ends) == closes
    # Each summary is written at the very close, not before.
    assert [clock(int(datetime.fromisoformat(line["@timestamp"]).timestamp()) * 10**9) for line in told] == closes
