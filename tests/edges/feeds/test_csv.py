"""CSV files as people have them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from openbell.core.events import Schedule
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.feeds.csv import Config, load
from openbell.edges.feeds.table import BarTable, Request

FIRST = int(datetime(2024, 1, 2, 14, 30, tzinfo=UTC).timestamp())
PRICES = "1.1,1.2,1.0,1.15,10"


def read(path: Path, text: str, *symbols: str, **options: Any) -> list[BarTable]:
    (path / "SPY_x.csv").write_text(text)
    return load(Config(path=path, **options), Request(symbols=symbols or ("SPY",), sessions=weekday))


def weekday(symbol: str, start: int, end: int) -> list[Schedule]:
    bounds = FIRST * NS, (FIRST + 23400) * NS
    return [Schedule(ts=bounds[0], calendar="x", date="2024-01-02", open=bounds[0], close=bounds[1], is_open=True)]


@pytest.mark.parametrize(
    ("stamps", "options"),
    [
        (("2024-01-02 14:30", "2024-01-02 14:31"), {}),
        (("2024-01-02T14:30:00", "2024-01-02T14:31:00"), {}),
        (("2024-01-02T14:30:00Z", "2024-01-02T14:31:00Z"), {}),
        (("2024-01-02T23:30:00+09:00", "2024-01-02T23:31:00+09:00"), {}),
        (("2024-01-02 09:30:00", "2024-01-02 09:31:00"), {"tz": "America/New_York"}),
        ((FIRST, FIRST + 60), {"ts_format": "s"}),
        ((FIRST * 10**3, (FIRST + 60) * 10**3), {"ts_format": "ms"}),
        ((FIRST * 10**6, (FIRST + 60) * 10**6), {"ts_format": "us"}),
        ((FIRST * 10**9, (FIRST + 60) * 10**9), {"ts_format": "ns"}),
    ],
)
def test_every_form_of_a_stamp_is_the_same_instant(tmp_path: Path, stamps: tuple[Any, Any], options: Any) -> None:
    text = "ts,open,high,low,close,volume\n" + "".join(f"{stamp},{PRICES}\n" for stamp in stamps)
    (table,) = read(tmp_path, text, **options)
    assert table.ts.tolist() == [FIRST * NS + MINUTE_NS, FIRST * NS + 2 * MINUTE_NS]
    assert (table.open[0], table.volume[1]) == (1.1, 10.0)


def test_columns_are_found_by_name_in_any_case_or_as_configured(tmp_path: Path) -> None:
    rows = f"2024-01-02 14:30,{PRICES},QQQ\n2024-01-02 14:31,{PRICES},QQQ\n"
    (table,) = read(tmp_path, "Timestamp,Open,High,Low,Close,Volume,Symbol\n" + rows, "QQQ")
    assert len(table) == 2
    columns = {"ts": "when", "close": "last", "symbol": "name"}
    (other,) = read(tmp_path, "when,open,high,low,last,volume,name\n" + rows, "QQQ", columns=columns)
    assert other.close.tolist() == table.close.tolist()


def test_another_separator_is_possible(tmp_path: Path) -> None:
    row = PRICES.replace(",", ";")
    text = f"ts;open;high;low;close;volume\n2024-01-02 14:30;{row}\n2024-01-02 14:31;{row}\n"
    assert len(read(tmp_path, text, separator=";")[0]) == 2


def test_dates_are_placed_into_their_session(tmp_path: Path) -> None:
    for header in ("date", "ts", "Time"):
        (table,) = read(tmp_path, f"{header},open,high,low,close,volume\n2024-01-02,{PRICES}\n")
        assert table.ts.tolist() == [(FIRST + 23400) * NS]


def test_what_is_no_number_becomes_nan(tmp_path: Path) -> None:
    text = "ts,open,high,low,close\n2024-01-02 14:30,1,x,,n/a\n2024-01-02 14:31, 1 ,2,1,1\n"
    (table,) = read(tmp_path, text)
    assert np.isnan([table.high[0], table.low[0], table.close[0]]).all()
    assert table.open.tolist() == [1.0, 1.0]


def test_a_skipped_local_time_is_dropped_and_a_repeated_one_is_the_first(tmp_path: Path) -> None:
    stamps = ("2024-03-10 01:30", "2024-03-10 02:30", "2024-03-10 03:30", "2024-11-03 01:30")
    text = "ts,open,high,low,close,volume\n" + "".join(f"{stamp},{PRICES}\n" for stamp in stamps)
    (table,) = read(tmp_path, text, tz="America/New_York", interval="1h")
    hours = [datetime.fromtimestamp(ts // NS, tz=UTC).hour for ts in table.open_ts.tolist()]
    assert hours == [6, 7, 5]
    assert table.notes == ["SPY_x.csv, SPY: 1 rows without a stamp dropped"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "not a readable CSV file"),
        (f"ts,open,high,low,close,volume\n1704205800,{PRICES}\n", {}, "do not fit ts_format: iso"),
        (f"ts,open,high,low,close,volume\n2024-01-02 14:30,{PRICES}\n", {"ts_format": "s"}, "do not fit ts_format: s"),
        (f"ts,open,high,low,close,volume\n,{PRICES}\n", {}, "no stamps in column ts"),
        (f"ts,open,high,low,close,volume\n2024-01-02,{PRICES}\n", {"columns": {"close": "last"}}, "no column 'last'"),
        ("ts,price\n2024-01-02,1\n", {}, "hold bars of: none"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, text: str, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text, **options)


@pytest.mark.parametrize(
    "options", [{"tz": "Mars"}, {"columns": {"price": "x"}}, {"separator": ""}, {"ts_format": "h"}]
)
def test_senseless_options_are_refused(tmp_path: Path, options: Any) -> None:
    with pytest.raises(ValidationError):
        Config(path=tmp_path, **options)
