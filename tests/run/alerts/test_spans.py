"""Reports of weeks and months: once, at their time, by the sessions that there were, also over restarts."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from openbell.core.types import NS
from openbell.run.alerts import notifier as module
from openbell.run.alerts.spans import first_at, next_at, times_of
from openbell.run.alerts.watch import Kept, Watch
from openbell.run.clock import FakeClock
from tests.checklist.market import FLAT, LONG, NONE, Market, config, deployment, row
from tests.run.alerts.stage import NOW, history, notifier, terms

NEW_YORK = ZoneInfo("America/New_York")
URL = "{url: 'http://127.0.0.1:1/x', level: info}"


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS


def local(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts // NS, tz=NEW_YORK):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("ts", "due"),
    [
        ("2024-03-08T21:00:00", "Mon 2024-03-11 08:00"),  # The clocks change in between.
        ("2024-03-11T11:59:00", "Mon 2024-03-11 08:00"),
        ("2024-03-11T12:00:00", "Mon 2024-03-11 08:00"),
        ("2024-03-11T12:00:01", "Mon 2024-03-18 08:00"),
    ],
)
def test_a_day_of_the_week_comes_next_by_its_own_clock(ts: str, due: str) -> None:
    assert local(next_at(ns(ts), (0, time(8), NEW_YORK))) == due


def test_on_the_first_day_of_a_month_a_time_that_has_passed_is_now() -> None:
    opened = ns("2024-02-01T14:30:00")
    assert first_at(opened, None) == first_at(opened, (time(8), NEW_YORK)) == opened
    assert local(first_at(opened, (time(17, 30), NEW_YORK))) == "Thu 2024-02-01 17:30"


def played(folder: Path, alerts: str, days: list[str]) -> Market:
    """Run some days at the New York Stock Exchange: bought on the first at 100, sold on the third at 102."""
    wishes = {0: LONG, 2: FLAT}
    bars = [
        row(f"{day} {clock}", 100 + n, wishes.get(n, NONE) if clock == "09:30" else NONE)
        for n, day in enumerate(days)
        for clock in ("09:30", "09:31", "15:59")
    ]
    text = config(head=f"alerts: {alerts}", tz="America/New_York", instrument="kind: stock, calendar: NYSE")
    made = Market(folder, text, bars)
    made.live()
    return made


def told(made: Market, event: str, restarts: int) -> list[tuple[str, str]]:
    """Follow a run record by record with a new process every so many; return when what was told of a happening."""
    clock = FakeClock(NOW)
    one, last, looks = notifier(made, clock), -1, 0
    while one._watch.kept.seq != last:
        last, looks = one._watch.kept.seq, looks + 1
        # The place is written down once a second.
        clock.sleep(NS)
        one.look()
        if restarts and looks % restarts == 0:
            one.close()
            one = notifier(made, clock)
    one.close()
    return [(local(row.ts), row.text) for row in history(made.state) if row.event == event]


DAYS = ["2023-12-27", "2023-12-28", "2023-12-29", "2024-01-02", "2024-01-03", "2024-01-08"]
"""The year's last sessions; the first of January is a holiday, and a Monday."""


@pytest.fixture(autouse=True)
def _one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)


@pytest.mark.parametrize("restarts", [0, 3])
def test_S4_203_a_month_is_told_once_on_the_first_trading_day_of_the_next(tmp_path: Path, restarts: int) -> None:
    made = played(tmp_path, f"{{channels: [{URL}], monthly: {{}}}}", DAYS)
    ((at, text),) = told(made, "monthly_report", restarts)
    # Not on Monday, the first of January: the exchange is closed.
    assert at == "Tue 2024-01-02 09:30"
    assert text.startswith(
        "Monthly report 2023-12-27 to 2023-12-29\nmain: +$200.00 (+0.20%), equity $100,200.00\n3 sessions: "
    )
    assert "2 fills, 1 trade closed, 1 with a profit" in text
    assert text.endswith("all of it: openbell report --period month --on 2023-12-29")


