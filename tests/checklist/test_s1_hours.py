"""S1: hours by the exchange's clock, and trades of a day, whatever is wanted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import effects as fx
from openbell.parts.rules import daily_trades
from tests.checklist.market import FREE
from tests.checklist.test_s3_loop import ordered
from tests.cli.process import Said
from tests.core import build as b
from tests.parts.rules.scene import bound

CLOCK = [
    # The documented hours are 9 to 16; the exchange's own session lies inside of them.
    ("2024-01-02 08:59", "OUT_OF_SESSION"), ("2024-01-02 09:00", "OUT_OF_SESSION"), ("2024-01-02 09:30", "order"),
    ("2024-01-02 15:59", "order"), ("2024-01-02 16:00", "OUT_OF_SESSION"),
    # Summer time begins in New York on 10 March, and ends on 3 November.
    ("2024-03-08 09:00", "OUT_OF_SESSION"), ("2024-03-08 15:59", "order"), ("2024-03-11 08:59", "OUT_OF_SESSION"),
    ("2024-03-11 09:30", "order"), ("2024-03-11 15:59", "order"), ("2024-03-11 16:00", "OUT_OF_SESSION"),
    # Independence Day.
    ("2024-07-04 09:30", "OUT_OF_SESSION"), ("2024-07-04 15:59", "OUT_OF_SESSION"), ("2024-07-05 09:30", "order"),
    ("2024-11-04 09:00", "OUT_OF_SESSION"), ("2024-11-04 09:30", "order"), ("2024-11-04 15:59", "order"),
    ("2024-11-04 16:00", "OUT_OF_SESSION"),
]  # fmt: skip


def test_the_clock_of_new_york_decides_over_changes_of_time_and_holidays(tmp_path: Path) -> None:
    assert ordered(tmp_path, CLOCK) == [wanted for _, wanted in CLOCK]


def test_hours_that_are_named_narrow_those_of_the_exchange_and_never_widen_them(tmp_path: Path) -> None:
    # A bar is decided on when it has closed, one minute behind its stamp.
    times = ("09:00", "09:58", "09:59", "14:58", "14:59", "16:00")
    rules = (*FREE, "{kind: trading_hours, hours: '10:00-15:00 America/New_York'}")
    wanted = ["OUT_OF_SESSION", "SESSION_HOURS", "order", "order", "SESSION_HOURS", "OUT_OF_SESSION"]
    cases = [(f"2024-03-{day} {time}", "") for day in ("08", "11") for time in times]
    assert ordered(tmp_path, cases, rules=rules) == wanted * 2


@given(st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.booleans()), max_size=80), st.integers(1, 6))
def test_whatever_is_wanted_no_more_entries_are_executed_in_a_day_than_allowed(
    wishes: list[tuple[float, bool]], limit: int
) -> None:
    made = b.engine(b.run_spec(b.deployment_spec(can_short=True)), rules=(bound(daily_trades, limit=limit),))
    day, executed, minute = 0, {0: 0}, 0
    for target, is_new_day in wishes:
        if is_new_day:
            made.step(b.session(day, is_open=False))
            day, minute = day + 1, 0
            executed[day] = 0
            made.step(b.session(day))
        minute += 1
        at = day * 1440 + minute
        for order in b.only(fx.Submit, made.step(b.bar(at, 100.0, target))):
            made.step(b.fill(order, 100, ts=b.at(at)))
            # Exits always pass, and are not counted.
            executed[day] += not order.reduce_only
    assert max(executed.values()) <= limit


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("2024-01-02T20:00Z", ""), ("2024-01-02T22:00Z", "paused: outside trading hours until 2024-01-03 14:30:00 UTC\n"),
        ("2024-01-05T23:00Z", "paused: outside trading hours until 2024-01-08 14:30:00 UTC\n"),
    ],
)  # fmt: skip
def test_status_says_until_when_it_pauses(tmp_path: Path, call: Callable[..., Said], last: str, told: str) -> None:
    state = tmp_path / "s"
    words = ("--account", "12345678", "--tickers", "AAPL", "--state", state, "--until", last, "--log-level", "ERROR")
    assert call("run", *words).code == 0
    out = call("status", state).out
    assert (told in out, "paused: outside trading hours" in out) == (True, bool(told))
    assert call("status", state, "--json").data["paused_until"] == (told.partition("until ")[2].strip() or None)
