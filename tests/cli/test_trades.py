"""`openbell trades export`: what other programs read."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from openbell.cli.trades import PLAIN
from openbell.core.events import Fill
from openbell.run.records import entries
from openbell.run.state import journal
from tests.cli.process import Said

Caller = Callable[..., Said]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_fill_of_the_journal_is_a_row_with_its_ids(call: Caller, finished: Path) -> None:
    found = rows(call("trades", "export", finished, "--fills").out)
    recorded = [entry.event for entry in entries(journal(finished)) if isinstance(entry.event, Fill)]
    assert len(found) == len(recorded) > 10
    for row, fill in zip(found, recorded, strict=True):
        assert (row["oid"], row["exec_id"], row["venue_order"]) == (fill.oid, fill.exec_id, fill.venue_order)
        assert (row["instrument"], row["side"]) == (fill.instrument, str(fill.side))
        assert (Decimal(row["qty"]), Decimal(row["px"]), Decimal(row["fee"])) == (fill.qty, fill.px, fill.fee)
        assert Decimal(row["value"]) == fill.qty * fill.px


def test_trades_add_up_to_what_the_report_says(call: Caller, finished: Path, tmp_path: Path) -> None:
    found = rows(call("trades", "export", finished).out)
    told = call("report", finished, "--out", tmp_path / "r.html", "--json").data["performance"]["trades"]["USD"]
    assert len(found) == told["trades"]
    assert sum(Decimal(row["profit"]) for row in found) == Decimal(told["profit"])
    assert all(row["exit_time"] >= row["entry_time"] and row["exit_time"].endswith("Z") for row in found)


def test_json_and_csv_hold_the_same_and_a_file_is_whole(call: Caller, finished: Path, tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    said = call("trades", "export", finished, "--out", file, "--json").data
    held = json.loads(file.read_text(encoding="utf-8"))
    texts = rows(call("trades", "export", finished).out)
    assert [{name: str(one[name]) for name in one if name not in PLAIN} for one in held] == [
        {name: one[name] for name in one if name not in PLAIN} for one in texts
    ]
    assert all(one[name] == float(text[name]) for one, text in zip(held, texts, strict=True) for name in PLAIN[1:])
    assert {type(one["profit"]) for one in held} == {str}, "money is exact text"
    fills = json.loads(call("trades", "export", finished, "--fills", "--format", "json").out)
    assert {one["is_exit"] for one in fills} == {True, False}
    assert (said["rows"], said["columns"]) == (len(held), list(held[0]))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["t.json"]


def test_what_cannot_be_written_is_told(call: Caller, finished: Path) -> None:
    said = call("trades", "export", finished, "--format", "xls")
    assert said.code == 2 and "known: csv, json" in said.err
    assert "add --out FILE" in call("trades", "export", finished, "--json").err
