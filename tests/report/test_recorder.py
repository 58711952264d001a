"""The onlooker sees what the book sees, and its sums are the book's sums."""

from collections import deque
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import Side
from openbell.report.recorder import Recorder
from tests.report.desk import START, Desk, make_spec

orders = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]),
        st.sampled_from(["AAA", "BBB"]),
        st.integers(-50, 50).filter(bool),
        st.integers(9_000, 11_000),
        st.integers(0, 500),
        st.booleans(),
    ),
    max_size=30,
)


@given(orders)
def test_profits_of_trades_add_up_to_the_positions_results(steps: list[tuple[str, str, int, int, int, bool]]) -> None:
    desk = Desk(make_spec(("AAA", "BBB"), ("one", "two")))
    for deployment, symbol, qty, px, fee, again in steps:
        fill = desk.trade(qty, str(Decimal(px) / 100), str(Decimal(fee) / 100), symbol, deployment)
        if again:
            desk.take(fill)
    for position in list(desk.book.all_positions()):
        if position.qty:
            desk.trade(-int(position.qty), "100.01", "0.37", position.instrument, position.deployment)
    recorder = desk.recorder
    assert sum((t.profit for t in recorder.trades), Decimal(0)) == desk.net()
    assert sum((t.profit for t in recorder.totals.values()), Decimal(0)) == desk.net()
    assert recorder.ledger.count == desk.book.truth.counts.trades == len(recorder.trades)
    assert recorder.fills_seen == desk.book.truth.counts.fills
    assert all(t.qty > 0 and t.entry_px > 0 and t.exit_px > 0 for t in recorder.trades)
    account = desk.book.truth.accounts["main"]
    assert account.equity - account.equity_start == desk.net()


def test_equity_has_a_point_for_each_change_and_none_for_none() -> None:
    desk = Desk(make_spec())
    desk.bar(100.0)
    desk.trade(10, "100", "1")
    desk.bar(100.0)
    desk.bar(105.0)
    desk.bar(95.0)
    points = desk.recorder.equity("main")
    assert [(p.ts, p.equity) for p in points] == [
        (0, Decimal(100000)),
        (desk.ts - 3 * 60 * 10**9, Decimal(99999)),
        (desk.ts - 60 * 10**9, Decimal(100049)),
        (desk.ts, Decimal(99949)),
    ]
    assert desk.recorder.equity("other") == []


def test_fills_carry_the_reason_of_their_order() -> None:
    desk = Desk(make_spec())
    oid = desk.order(10)
    desk.take(desk.fill_event(oid, "100", "1"))
    leaving = desk.order(-10, reason=Code.TAKE_PROFIT, leaves=True)
    desk.take(desk.fill_event(leaving, "105", qty=4, exec_id="x1"))
    desk.take(desk.fill_event(leaving, "105", qty=4, exec_id="x1"))
    told = [(f.side, f.qty, f.px, f.value, f.reason, f.is_exit) for f in desk.recorder.fills]
    assert told == [
        ("buy", Decimal(10), Decimal(100), Decimal(1000), "S010 cross_up", False),
        ("sell", Decimal(4), Decimal(105), Decimal(420), "S041 take_profit", True),
    ]


def test_a_fill_that_is_not_ours_is_told_as_external() -> None:
    desk = Desk(make_spec())
    desk.take(ev.Fill(ts=START, account="main", instrument="AAA", oid="", venue_order="v", exec_id="e", side=Side.BUY,
                      qty=Decimal(3), px=Decimal(50), fee=Decimal(0), fee_currency="USD", time=START))  # fmt: skip
    (fill,) = desk.recorder.fills
    assert (fill.deployment, fill.reason) == ("external", "external")


def test_old_fills_are_dropped_and_counted() -> None:
    desk = Desk(make_spec())
    desk.recorder.fills = deque(maxlen=3)
    for _ in range(5):
        desk.trade(1, "100")
    assert len(desk.recorder.fills) == 3
    assert desk.recorder.dropped_fills == 2


