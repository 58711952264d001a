"""Vendors' files become rows of the store: ordered, each once, with their splits and dividends."""

from pathlib import Path

import polars as pl
import pytest

from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.edges.feeds import intake, store
from openbell.edges.feeds.defects import counted

CSV = """Time,Open,High,Low,Close,Volume,Dividends,Stock Splits
2024-07-03 00:00,20,21,19,20.5,500,0,5
2024-07-01 00:00,100,101,99,100,100,0,0
2024-07-02 00:00,102,103,101,102,100,2,0
2024-07-02 00:00,102,103,101,102,100,2,0
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    file = tmp_path / "ACME_daily.csv"
    file.write_text(CSV.replace("Stock Splits", "stock_splits"), encoding="utf-8")
    return file


def taken(file: Path, folder: Path, **terms: object) -> intake.Taken:
    (part,) = intake.parts(file, intake.Terms(**terms))  # type: ignore[arg-type]
    return intake.take_in(folder, part, intake.Terms(**terms))  # type: ignore[arg-type]


def test_rows_are_ordered_and_each_stands_once(file: Path, tmp_path: Path) -> None:
    made = taken(file, tmp_path / "s")
    assert (made.part.symbol, made.part.interval, made.merged.added) == ("ACME", DAY_NS, 3)
    assert counted(made.found) == {"duplicate": 1, "order": 1}
    held = store.read(tmp_path / "s", "ACME", DAY_NS)
    assert held["close"].to_list() == [100.0, 102.0, 20.5]
    assert "dividend" not in held.columns


def test_splits_and_dividends_are_kept_with_their_factors(file: Path, tmp_path: Path) -> None:
    taken(file, tmp_path / "s")
    rows = store.actions(tmp_path / "s").select("dividend", "split", "split_factor", "dividend_factor").rows()
    assert rows == [(2.0, 0.0, 1.0, 0.98), (0.0, 5.0, 0.2, 1.0)]
    adjusted = store.adjusted(store.read(tmp_path / "s", "ACME", DAY_NS), store.actions(tmp_path / "s"), dividends=True)
    assert adjusted["close"].to_list() == pytest.approx([100 * 0.98 * 0.2, 102 * 0.2, 20.5])


def test_a_vendors_adjusted_prices_are_not_split_again(file: Path, tmp_path: Path) -> None:
    taken(file, tmp_path / "s", is_adjusted=True)
    assert store.actions(tmp_path / "s")["split_factor"].to_list() == [1.0, 1.0]


def test_a_repair_is_told_and_stored(file: Path, tmp_path: Path) -> None:
    made = taken(file, tmp_path / "s", is_adjusted=True, repairs=True)
    assert counted(made.repaired) == {"split_level": 2}
    held = store.read(tmp_path / "s", "ACME", DAY_NS)
    assert held["close"].to_list() == pytest.approx([20.0, 20.4, 20.5])
    assert held["volume"].to_list() == pytest.approx([500.0, 500.0, 500.0])


def test_zeros_are_left_where_they_are(tmp_path: Path) -> None:
    file = tmp_path / "A_1m.parquet"
    stamps = pl.Series([n * MINUTE_NS for n in range(1, 6)]).cast(pl.Datetime("ns", "UTC"))
    close = [10.0, 0.0, 10.1, 1_010.0, 10.2]
    pl.DataFrame({"ts": stamps, **dict.fromkeys(("open", "high", "low", "close"), close)}).write_parquet(file)
    made = taken(file, tmp_path / "s", repairs=True)
    assert counted(made.found) == {"hundredfold": 2, "not_above_zero": 1}
    held = store.read(tmp_path / "s", "A", MINUTE_NS)
    assert held["close"].to_list() == pytest.approx([10.0, 0.0, 10.1, 10.1, 10.2])
    assert held["volume"].to_list() == [0.0] * 5


def test_a_file_without_bars_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pl.DataFrame({"x": [1]}).write_parquet(file)
    with pytest.raises(ValueError, match=r"a\.parquet: no bars in it"):
        list(intake.parts(file, intake.Terms()))