@pytest.mark.parametrize("restarts", [0, 3])
def test_S4_190_a_day_is_told_once_for_each_session_and_never_before_its_time(tmp_path: Path, restarts: int) -> None:
    made = played(tmp_path, f"{{channels: [{URL}], summary: {{at: '17:30 America/New_York'}}}}", DAYS)
    found = told(made, "daily_summary", restarts)
    # The first record behind half past five is that of the next opening; no Saturday, Sunday or holiday has a day.
    assert [(at, text.splitlines()[0].removeprefix("End-of-day summary ")) for at, text in found] == [
        ("Thu 2023-12-28 09:30", "2023-12-27"), ("Fri 2023-12-29 09:30", "2023-12-28"),
        ("Tue 2024-01-02 09:30", "2023-12-29"), ("Wed 2024-01-03 09:30", "2024-01-02"),
        ("Thu 2024-01-04 09:30", "2024-01-03"), ("Fri 2024-01-05 09:30", "2024-01-04"),
        ("Mon 2024-01-08 09:30", "2024-01-05"),
    ]  # fmt: skip


def test_S4_190_by_the_wall_clock_a_day_is_told_at_half_past_five(tmp_path: Path) -> None:
    made = played(tmp_path, f"{{channels: [{URL}], summary: {{at: '17:30 America/New_York'}}}}", DAYS[:3])
    watch = Watch(made.state, Kept(), times_of(terms(made)))
    days = [one.fields["date"] for one in watch.look(10_000) if one.event == "daily_summary"]
    assert days == ["2023-12-27", "2023-12-28"]
    due = ns("2023-12-29T22:30:00")
    assert watch.clock(due - 1) == []
    (one,) = watch.clock(due)
    assert (one.event, local(one.ts), one.fields["date"]) == ("daily_summary", "Fri 2023-12-29 17:30", "2023-12-29")
    # The year ends with a weekend and a holiday: nothing more is due before the next session has ended.
    assert watch.clock(due + 4 * 24 * 3600 * NS) == []
    watch.close()


@pytest.mark.parametrize("restarts", [0, 20])
def test_S4_197_a_week_is_told_once_at_its_day_and_time(tmp_path: Path, restarts: int) -> None:
    # Round the clock from Friday noon to the Tuesday after the next weekend, a bar every hour.
    start = datetime(2024, 3, 1, 12, tzinfo=UTC)
    bars = [row(f"{start + timedelta(hours=n):%Y-%m-%d %H:%M}", 100, LONG if n == 2 else NONE) for n in range(11 * 24)]
    head = f"alerts: {{channels: [{URL}], weekly: {{day: monday, at: '08:00 UTC'}}}}"
    made = Market(tmp_path, config(head=head, bars="1h", deployments=[deployment(bars="1h")]), bars)
    made.live()
    found = told(made, "weekly_report", restarts)
    # Eight o'clock is three in the morning there, and four once the clocks have changed.
    assert [at for at, _ in found] == ["Mon 2024-03-04 03:00", "Mon 2024-03-11 04:00"]
    first, second = (text for _, text in found)
    assert first.startswith(
        "Weekly report 2024-03-01 to 2024-03-03\nmain: $0.00 (0.00%), equity $100,000.00\n3 sessions: 1 fill"
    )
    assert second.startswith("Weekly report 2024-03-04 to 2024-03-10\n")
    assert "7 sessions: 0 fills" in second


def test_by_the_wall_clock_a_week_is_due_where_no_record_comes(tmp_path: Path) -> None:
    made = played(tmp_path, f"{{channels: [{URL}], weekly: {{}}}}", DAYS[:3])
    watch = Watch(made.state, Kept(), times_of(terms(made)))
    assert [one for one in watch.look(10_000) if one.event == "weekly_report"] == []
    due = ns("2024-01-01T13:00:00")
    assert watch.clock(due - 1) == []
    (one,) = watch.clock(due)
    assert (one.event, local(one.ts), one.fields["last"]) == ("weekly_report", "Mon 2024-01-01 08:00", "2023-12-29")
    assert watch.clock(due + 1) == []
    watch.close()


def test_nothing_is_told_of_weeks_and_months_where_nobody_asked(tmp_path: Path) -> None:
    made = played(tmp_path, f"[{URL}]", DAYS)
    assert told(made, "weekly_report", 0) == told(made, "monthly_report", 0) == []
    assert len(told(made, "daily_summary", 0)) >= len(DAYS)
