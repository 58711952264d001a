"""Figures agree with the book, add up, and are printed as the documents show them."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import events as ev
from openbell.core.account import open_account
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.report import metrics
from tests.report.desk import Desk, make_spec

SESSION = """\
============================================================
SESSION METRICS
============================================================
Runtime: 0:15:32
Total Decisions: 17
Total Executions: 8
  BUY: 5
  SELL: 3
  HOLD: 5
Rejected: 2
Skipped: 1
Errors: 1
Daily Trades: 8/20
============================================================"""

TRADES = """\
Executed Trades:
  14:31:00 | BUY  10 AAPL  @ $273.20 = $2,732.00
  14:32:00 | BUY   5 NVDA  @ $186.69 = $933.45
  14:33:00 | SELL  3 MSFT  @ $425.00 = $1,275.00"""

STATUS = """\
==============================================================
LIVE TRADING ENGINE STATUS
==============================================================
Running: True
Market Hours: True
Paper Trading: True

Statistics:
  Signals Generated: 5
  Orders Placed: 5
  Positions Opened: 4
  Positions Closed: 1

Capital:
  Initial: $100,000.00
  Current: $101,240.00
  P&L: $1,240.00
=============================================================="""

POSITIONS = """\
=== OPEN POSITIONS ===
Symbol     Side   Qty      Entry      Current    P&L $        P&L %
--------------------------------------------------------------------------------
AAPL       LONG   100      $150.25    $152.30    +$205.00     +1.36%
GOOGL      LONG   50       $135.80    $134.50    -$65.00      -0.96%
MSFT       LONG   75       $285.00    $287.50    +$187.50     +0.88%
--------------------------------------------------------------------------------

