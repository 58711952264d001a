"""Round trips agree with the position they are told from."""

from decimal import Decimal

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.report.trades import MAX_TRADES, Ledger, Step
from tests.report.desk import Desk, make_spec


def test_a_trade_runs_from_flat_to_flat() -> None:
    desk = Desk(make_spec())
    desk.trade(10, "100", "1")
    opened = desk.ts
    desk.bar(101.0)
    desk.trade(10, "103", "1")
    desk.bar(104.0)
    desk.trade(-5, "110", "0.5", reason=Code.SIGNAL_FLAT)
    assert not desk.recorder.trades
    desk.trade(-15, "90", "1.5", reason=Code.STOP_LOSS)
    (trade,) = desk.recorder.trades
    assert (trade.side, trade.qty, trade.bars) == ("long", Decimal(20), 2)
    assert (trade.entry_px, trade.exit_px) == (Decimal("101.5"), Decimal(95))
    assert (trade.entry_ts, trade.exit_ts) == (opened, desk.ts)
    assert (trade.profit, trade.fees) == (Decimal(-134), Decimal(4))
    assert (trade.entry_reason, trade.exit_reason) == ("S010 cross_up", "S040 stop_loss")


def test_crossing_zero_ends_one_trade_and_begins_the_next() -> None:
    desk = Desk(make_spec())
    desk.trade(10, "100", "1")
    desk.trade(-15, "110", "3", reason=Code.CROSS_DOWN)
    desk.trade(5, "100", "1")
    long, short = desk.recorder.trades
    assert (long.side, long.qty, long.exit_px, long.fees, long.profit) == (
        "long",
        Decimal(10),
        Decimal(110),
        Decimal(3),
        Decimal(97),
    )
    assert (short.side, short.qty, short.entry_px, short.fees, short.profit) == (
        "short",
        Decimal(5),
        Decimal(110),
        Decimal(2),
        Decimal(48),
    )
    totals = desk.recorder.totals["USD"]
    assert (totals.count, totals.wins, totals.profit, totals.fees) == (2, 2, Decimal(145), Decimal(5))
    assert desk.net() == totals.profit


def test_a_split_moves_the_averages_along() -> None:
    desk = Desk(make_spec())
    desk.trade(10, "100")
    desk.bar(100.0)
    for _ in range(2):
        desk.take(ev.CorporateAction(ts=desk.ts, instrument="AAA", kind="split", id="s1", numerator=2))
    desk.trade(-20, "51")
    (trade,) = desk.recorder.trades
    assert (trade.qty, trade.entry_px, trade.exit_px, trade.profit) == (
        Decimal(20),
        Decimal(50),
        Decimal(51),
        Decimal(20),
    )


def test_an_adjustment_opens_and_closes_trades_too() -> None:
    desk = Desk(make_spec())
    desk.bar(100.0)
    grown = fx.Adjust(account="main", cause="found", id="a1", deployment="cross", instrument="AAA",
                      qty=Decimal(10), cost=Decimal(1000))  # fmt: skip
    desk.take(ev.Command(ts=desk.ts, id="c1", kind="adopt", actor="op"), [grown])
    desk.trade(-10, "105")
    (trade,) = desk.recorder.trades
    assert (trade.qty, trade.entry_px, trade.profit, trade.entry_reason) == (
        Decimal(10),
        Decimal(100),
        Decimal(50),
        "adjustment",
    )


def test_a_correction_after_the_end_is_a_line_of_its_own() -> None:
    desk = Desk(make_spec())
    desk.trade(10, "100")
    wrong = desk.trade(-10, "110")
    right = desk.fill_event(wrong.oid, "111", exec_id="corrected")
    desk.take(ev.Fill(ts=right.ts, account="main", instrument="AAA", oid=wrong.oid, venue_order=wrong.venue_order,
                      exec_id="corrected", side=wrong.side, qty=wrong.qty, px=Decimal(111), fee=Decimal(0), fee_currency="USD",
                      time=desk.ts, supersedes=wrong.exec_id))  # fmt: skip
    assert [(t.side, t.profit) for t in desk.recorder.trades] == [("long", Decimal(100)), ("correction", Decimal(10))]
    totals = desk.recorder.totals["USD"]
    assert (totals.count, totals.profit) == (1, Decimal(110))
    assert desk.net() == Decimal(110)


def test_what_was_earned_before_belongs_to_no_trade() -> None:
    desk = Desk(make_spec())
    desk.trade(10, "100")
    desk.trade(-4, "110")
    ledger = Ledger()
    position = desk.book.position("cross", "AAA")
    ledger.adopt(position, desk.spec.instruments["AAA"], 0)
    assert ledger.count == 0
    assert ledger.trades.maxlen == MAX_TRADES
    desk.recorder.ledger = ledger
    desk.trade(-6, "120")
    (trade,) = ledger.trades
    assert (trade.qty, trade.entry_px, trade.profit) == (Decimal(6), Decimal(100), Decimal(120))


def test_what_changes_no_result_adds_no_line() -> None:
    desk = Desk(make_spec())
    position, instrument = desk.book.position("cross", "AAA"), desk.spec.instruments["AAA"]
    ledger = Ledger()
    ledger.rescale(position, 2, 1)
    ledger.take(
        Step(position=position, instrument=instrument, qty=Decimal(0), px=Decimal(0), time=0, reason="", bars=0)
    )
    assert (len(ledger.trades), ledger.totals) == (0, {})
