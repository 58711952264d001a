"""What a compiled run says of itself: the plain engine's book, figures and report."""

from openbell.core.types import Status
from openbell.parts.rules import daily_loss
from openbell.run.backtest import backtest
from openbell.run.results import LateRecorder
from openbell.run.twin_result import STATUS, days_of, result_of
from tests.core.build import d, exits
from tests.parts.kernels import build as b

b.begin()
FALLING = [(100.0 - n, 100.5 - n, 99.0 - n, 99.0 - n) for n in range(12)]
WISHES = [b.LONG, 0, 0, 0, b.FLAT, 0, b.SHORT, 0, 0, 0, b.AGAIN, 0]


def _both(**changes):
    run = b.one(WISHES, FALLING, exits=exits(stop_loss="0.2", take_profit="0.3"), **changes)
    return result_of(b.twin_of(run), 1.0), backtest(*run)


def test_the_book_ends_where_the_plain_one_does():
    ours, plain = _both()
    one, other = ours.book.truth, plain.book.truth
    assert one.accounts == other.accounts
    assert one.marks["AAPL"].close == other.marks["AAPL"].close
    mine, theirs = one.positions["alpha"]["AAPL"], other.positions["alpha"]["AAPL"]
    for name in (
        "qty",
        "cost",
        "realised",
        "fees",
        "value",
        "opened_ts",
        "decided",
        "code",
        "code_ts",
        "entries",
        "parent",
        "before",
    ):
        assert getattr(mine, name) == getattr(theirs, name), name
    assert one.counts == other.counts
    assert one.orders_hash == other.orders_hash


def test_orders_that_are_still_open_are_in_the_book():
    ours, plain = _both()
    mine, theirs = ours.book.open_orders["AAPL"], plain.book.open_orders["AAPL"]
    assert list(mine) == list(theirs)
    for oid, order in theirs.items():
        assert (mine[oid].qty, mine[oid].stop, mine[oid].limit) == (order.qty, order.stop, order.limit)
        assert mine[oid].status is order.status is Status.WORKING


def test_closed_gates_are_in_the_book():
    ours, plain = _both(rules=[b.rule(daily_loss, limit=d("0.0001"))])
    assert list(ours.book.truth.latches) == list(plain.book.truth.latches) != []


def test_a_report_is_made_of_every_fill():
    ours, plain = _both()
    assert isinstance(ours.recorder, LateRecorder)
    assert list(ours.recorder.fills) == list(plain.recorder.fills)
    assert ours.recorder.trades == plain.recorder.trades
    assert ours.recorder.fills_seen == plain.recorder.fills_seen
    assert not ours.recorder.dropped_fills


def test_trading_days_are_those_of_the_plain_engine():
    # Four days of hours, so that the account's own days turn; its equity differs at each of their ends.
    hours = [(100.0 - n % 7, 101.0 - n % 7, 98.0 - n % 7, 99.0 - n % 5) for n in range(96)]
    wishes = [b.LONG, 0, 0, b.FLAT, 0, b.SHORT, 0] * 13 + [0] * 5
    table = b.table("AAPL", hours, ts=[b.T0 + 3_600_000_000_000 * (n + 1) for n in range(96)], volume=wishes)
    run = b.one(wishes, hours)
    run = (run[0], b.source(run[0].spec, [table]))
    twin = b.twin_of(run)
    days = days_of(twin)
    assert days == backtest(*run).recorder.days("main")
    assert len(days) >= 4
    assert len({day.equity for day in days}) > 3


def test_every_way_to_give_up_has_words():
    assert STATUS[0] == ""
    assert all(STATUS[number] for number in range(1, 9))