Total Positions: 3
Winning: 2 | Losing: 1
Total Unrealized P&L: $327.50
Total Realized P&L: $912.50
Total P&L: $1,240.00
Total Exposure: $43,517.50
=============================================================="""


def three_positions() -> Desk:
    desk = Desk(make_spec(("AAPL", "GOOGL", "MSFT", "NVDA")))
    desk.take(
        ev.Schedule(ts=desk.ts, calendar="24x7", date="2024-01-02", open=desk.ts, close=desk.ts + NS, is_open=True)
    )
    desk.trade(100, "150.25", symbol="AAPL")
    desk.trade(50, "135.80", symbol="GOOGL")
    desk.trade(75, "285", symbol="MSFT")
    desk.trade(50, "100", symbol="NVDA")
    desk.trade(-50, "118.25", symbol="NVDA", reason=Code.CROSS_DOWN)
    for symbol, close in (("AAPL", 152.3), ("GOOGL", 134.5), ("MSFT", 287.5)):
        desk.bar(close, symbol)
    return desk


def test_session_metrics_are_printed_as_documented_and_add_up() -> None:
    desk = Desk(make_spec())
    desk.decide(Code.CROSS_UP, 4)
    desk.decide(Code.SIGNAL_LONG)
    desk.decide(Code.CROSS_DOWN, 3)
    desk.decide(Code.NO_SIGNAL, 4)
    desk.decide(Code.WARMING_UP)
    desk.decide(Code.MAX_POSITIONS)
    desk.decide(Code.BELOW_MINIMUM)
    desk.decide(Code.OUT_OF_SESSION)
    desk.decide(Code.STRATEGY_ERROR)
    desk.book.truth.accounts["main"].entries = 8
    assert metrics.text_session_metrics(desk.book, 932.7, 20) == SESSION


def test_signals_without_a_side_have_a_line_of_their_own() -> None:
    desk = Desk(make_spec())
    desk.decide(Code.REBALANCE, 2)
    text = metrics.text_session_metrics(desk.book, 90_061.0)
    assert "Runtime: 25:01:01\n" in text
    assert "  OTHER: 2\n" in text
    assert "Daily Trades: 0/no limit\n" in text


@given(st.dictionaries(st.sampled_from([int(code) for code in Code] + [16, 999]), st.integers(0, 100)))
def test_every_decision_counts_exactly_once(counted: dict[int, int]) -> None:
    desk = Desk(make_spec())
    desk.book.truth.counts.decisions = counted
    m = metrics.session_metrics(desk.book)
    assert m.decisions == sum(counted.values())
    assert m.decisions == m.executed + m.hold + m.rejected + m.skipped + m.errors
    assert m.executed == m.buy + m.sell + m.other


def test_fills_are_printed_as_documented() -> None:
    desk = Desk(make_spec(("AAPL", "NVDA", "MSFT")))
    assert metrics.text_trades(desk.recorder) == "Executed Trades:\n  none yet"
    desk.bar(273.0, "AAPL")
    desk.trade(10, "273.2", symbol="AAPL")
    desk.bar(186.0, "NVDA")
    desk.trade(5, "186.69", symbol="NVDA")
    desk.bar(425.0, "MSFT")
    desk.trade(-3, "425", symbol="MSFT")
    assert metrics.text_trades(desk.recorder) == TRADES


def test_long_lists_of_fills_are_cut_and_dated() -> None:
    desk = Desk(make_spec())
    desk.trade(1000, "1")
    desk.trade(1, "2.5")
    desk.ts += 86_400 * NS
    desk.trade(1, "3")
    assert metrics.text_trades(desk.recorder, 2).splitlines() == [
        "Executed Trades:",
        "  … 1 earlier ones",
        "  2024-01-02 14:30:00 | BUY   1 AAA   @ $2.50 = $2.50",
        "  2024-01-03 14:30:00 | BUY   1 AAA   @ $3.00 = $3.00",
    ]


def test_status_is_printed_as_documented() -> None:
    desk = three_positions()
    assert metrics.text_status(desk.book) == STATUS
    assert "Running: False" in metrics.text_status(desk.book, is_running=False)


def test_status_leaves_deposits_out_and_names_each_of_several_accounts() -> None:
    desk = Desk(make_spec())
    desk.take(ev.CashFlow(ts=desk.ts, account="main", currency="USD", amount=Decimal(500), kind="deposit", id="d"))
    desk.book.truth.accounts["won"] = open_account("won", "KRW", {"KRW": Decimal(1000)})
    text = metrics.text_status(desk.book)
    assert "Capital of main:\n  Initial: $100,000.00\n  Deposits: $500.00\n  Current: $100,500.00\n  P&L: $0.00" in text
    assert "Capital of won:\n  Initial: ₩1,000\n" in text


def test_positions_are_printed_as_documented_and_agree_with_the_capital() -> None:
    assert metrics.text_positions(three_positions().book) == POSITIONS


def test_no_position_is_said_in_words() -> None:
    text = metrics.text_positions(Desk(make_spec()).book)
    assert "No open positions" in text
    assert "Total P&L: $0.00\nTotal Exposure: $0.00" in text


def test_exposure_adds_up_longs_and_shorts() -> None:
    desk = Desk(make_spec(("AAA", "BBB"), quote="EUR"))
    desk.trade(10, "100", symbol="AAA")
    desk.trade(-10, "50", symbol="BBB")
    text = metrics.text_positions(desk.book)
    assert "BBB        SHORT  10       €50.00     €50.00     €0.00        0.00%" in text
    assert "Total Exposure: €1,500.00" in text


@given(st.lists(st.tuples(st.integers(-30, 30).filter(bool), st.integers(1, 99_999)), min_size=1, max_size=6))
def test_the_footer_adds_up_the_rows_and_agrees_with_the_capital(trades: list[tuple[int, int]]) -> None:
    symbols = tuple(f"S{n}" for n in range(len(trades)))
    desk = Desk(make_spec(symbols))
    for symbol, (qty, px) in zip(symbols, trades, strict=True):
        desk.trade(qty, str(Decimal(px) / 1000 + 100), "0.0033", symbol)
        desk.bar(100.0, symbol)
    text = metrics.text_positions(desk.book)
    assert "-$0.00" not in text
    rows = text.split("-" * 80)[1].strip().splitlines()
    results = [Decimal(row.split()[5].replace("$", "").replace(",", "")) for row in rows]
    shown = sum(results, Decimal(0))

    def footer(name: str) -> Decimal:
        line = next(line for line in text.splitlines() if line.startswith(f"Total {name}:"))
        return Decimal(line.split(": ")[1].replace("$", "").replace(",", ""))

    wins, losses = sum(one > 0 for one in results), sum(one < 0 for one in results)
    assert f"Total Positions: {len(trades)}\nWinning: {wins} | Losing: {losses}\n" in text
    # At the latest prices, not at what was paid.
    assert footer("Exposure") == sum(abs(qty) * 100 for qty, _ in trades)
    assert footer("Unrealized P&L") == shown
    assert footer("P&L") == shown + footer("Realized P&L")
    capital = metrics.text_status(desk.book).split("  P&L: ")[1].split("\n")[0]
    assert Decimal(capital.replace("$", "").replace(",", "")) == footer("P&L")


def test_the_summary_is_plain_and_agrees_with_the_book() -> None:
    desk = three_positions()
    desk.take(ev.BadData(ts=desk.ts, instrument="AAPL", code=Code.BAD_NAN, value="nan"))
    desk.decide(Code.MAX_POSITIONS, 2)
    found = metrics.summary(desk.book, {"journal_head": "ab", "rules": ["one"]})
    truth = desk.book.truth
    assert json.loads(json.dumps(found)) == found
    expected = {
        "mode": "sim",
        "bars": 3,
        "events": truth.counts.events,
        "orders": 5,
        "fills": 5,
        "trades": 1,
        "wins": 1,
        "losses": 0,
        "win_rate": "1",
        "currency": "USD",
        "equity_start": "100000",
        "equity_end": "101240",
        "net_flows": "0",
        "realised": "912.5",
        "unrealised": "327.5",
        "fees": "0",
        "rejected_by_reason": {"max_positions": 2},
        "quarantined_by_reason": {"bad_nan": 1},
        "decisions_by_reason": {"cross_up": 4, "cross_down": 1, "max_positions": 2},
        "orders_hash": truth.orders_hash.hex(),
        "is_synthetic": False,
        "first_ts": "2024-01-02T14:30:00Z",
        "last_ts": "2024-01-02T14:33:00Z",
        "journal_head": "ab",
        "recovered_seq": None,
        "rules": ["one"],
    }
    assert {key: found[key] for key in expected} == expected
    assert found["max_drawdown"] == "0.00064282"
    assert found["accounts"]["main"]["equity_end"] == "101240"


def test_a_summary_of_nothing_has_no_rate_and_no_time() -> None:
    found = metrics.summary(Desk(make_spec()).book, {})
    assert (found["win_rate"], found["first_ts"], found["max_drawdown"]) == (None, None, "0")


def test_accounts_are_summed_in_one_currency_only() -> None:
    desk = Desk(make_spec())
    desk.book.truth.accounts["second"] = open_account("second", "USD", {"USD": Decimal(50)})
    assert metrics.summary(desk.book, {})["equity_end"] == "100050"
    desk.book.truth.accounts["won"] = open_account("won", "KRW", {"KRW": Decimal(1000)})
    mixed = metrics.summary(desk.book, {})
    assert mixed["equity_end"] is mixed["currency"] is mixed["fees"] is None
    assert set(mixed["results"]) == {"USD", "KRW"}


def test_what_the_caller_knows_wins() -> None:
    assert metrics.summary(Desk(make_spec()).book, {"mode": "backtest"})["mode"] == "backtest"


@pytest.mark.parametrize("fee", ["0", "1.23456789"])
def test_fees_are_those_of_the_accounts(fee: str) -> None:
    desk = Desk(make_spec())
    desk.trade(1, "10", fee)
    assert metrics.summary(desk.book, {})["fees"] == fee
