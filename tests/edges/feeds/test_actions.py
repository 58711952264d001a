"""Splits, dividends, spin-offs, other names and ends, as a folder of recorded bars tells them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from openbell.core.events import CorporateAction
from openbell.core.types import NS
from openbell.edges.feeds import actions, store


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS


def written(folder: Path, *rows: str, head: str = "date,symbol,kind,numerator,denominator,amount,into") -> Path:
    (folder / actions.FILE).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def remember(folder: Path, symbol: str, date: str, dividend: float, split: float, factor: float) -> None:
    frame = pl.DataFrame(
        {
            "symbol": [symbol], "ts": pl.Series([day(date)], dtype=pl.Int64).cast(pl.Datetime("ns", "UTC")),
            "dividend": [dividend], "split": [split], "split_factor": [factor], "dividend_factor": [1.0],
        }
    )  # fmt: skip
    store.remember(folder, frame)


def test_F66_F67_a_store_tells_its_splits_and_dividends_by_time(tmp_path: Path) -> None:
    remember(tmp_path, "AAA", "2024-06-10", 0.0, 1.5, 1 / 1.5)
    remember(tmp_path, "BBB", "2024-05-01", 0.25, 0.0, 1.0)
    assert actions.read(tmp_path) == [
        CorporateAction(ts=day("2024-05-01"), instrument="BBB", kind="dividend", id="BBB/dividend/2024-05-01",
                        amount=Decimal("0.25")),
        CorporateAction(ts=day("2024-06-10"), instrument="AAA", kind="split", id="AAA/split/2024-06-10", numerator=3,
                        denominator=2),
    ]  # fmt: skip


def test_F66_a_split_that_the_prices_know_already_does_not_happen_again(tmp_path: Path) -> None:
    remember(tmp_path, "AAA", "2024-06-10", 0.0, 10.0, 1.0)
    assert actions.read(tmp_path) == []


def test_F67_whatever_else_is_known_stands_in_a_file_beside_the_bars(tmp_path: Path) -> None:
    written(
        tmp_path,
        "2024-07-08,WRK,rename,,,,SW",
        "2024-04-02,GE,spinoff,1,4,0.19,GEV",
        "2024-03-25,FLT,delisting,,,,",
        "2024-06-10T13:30:00+00:00,NVDA,split,10,1,,",
    )
    assert actions.read(tmp_path) == [
        CorporateAction(ts=day("2024-03-25"), instrument="FLT", kind="delisting", id="FLT/delisting/2024-03-25"),
        CorporateAction(ts=day("2024-04-02"), instrument="GE", kind="spinoff", id="GE/spinoff/2024-04-02", denominator=4,
                        amount=Decimal("0.19"), into="GEV"),
        CorporateAction(ts=day("2024-06-10T13:30"), instrument="NVDA", kind="split", id="NVDA/split/2024-06-10",
                        numerator=10),
        CorporateAction(ts=day("2024-07-08"), instrument="WRK", kind="rename", id="WRK/rename/2024-07-08", into="SW"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2024-07-08,WRK,renamed,,,,SW", "kind 'renamed' of symbol 'WRK'; write a symbol and one of split"),
        ("2024-07-08,,split,2,1,,", "kind 'split' of symbol ''"),
        ("2024-07-08,WRK,rename,,,,", "a rename needs the other symbol under `into`"),
        ("8 July,WRK,split,2,1,,", "write dates as 2024-06-10"),
        ("2024-07-08,WRK,split,2.5,1,,", "write dates as 2024-06-10 and plain numbers"),
        ("2024-07-08,WRK,dividend,,,much,", "plain numbers"),
        ("2024-07-08,WRK,split,0,1,,", "ratios are whole numbers from 1 on"),
        ("2024-07-08,WRK,dividend,,,-1,", "ratios are whole numbers"),
        ("2024-07-08,GE,spinoff,1,4,1.2,GEV", "its share between 0 and 1"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line_and_what_to_write(tmp_path: Path, row: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"actions\.csv:3: ") as caught:
        actions.read(written(tmp_path, "2024-01-02,AAA,split,2,1,,", row))
    assert why in str(caught.value)


def test_a_single_file_and_no_file_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "bars.csv").touch()
    assert actions.read(tmp_path / "bars.csv") == actions.read(None) == actions.read(tmp_path) == []


def test_what_happens_is_part_of_a_sources_digest() -> None:
    one, two = (CorporateAction(ts=n, instrument="AAA", kind="delisting", id=str(n)) for n in (1, 2))
    assert actions.fingerprint("aa", []) == "aa"
    assert (
        len({actions.fingerprint("aa", [one]), actions.fingerprint("aa", [two]), actions.fingerprint("ab", [one])}) == 3
    )
