"""Which files are read, which are ignored and named, and how several join."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from openbell.core.types import MINUTE_NS
from openbell.edges.feeds.parquet import Config, load
from openbell.edges.feeds.recorded import files
from openbell.edges.feeds.table import BarTable, Request

START = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)


def write(path: Path, first: int, count: int, step: int = 1, **more: Any) -> None:
    stamps = [START + timedelta(minutes=first + i * step) for i in range(count)]
    px = [100.0 + i for i in range(count)]
    pl.DataFrame({"ts": stamps, "open": px, "high": px, "low": px, "close": px, "volume": px} | more).write_parquet(
        path
    )


def get(path: Path, *symbols: str, **options: Any) -> list[BarTable]:
    return load(Config(path=path, **options), Request(symbols=symbols, sessions=lambda *_: []))


def test_tables_follow_the_configuration_and_longer_intervals_come_first(tmp_path: Path) -> None:
    write(tmp_path / "A_1m.parquet", 0, 5)
    write(tmp_path / "A_5m.parquet", 0, 5, 5)
    write(tmp_path / "B.parquet", 0, 5)
    found = [(table.symbol, table.interval_ns // MINUTE_NS) for table in get(tmp_path, "B", "A")]
    assert found == [("B", 1), ("A", 5), ("A", 1)]


def test_what_is_not_configured_is_ignored_and_named(tmp_path: Path) -> None:
    write(tmp_path / "A.parquet", 0, 2)
    write(tmp_path / "many.parquet", 0, 4, symbol=["C", "B", "C", "B"])
    write(tmp_path / "C_old.parquet", 0, 2)
    pl.DataFrame({"ts": [START], "bid": [1.0], "ask": [2.0]}).write_parquet(tmp_path / "A_quotes.parquet")
    (tmp_path / "README.md").write_text("no data")
    (table,) = get(tmp_path, "A")
    assert table.notes == [
        "ignored, not configured: B (many.parquet), C (C_old.parquet, many.parquet)",
        "ignored, no bars (open, high, low, close with ts or date): A_quotes.parquet",
    ]


def test_files_that_follow_each_other_join(tmp_path: Path) -> None:
    write(tmp_path / "A_2.parquet", 10, 5)
    write(tmp_path / "A_1.parquet", 0, 10)
    (table,) = get(tmp_path, "A")
    assert len(table) == 15
    assert (table.ts[1:] - table.ts[:-1] == MINUTE_NS).all()
    assert table.source == "A_1.parquet, A_2.parquet"


def test_overlapping_files_are_refused_with_the_way_out(tmp_path: Path) -> None:
    write(tmp_path / "A_one.parquet", 0, 10)
    write(tmp_path / "A_two.parquet", 9, 5)
    with pytest.raises(ValueError, match=r"A: A_one.parquet and A_two.parquet overlap .* choose one with source:"):
        get(tmp_path, "A")


def test_source_chooses_only_where_files_overlap(tmp_path: Path) -> None:
    write(tmp_path / "A_one.parquet", 0, 10)
    write(tmp_path / "A_two.parquet", 5, 6)
    write(tmp_path / "B_one.parquet", 0, 3)
    table, other = get(tmp_path, "A", "B", source="two")
    assert (len(table), len(other)) == (6, 3)
    assert table.notes == ["A: left out by source: two: A_one.parquet"]
    with pytest.raises(ValueError, match="source: three fits none of the files A_one"):
        get(tmp_path, "A", source="three")
    with pytest.raises(ValueError, match="overlap in time"):
        get(tmp_path, "A", source="A_")


def test_sides_survive_a_join_only_if_every_file_has_them(tmp_path: Path) -> None:
    def columns(px: list[float]) -> dict[str, Any]:
        return {f"{side}_{name}": px for side in ("bid", "ask") for name in ("open", "high", "low", "close")}

    write(tmp_path / "A_1.parquet", 0, 2, **columns([1.0, 2.0]))
    write(tmp_path / "A_2.parquet", 5, 2, **columns([3.0, 4.0]))
    (table,) = get(tmp_path, "A")
    assert table.bid is not None
    assert table.bid[3].tolist() == [1.0, 2.0, 3.0, 4.0]
    write(tmp_path / "A_3.parquet", 9, 2)
    (table,) = get(tmp_path, "A")
    assert (table.bid, table.ask) == (None, None)
    assert table.notes == ["A: bid and ask dropped, because not every file has them"]


def test_a_symbol_without_bars_is_an_error_that_names_what_is_there(tmp_path: Path) -> None:
    write(tmp_path / "A.parquet", 0, 2)
    with pytest.raises(ValueError, match="no bars of X, Y; the files hold bars of: A"):
        get(tmp_path, "A", "X", "Y")


def test_bounds_cut_what_is_delivered(tmp_path: Path) -> None:
    write(tmp_path / "A.parquet", 0, 10)
    (whole,) = get(tmp_path, "A")
    request = Request(symbols=("A",), sessions=lambda *_: [], start_ns=int(whole.ts[2]), end_ns=int(whole.ts[5]))
    (part,) = load(Config(path=tmp_path / "A.parquet"), request)
    assert part.ts.tolist() == whole.ts[3:6].tolist()


def test_a_path_is_a_file_or_a_directory_of_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(ValueError, match="no such file or directory"):
        files(tmp_path / "none", ".parquet")
    with pytest.raises(ValueError, match="it has the directories sub"):
        files(tmp_path, ".parquet")
    with pytest.raises(ValueError, match=r"no \.parquet file in this directory$"):
        files(tmp_path / "sub", ".parquet")
    write(tmp_path / "sub" / "B.parquet", 0, 2)
    write(tmp_path / "sub" / "A.parquet", 0, 2)
    assert [path.name for path in files(tmp_path / "sub", ".parquet")] == ["A.parquet", "B.parquet"]
    assert files(tmp_path / "sub" / "A.parquet", ".csv") == [tmp_path / "sub" / "A.parquet"]


def test_empty_files_give_an_empty_table_where_the_interval_is_stated(tmp_path: Path) -> None:
    write(tmp_path / "A.parquet", 0, 1)
    pl.read_parquet(tmp_path / "A.parquet").clear().write_parquet(tmp_path / "A.parquet")
    with pytest.raises(ValueError, match="too few rows"):
        get(tmp_path, "A")
    (table,) = get(tmp_path, "A", interval="1m")
    assert len(table) == 0


def test_no_symbols_give_no_tables(tmp_path: Path) -> None:
    write(tmp_path / "A.parquet", 0, 2)
    assert get(tmp_path) == []
