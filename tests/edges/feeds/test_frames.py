"""From frames to tables: stamps, intervals, missing values, sessions."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import polars as pl
import pytest

from openbell.core.events import Schedule
from openbell.core.types import DAY_NS, MINUTE_NS, NS
from openbell.edges.feeds.frames import Origin, common_step, is_bars, split, tabulate
from openbell.edges.feeds.table import Request

START = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
START_NS = int(START.timestamp()) * NS
ORIGIN = Origin(name="SPY_x.parquet", interval=None)


def weekdays(symbol: str, start: int, end: int) -> list[Schedule]:
    found = []
    for midnight in range(start // DAY_NS * DAY_NS, end, DAY_NS):
        day = datetime.fromtimestamp(midnight // NS, tz=UTC)
        bounds = midnight + 870 * MINUTE_NS, midnight + (1080 if day.day == 3 else 1260) * MINUTE_NS
        if day.weekday() < 5:
            name = day.date().isoformat()
            found.append(Schedule(ts=bounds[0], calendar="x", date=name, open=bounds[0], close=bounds[1], is_open=True))
    return found


REQUEST = Request(symbols=("SPY",), sessions=weekdays)


def frame(minutes: list[int], **more: Any) -> pl.DataFrame:
    px = [100.0 + i for i in range(len(minutes))]
    stamps = [START + timedelta(minutes=minute) for minute in minutes]
    return pl.DataFrame({"ts": stamps, "open": px, "high": px, "low": px, "close": px, "volume": px} | more)


def test_stamps_become_closes() -> None:
    table = tabulate(frame([0, 1, 3]), "SPY", ORIGIN, REQUEST)
    assert table.interval_ns == MINUTE_NS
    assert ((table.ts - START_NS) // MINUTE_NS).tolist() == [1, 2, 4]
    assert table.open_ts[0] == START_NS
    assert table.ts.dtype == np.int64
    assert table.source == "SPY_x.parquet"
    assert table.notes == []


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_every_unit_and_zone_of_stamps_is_read(unit: Any) -> None:
    utc = frame([0, 1]).with_columns(pl.col("ts").dt.cast_time_unit(unit))
    for given in (
        utc,
        utc.with_columns(pl.col("ts").dt.convert_time_zone("Asia/Seoul")),
        utc.with_columns(pl.col("ts").dt.replace_time_zone(None)),
    ):
        assert tabulate(given, "SPY", ORIGIN, REQUEST).ts[0] == START_NS + MINUTE_NS


def test_unsorted_rows_are_sorted_with_a_note_and_equal_stamps_keep_their_order() -> None:
    table = tabulate(frame([2, 0, 2, 1, 2]), "SPY", ORIGIN, REQUEST)
    assert ((table.ts - START_NS) // MINUTE_NS).tolist() == [1, 2, 3, 3, 3]
    assert table.open.tolist() == [101.0, 103.0, 100.0, 102.0, 104.0]
    assert table.notes == ["SPY_x.parquet, SPY: rows were not in the order of time; sorted"]


def test_a_stated_interval_wins() -> None:
    table = tabulate(frame([0, 1]), "SPY", Origin(name="x", interval=5 * MINUTE_NS), REQUEST)
    assert (table.interval_ns, table.ts[0]) == (5 * MINUTE_NS, START_NS + 5 * MINUTE_NS)


def test_the_interval_is_the_most_common_step_the_smallest_of_equals() -> None:
    assert common_step(np.array([0, 5, 10, 11, 12, 12, 40]), "x") == 1
    with pytest.raises(ValueError, match=r"f, SPY: too few rows .* state it with interval"):
        tabulate(frame([0]), "SPY", Origin(name="f", interval=None), REQUEST)


def test_what_is_missing_or_impossible_is_kept_for_the_screen_downstream() -> None:
    given = frame([0, 1, 2], close=[None, 0.0, float("inf")], volume=[None, 1.0, -1.0])
    table = tabulate(given, "SPY", ORIGIN, REQUEST)
    assert np.isnan(table.close[0])
    assert table.close[1:].tolist() == [0.0, float("inf")]
    assert np.isnan(table.volume[0])
    assert table.open.flags.writeable


def test_a_file_without_volume_has_volume_zero() -> None:
    assert tabulate(frame([0, 1]).drop("volume"), "SPY", ORIGIN, REQUEST).volume.tolist() == [0.0, 0.0]


def test_whole_numbers_are_prices_too() -> None:
    table = tabulate(frame([0, 1], open=[1, 2], volume=[3, None]), "SPY", ORIGIN, REQUEST)
    assert table.open.tolist() == [1.0, 2.0]
    assert table.volume[0] == 3.0


def test_rows_without_a_stamp_are_dropped_with_a_note() -> None:
    given = frame([0, 1, 2], ts=[START, None, START + timedelta(minutes=1)])
    table = tabulate(given, "SPY", ORIGIN, REQUEST)
    assert len(table) == 2
    assert table.notes == ["SPY_x.parquet, SPY: 1 rows without a stamp dropped"]


def test_both_sides_are_taken_where_they_are_whole() -> None:
    sides = {f"{side}_{name}": [1.0, 2.0] for side in ("bid", "ask") for name in ("open", "high", "low", "close")}
    table = tabulate(frame([0, 1], **sides), "SPY", ORIGIN, REQUEST)
    assert table.bid is not None
    assert table.ask is not None
    assert [column.tolist() for column in table.ask] == [[1.0, 2.0]] * 4
    assert tabulate(frame([0, 1], bid_open=[1.0, 2.0]), "SPY", ORIGIN, REQUEST).bid is None


def dated(days: list[date]) -> pl.DataFrame:
    px = [100.0 + i for i in range(len(days))]
    return pl.DataFrame({"date": days, "open": px, "high": px, "low": px, "close": px})


def test_dates_are_placed_into_their_sessions_half_days_included() -> None:
    table = tabulate(dated([date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 4)]), "SPY", ORIGIN, REQUEST)
    assert table.interval_ns == DAY_NS
    assert table.spans is not None
    assert (table.spans // MINUTE_NS).tolist() == [390, 210, 390]
    assert table.open_ts[1] == START_NS + DAY_NS
    assert table.ts[1] == START_NS + DAY_NS + 210 * MINUTE_NS


def test_dates_without_a_session_are_dropped_with_a_note() -> None:
    table = tabulate(dated([date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 8)]), "SPY", ORIGIN, REQUEST)
    assert table.close.tolist() == [100.0, 102.0]
    assert "1 1d rows on dates without a session dropped, the first of 2024-01-06" in table.notes[0]


def test_daily_stamps_at_midnight_are_dates_too_and_others_are_not() -> None:
    days = [datetime(2024, 1, day, tzinfo=UTC) for day in (2, 3, 4)]
    assert tabulate(frame([0, 0, 0], ts=days), "SPY", ORIGIN, REQUEST).spans is not None
    evening = [datetime(2024, 1, day, 23, tzinfo=timezone(timedelta(hours=9))) for day in (2, 3, 4)]
    table = tabulate(frame([0, 0, 0], ts=evening), "SPY", ORIGIN, REQUEST)
    assert table.spans is None
    assert table.interval_ns == DAY_NS


def test_one_date_is_enough_and_none_is_empty() -> None:
    assert len(tabulate(dated([date(2024, 1, 2)]), "SPY", ORIGIN, REQUEST)) == 1
    none = dated([date(2024, 1, 2)]).clear()
    assert len(tabulate(none, "SPY", ORIGIN, REQUEST)) == 0


def test_weekly_dates_and_stamps_that_are_no_times_are_refused() -> None:
    with pytest.raises(ValueError, match="a week or more apart"):
        tabulate(dated([date(2024, 1, day) for day in (1, 8, 15, 22)]), "SPY", ORIGIN, REQUEST)
    with pytest.raises(ValueError, match="column ts holds Int64, not times"):
        tabulate(frame([0, 1], ts=[1, 2]), "SPY", ORIGIN, REQUEST)


def test_symbols_come_from_their_column_else_from_the_file_name() -> None:
    assert list(split(frame([0]), "SPY_2024.x.parquet")) == ["SPY"]
    assert list(split(frame([0]), "BTC-PERP.parquet")) == ["BTC-PERP"]
    assert list(split(frame([0], symbol=["QQQ"]), "SPY_2024.parquet")) == ["QQQ"]
    parts = split(frame([0, 1, 2], symbol=["B", "A", "B"]), "x.parquet")
    assert {symbol: part["open"].to_list() for symbol, part in parts.items()} == {"B": [100.0, 102.0], "A": [101.0]}


def test_bars_are_told_by_their_columns() -> None:
    assert is_bars(["ts", "open", "high", "low", "close"])
    assert is_bars(["date", "open", "high", "low", "close", "x"])
    assert not is_bars(["ts", "bid", "ask"])
    assert not is_bars(["open", "high", "low", "close"])
