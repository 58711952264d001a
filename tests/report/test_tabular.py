"""Rows for other programs: stable columns, exact texts, nothing left out."""

from decimal import Decimal

from openbell.report import tabular
from openbell.report.recorder import MAX_FILLS, Recorder
from openbell.report.trades import MAX_TRADES, Ledger
from tests.report.desk import make_spec
from tests.report.test_sections import worked


def test_columns_stay_where_they_are() -> None:
    # Programs of others read these by place: columns are only added at the end.
    assert tabular.FILLS[:8] == ("time", "account", "deployment", "instrument", "side", "qty", "px", "value")
    assert tabular.FILLS[8:] == (
        "currency", "fee", "fee_currency", "reason", "is_exit", "oid", "venue_order", "exec_id",
    )  # fmt: skip
    assert tabular.TRADES[:8] == (
        "deployment", "instrument", "side", "qty", "entry_time", "entry_px", "exit_time", "exit_px",
    )  # fmt: skip
    assert tabular.TRADES[8:] == (
        "profit", "fees", "currency", "duration_s", "bars", "mae", "mfe", "entry_reason", "exit_reason",
    )  # fmt: skip


def test_a_known_list_of_trades() -> None:
    recorder = worked().recorder
    found = [dict(zip(tabular.TRADES, row, strict=True)) for row in tabular.trades(recorder)]
    assert [(row["side"], row["qty"], row["entry_px"], row["exit_px"], row["profit"]) for row in found] == [
        ("long", "100", "100", "90", "-1002"),
        ("long", "100", "100", "120.5", "2048"),
    ]
    # The first lost a tenth at its worst and never stood higher; the second never stood lower.
    assert [(row["mae"], row["mfe"]) for row in found] == [("0.100000", "0.000000"), ("0.000000", "0.205000")]
    fills = [dict(zip(tabular.FILLS, row, strict=True)) for row in tabular.fills(recorder)]
    assert len(fills) == 5
    assert all(Decimal(row["value"]) == Decimal(row["qty"]) * Decimal(row["px"]) for row in fills)
    assert fills[-1]["instrument"] == "BBB" and fills[-1]["side"] == "sell" and fills[-1]["oid"]


def test_an_export_keeps_what_a_report_may_forget() -> None:
    assert Recorder(make_spec()).fills.maxlen == MAX_FILLS
    assert Ledger().trades.maxlen == MAX_TRADES
    every = Recorder(make_spec(), keeps_all=True)
    assert every.fills.maxlen is None and every.ledger.trades.maxlen is None
