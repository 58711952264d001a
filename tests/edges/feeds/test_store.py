"""A store keeps what it was given, refuses contradictions, and adjusts by stored factors."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.edges.feeds import store

DAY = [date(2024, 7, n) for n in (1, 2, 3, 5)]


def days(*closes: float, first: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        {"date": DAY[first : first + len(closes)], "symbol": ["EUR/USD"] * len(closes),
         **{name: list(closes) for name in ("open", "high", "low", "close")}, "volume": [100.0] * len(closes)}
    )  # fmt: skip


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    merged = store.merge(tmp_path, days(10.0, 11.0), DAY_NS, replace=False)
    assert (merged.added, merged.known, merged.changed) == (2, 0, 0)
    assert store.read(tmp_path, "EUR/USD", DAY_NS).equals(days(10.0, 11.0))
    assert store.place(tmp_path, "EUR/USD", MINUTE_NS).name == "EUR-USD_1m.parquet"
    (entry,) = store.entries(tmp_path)
    assert (entry.symbol, entry.interval, entry.rows, entry.first, entry.last) == (
        "EUR/USD", DAY_NS, 2, "2024-07-01", "2024-07-02",
    )  # fmt: skip


def test_new_rows_join_and_known_ones_stay(tmp_path: Path) -> None:
    store.merge(tmp_path, days(11.0, 12.0, first=1), DAY_NS, replace=False)
    merged = store.merge(tmp_path, days(10.0, 11.0, 12.0, 13.0), DAY_NS, replace=False)
    assert (merged.added, merged.known, merged.changed) == (2, 2, 0)
    assert store.read(tmp_path, "EUR/USD", DAY_NS)["close"].to_list() == [10.0, 11.0, 12.0, 13.0]
    assert [path.name for path in tmp_path.iterdir()] == ["EUR-USD_1d.parquet"]


def test_a_contradiction_is_refused_unless_the_new_rows_are_to_win(tmp_path: Path) -> None:
    store.merge(tmp_path, days(10.0, 11.0), DAY_NS, replace=False)
    with pytest.raises(store.Conflict, match="1 rows stand there with other prices, the first of 2024-07-02"):
        store.merge(tmp_path, days(12.0, first=1), DAY_NS, replace=False)
    assert store.read(tmp_path, "EUR/USD", DAY_NS)["close"].to_list() == [10.0, 11.0]
    assert store.merge(tmp_path, days(12.0, first=1), DAY_NS, replace=True).changed == 1
    assert store.read(tmp_path, "EUR/USD", DAY_NS)["close"].to_list() == [10.0, 12.0]


def test_what_is_not_there_is_told_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no 1m bars of SPY; it holds nothing"):
        store.read(tmp_path / "none", "SPY", MINUTE_NS)
    store.merge(tmp_path, days(10.0), DAY_NS, replace=False)
    with pytest.raises(ValueError, match="it holds EUR/USD 1d"):
        store.read(tmp_path, "SPY", MINUTE_NS)


def acted(**fields: float) -> pl.DataFrame:
    whole = {"dividend": 0.0, "split": 0.0, "split_factor": 1.0, "dividend_factor": 1.0, **fields}
    stamp = pl.Series([DAY[2]]).cast(pl.Datetime("ns")).dt.replace_time_zone("UTC")
    return pl.DataFrame({"symbol": ["EUR/USD"], "ts": stamp, **{name: [value] for name, value in whole.items()}})


def test_factors_act_on_rows_before_and_units_the_other_way(tmp_path: Path) -> None:
    store.remember(tmp_path, acted(split=2.0, split_factor=0.5, dividend=1.0, dividend_factor=0.9))
    known = store.actions(tmp_path)
    splits = store.adjusted(days(10.0, 10.0, 5.0, 5.0), known, dividends=False)
    assert splits["close"].to_list() == [5.0, 5.0, 5.0, 5.0] and splits["volume"].to_list() == [
        200.0,
        200.0,
        100.0,
        100.0,
    ]
    both = store.adjusted(days(10.0, 10.0, 5.0, 5.0), known, dividends=True)
    assert both["close"].to_list() == [4.5, 4.5, 5.0, 5.0] and both["volume"].to_list() == [200.0, 200.0, 100.0, 100.0]


def test_an_action_told_again_replaces_the_older_one(tmp_path: Path) -> None:
    store.remember(tmp_path, acted(dividend=1.0, dividend_factor=0.9))
    store.remember(tmp_path, acted(dividend=2.0, dividend_factor=0.8))
    assert store.actions(tmp_path)["dividend"].to_list() == [2.0]
    store.merge(tmp_path, days(10.0), DAY_NS, replace=False)
    (entry,) = store.entries(tmp_path)
    assert (entry.splits, entry.dividends) == (0, 1)
