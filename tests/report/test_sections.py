"""Tiles and tables say what the book says."""

from collections import deque
from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.spec import ExitSpec
from openbell.core.types import NS
from openbell.report import sections
from openbell.report.metrics import summary
from tests.report.desk import Desk, make_spec


def worked() -> Desk:
    desk = Desk(make_spec(("AAA", "BBB")))
    desk.trade(100, "100", "1")
    desk.trade(-100, "90", "1")
    desk.trade(100, "100", "1")
    desk.trade(-100, "120.5", "1")
    desk.trade(-10, "50", "1", "BBB")
    desk.bar(49.0, "BBB")
    return desk


def test_tiles_state_figure_and_convention() -> None:
    desk = worked()
    tiles = {tile.name: tile for tile in sections.tiles(desk.book, desk.recorder, summary(desk.book, {}))}
    assert tiles["Equity at the end"][1:] == ("$101,055.00", "+$1,055.00 (+1.06%) since the start", "gain")
    assert tiles["Largest drawdown"][1:3] == ("1.00%", "$1,003.00 from a peak to its low")
    assert tiles["Closed trades"][1:] == ("+$1,046.00", "realised less fees", "gain")
    assert tiles["Won"][1:3] == ("50.0%", "1 of 2 trades, after fees")
    assert tiles["Profit factor"].figure == "2.04"
    assert tiles["Fees paid"].figure == "$5.00"
    assert tiles["Unrealised"].figure == "+$10.00"
    assert tiles["Orders"][1:3] == ("5", "5 fills, 0 rejected")
    assert tiles["Bars"][1:3] == ("1", "0 records quarantined")


def test_deposits_are_no_profit() -> None:
    desk = Desk(make_spec())
    desk.take(ev.CashFlow(ts=desk.ts, account="main", currency="USD", amount=Decimal(500), kind="deposit", id="d"))
    tile = sections.tiles(desk.book, desk.recorder, {})[0]
    assert tile[1:] == ("$100,500.00", "$0.00 (0.00%) since the start, deposits apart", "")


def test_totals_and_what_is_left_out_are_told() -> None:
    desk = worked()
    (line,) = sections.trade_totals(desk.recorder.totals)
    assert line == ("Total USD, 2 trades", "1 won, 1 not", "+$1,046.00", "$4.00")
    assert sections.trades_note(desk.recorder) == sections.marks_note(desk.recorder) == ""
    desk.recorder.fills = deque(list(desk.recorder.fills)[-2:], maxlen=2)
    assert "3 earlier ones are not" in sections.marks_note(desk.recorder)
    desk.recorder.ledger.trades.clear()
    assert "2 earlier ones are in the totals" in sections.trades_note(desk.recorder)


def test_positions_have_totals() -> None:
    table = sections.positions(worked().book)
    assert table.rows == [
        ("BBB", "cross", "▼ short", "10", "$50.00", "$49.00", "$490.00", "+$10.00", "+2.00%"),
    ]
    assert table.footer == [("Total USD", "", "", "", "", "", "$490.00", "+$10.00", "")]
    assert [c.name for c in table.columns if not c.is_number] == ["Instrument", "Deployment", "Side"]


def test_accounts_and_deployments_tell_their_result() -> None:
    book = worked().book
    assert sections.accounts(book).rows == [
        ("main", "sim", "USD", "$100,000.00", "$0.00", "+$1,055.00", "$0.00", "$101,055.00", "1.00%"),
    ]
    (row,) = sections.deployments(book).rows
    assert row == (
        "cross", "ema_cross", "main", "AAA, BBB", "1m", "50.00% of equity", "stop 2.00%, target 5.00%", "$100,000.00",
        "+$1,055.00",
    )  # fmt: skip


@pytest.mark.parametrize(("ns", "text"), [(60, "1m"), (14_400, "4h"), (86_400, "1d"), (90, "90s"), (0, "0s")])
def test_lengths_of_time_in_words(ns: int, text: str) -> None:
    assert sections.span(ns * NS) == text


def test_exits_in_words() -> None:
    assert sections.exits(ExitSpec()) == "none"
    every = ExitSpec(stop_atr=Decimal("1.5"), trail_frac=Decimal("0.01"), trail_amount=Decimal(2), trail_atr=Decimal(3))
    assert sections.exits(every) == "stop 1.5 ATR, trail 1.00%, trail 2, trail 3 ATR"


def test_closed_gates_are_named() -> None:
    desk = Desk(make_spec())
    assert sections.latches(desk.book) == []
    desk.take(
        ev.Timer(ts=desk.ts, deployment="", name="x"), (fx.Latch(kind="kill", scope="all", is_on=True, reason="fire"),)
    )
    assert sections.latches(desk.book) == ["kill over all since 2024-01-02T14:30:00Z: fire"]
