"""A row for a spreadsheet."""

import csv
import io

import pytest

from openbell.edges.logs import table


def test_columns_stay_where_they_are() -> None:
    assert table.head() == (
        "time,kind,symbol,action,strength,price,strategy,quantity,value,fee,currency,reason,account,order_id,"
        "execution_id\n"
    )


def test_a_row_is_read_as_it_was_meant() -> None:
    text = table.line({"kind": "signal", "symbol": 'A,"B"', "strategy": "line\nbreak"})
    (row,) = csv.reader(io.StringIO(text))
    assert dict(zip(table.COLUMNS, row, strict=True)) == dict.fromkeys(table.COLUMNS, "") | {
        "kind": "signal", "symbol": 'A,"B"', "strategy": "line\nbreak",
    }  # fmt: skip


def test_a_strange_column_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        table.line({"colour": "red"})
