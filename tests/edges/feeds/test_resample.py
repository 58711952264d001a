"""Longer bars begin at the session's opening, end at its close, and lose nothing in between."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.events import Schedule
from openbell.core.types import MINUTE_NS
from openbell.edges.feeds.resample import Sessions, bins, gaps, resample, session_of, sessions_from

OPEN = 1_000 * MINUTE_NS
HOURS = Sessions(
    opens=np.array([OPEN, OPEN + 1_440 * MINUTE_NS]),
    closes=np.array([OPEN + 390 * MINUTE_NS, OPEN + (1_440 + 210) * MINUTE_NS]),
    dates=("2024-07-02", "2024-07-03"),
)
"""A day of six and a half hours and a half day."""


def frame(minutes: list[int]) -> pl.DataFrame:
    """Return minutes after the first opening as bars that rise by one a bar."""
    stamps = pl.Series([OPEN + m * MINUTE_NS for m in minutes], dtype=pl.Int64).cast(pl.Datetime("ns", "UTC"))
    close = [100.0 + n for n in range(len(minutes))]
    return pl.DataFrame(
        {"ts": stamps, "symbol": ["A"] * len(minutes), "open": [c - 0.5 for c in close], "high": [c + 1 for c in close],
         "low": [c - 1 for c in close], "close": close, "volume": [10.0] * len(minutes)}
    )  # fmt: skip


def test_an_hour_begins_at_the_opening_and_the_last_one_ends_at_the_close() -> None:
    made, outside = resample(frame(list(range(390))), HOURS, 60 * MINUTE_NS)
    starts = [int(ts) for ts in made["ts"].dt.epoch("ns")]
    assert starts == [OPEN + n * 60 * MINUTE_NS for n in range(7)]
    assert made["span"].to_list() == [60 * MINUTE_NS] * 6 + [30 * MINUTE_NS]
    assert made["open"].to_list()[:2] == [99.5, 159.5] and made["close"].to_list()[:2] == [159.0, 219.0]
    assert made["high"].to_list()[0] == 160.0 and made["low"].to_list()[0] == 99.0
    assert made["volume"].to_list() == [600.0] * 6 + [300.0]
    assert outside == 0


def test_rows_outside_sessions_are_left_out_and_counted() -> None:
    made, outside = resample(frame([-5, 0, 1, 389, 390, 400, 1_440]), HOURS, 60 * MINUTE_NS)
    assert (made.height, outside) == (3, 3)


def test_a_bar_a_session_has_its_date() -> None:
    made, _ = resample(frame([0, 100, 1_440, 1_500]), HOURS, None)
    assert [str(day) for day in made["date"]] == ["2024-07-02", "2024-07-03"]
    assert made["close"].to_list() == [101.0, 103.0] and "span" not in made.columns


@given(
    st.lists(st.integers(-30, 1_700), min_size=1, max_size=200, unique=True).map(sorted), st.sampled_from([5, 30, 60])
)
def test_nothing_is_lost_and_nothing_seen_early(minutes: list[int], span: int) -> None:
    rows = frame(minutes)
    made, outside = resample(rows, HOURS, span * MINUTE_NS)
    inside = rows.filter(pl.Series(session_of(rows["ts"].dt.epoch("ns").to_numpy(), HOURS) >= 0))
    assert inside.height + outside == rows.height
    assert made["volume"].sum() == inside["volume"].sum()
    for start, length, close in zip(made["ts"].dt.epoch("ns"), made["span"], made["close"], strict=True):
        own = inside.filter((pl.col("ts").dt.epoch("ns") >= start) & (pl.col("ts").dt.epoch("ns") < start + length))
        assert own["close"][-1] == close


def test_a_missing_price_is_passed_over_and_missing_units_count_nothing() -> None:
    rows = frame([0, 1, 2]).with_columns(pl.Series("high", [1.0, None, 3.0]), pl.Series("volume", [1.0, None, 2.0]))
    made, _ = resample(rows, HOURS, 5 * MINUTE_NS)
    assert (made["high"][0], made["volume"][0]) == (3.0, 3.0)


def test_gaps_are_counted_inside_sessions_only() -> None:
    stamps = np.array([OPEN + m * MINUTE_NS for m in [0, 1, 2, 10, 11, 389, 395, 1_440, 1_441]])
    found = gaps(stamps, MINUTE_NS, HOURS)
    assert (found.sessions, found.empty, found.outside) == (2, 0, 1)
    assert (found.expected, found.missing) == (600, 592)
    assert (found.longest_ns, found.longest_at) == (377 * MINUTE_NS, OPEN + 12 * MINUTE_NS)
    whole = np.array([OPEN + m * MINUTE_NS for m in range(390)])
    assert gaps(whole, MINUTE_NS, HOURS).missing == 0
    assert gaps(whole[:0], MINUTE_NS, HOURS).sessions == 0


def test_sessions_come_from_a_schedule() -> None:
    opened, closed = OPEN, OPEN + 60 * MINUTE_NS
    events = [
        Schedule(ts=opened, calendar="X", date="2024-07-02", open=opened, close=closed, is_open=True),
        Schedule(ts=closed + 1, calendar="X", date="2024-07-02", open=opened, close=closed, is_open=False),
    ]
    found = sessions_from(events)
    assert (found.opens.tolist(), found.closes.tolist(), found.dates) == ([opened], [closed], ("2024-07-02",))
    assert bins(np.array([5]), sessions_from([]), None).outside == 1


def test_a_session_holds_its_opening_and_not_its_close() -> None:
    assert session_of(np.array([OPEN - 1, OPEN, OPEN + 390 * MINUTE_NS]), HOURS).tolist() == [-1, 0, -1]


def test_a_bar_that_no_longer_fits_is_not_invented() -> None:
    made, _ = resample(frame([1_440 + 200]), HOURS, 120 * MINUTE_NS)
    assert made["span"].to_list() == [90 * MINUTE_NS]
