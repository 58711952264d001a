"""Until when a run pauses: the next session, and inside of it the hours for entries."""

from pathlib import Path

import pytest

from openbell.run import state
from openbell.run.pause import paused_until
from openbell.run.reading import read_book
from tests.checklist.market import Market, clock, config, rows


def until(folder: Path, last: str, rule: str = "", **fields: str) -> str | None:
    """Return the New York time at which a run goes on whose latest bar closed at `last`."""
    start, minutes = f"{last[:10]} 00:00", int(last[11:13]) * 60 + int(last[14:16])
    bars = rows([100] * (minutes // 15), start=start, minutes=15)
    rules = ("{max_position: off}", *((rule,) if rule else ()))
    market = Market(
        folder, config(rules=rules, tz="America/New_York", bars="15m", instrument="kind: stock, calendar: NYSE", **fields), bars
    )  # fmt: skip
    market.file.write_text(market.file.read_text(encoding="utf-8").replace("bars: 1m", "bars: 15m"), encoding="utf-8")
    assert market.run() == 0
    found = paused_until(read_book(state.journal(market.state)), {"OPENBELL_HOME": str(folder)})
    return None if found is None else clock(found)


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ("2024-01-02 12:00", None), ("2024-01-02 16:30", "2024-01-03 09:30"), ("2024-01-02 08:00", "2024-01-02 09:30"),
        # A weekend with the change of clocks, and a holiday behind a weekend.
        ("2024-03-08 20:00", "2024-03-11 09:30"), ("2024-01-12 20:00", "2024-01-16 09:30"),
    ],
)  # fmt: skip
def test_it_goes_on_at_the_next_session(tmp_path: Path, last: str, wanted: str | None) -> None:
    assert until(tmp_path, last) == wanted


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ("2024-01-02 09:45", "2024-01-02 11:00"), ("2024-01-02 11:00", None), ("2024-01-02 14:00", "2024-01-03 11:00"),
    ],
)  # fmt: skip
def test_hours_inside_of_the_session_count_too(tmp_path: Path, last: str, wanted: str | None) -> None:
    rule = "{kind: trading_hours, hours: '11:00-14:00 America/New_York'}"
    assert until(tmp_path, last, rule) == wanted


def test_what_the_file_closes_is_no_session(tmp_path: Path) -> None:
    head = "calendars: {NYSE: {closed: [2024-01-03]}}"
    assert until(tmp_path, "2024-01-02 17:00", head=head) == "2024-01-04 09:30"