def test_a_correction_stands_in_the_place_of_what_it_corrects_and_a_bust_in_none() -> None:
    desk = Desk(make_spec())
    first, second = desk.trade(10, "100", "1"), desk.trade(5, "102")
    fixed = replace(first, exec_id="fixed", supersedes=first.exec_id, px=Decimal(101))
    for word in (fixed, fixed, replace(second, exec_id="bust", supersedes=second.exec_id, is_bust=True)):
        desk.take(word)
    recorder = desk.recorder
    assert [(one.exec_id, one.qty, one.px) for one in recorder.fills] == [("fixed", 10, 101)]
    assert (recorder.fills_seen, desk.book.truth.counts.fills, recorder.dropped_fills) == (1, 1, 0)
    desk.trade(-10, "103", "1")
    assert [(t.qty, t.entry_px, t.profit) for t in recorder.trades] == [(Decimal(10), Decimal(101), desk.net())]
    assert recorder.gauge(desk.book.truth.accounts["main"]).traded == 10 * 101 + 10 * 103


def test_a_corrected_exit_ends_its_trade_at_the_price_that_stands() -> None:
    desk = Desk(make_spec())
    desk.trade(-10, "100")
    part = desk.trade(4, "90")
    desk.take(replace(part, exec_id="fixed", supersedes=part.exec_id, px=Decimal(95), qty=Decimal(5)))
    desk.trade(5, "85")
    (trade,) = desk.recorder.trades
    assert (trade.side, trade.qty, trade.entry_px, trade.exit_px) == ("short", 10, 100, 90)
    assert trade.profit == desk.net() == 100


def test_a_bust_of_all_that_is_held_ends_its_trade_with_nothing_earned() -> None:
    desk = Desk(make_spec())
    only = desk.trade(10, "100")
    desk.take(replace(only, exec_id="bust", supersedes=only.exec_id, is_bust=True))
    assert [t.profit for t in desk.recorder.trades] in ([], [0])
    assert (desk.net(), desk.recorder.ledger.held) == (0, {})


def test_what_is_taken_back_after_it_was_let_go_of_is_counted_no_more() -> None:
    desk = Desk(make_spec())
    desk.recorder.fills = deque(maxlen=2)
    first, *_ = [desk.trade(1, "100") for _ in range(4)]
    assert (desk.recorder.fills_seen, desk.recorder.dropped_fills) == (4, 2)
    desk.take(replace(first, exec_id="bust", supersedes=first.exec_id, is_bust=True))
    assert (desk.recorder.fills_seen, desk.recorder.dropped_fills) == (3, 1)


def test_a_recorder_can_join_late() -> None:
    desk = Desk(make_spec())
    desk.trade(10, "100", "1")
    desk.bar(110.0)
    late = desk.recorder = Recorder(desk.spec)
    late.begin(desk.book)
    desk.trade(-10, "120", "1")
    assert [(t.qty, t.profit) for t in late.trades] == [(Decimal(10), Decimal(199))]
    assert late.fills_seen == 1
    assert late.equity("main")[0].equity == Decimal(100099)


def test_a_first_event_that_is_a_fill_is_not_lost() -> None:
    desk = Desk(make_spec())
    spec = desk.spec
    fill = ev.Fill(ts=START, account="main", instrument="AAA", oid="", venue_order="v", exec_id="e", side=Side.BUY,
                   qty=Decimal(3), px=Decimal(50), fee=Decimal(0), fee_currency="USD", time=START)  # fmt: skip
    fresh = Desk(spec)
    fresh.book.truth.counts.events = 0
    fresh.recorder = Recorder(spec)
    fresh.take(fill)
    assert fresh.recorder.fills_seen == 1


def test_bars_are_kept_by_instrument_and_strange_ones_ignored() -> None:
    desk = Desk(make_spec(("AAA", "BBB")))
    desk.bar(10.0)
    desk.bar(20.0, "BBB")
    desk.bar(11.0)
    kept = {symbol: [b.close for b in series.all_blocks()] for symbol, series in desk.recorder.bars.items()}
    assert kept == {"AAA": [10.0, 11.0], "BBB": [20.0]}


def test_what_belongs_to_nothing_is_left_out() -> None:
    desk = Desk(make_spec())
    # A bust of an execution that was never ours: no order, no position.
    desk.take(ev.Fill(ts=START, account="main", instrument="AAA", oid="", venue_order="v", exec_id="e", side=Side.BUY,
                      qty=Decimal(3), px=Decimal(50), fee=Decimal(0), fee_currency="USD", time=START, supersedes="x",
                      is_bust=True))  # fmt: skip
    del desk.recorder.bars["AAA"]
    desk.bar(100.0)
    assert desk.recorder.fills_seen == 0
    assert desk.recorder.bars == {}
