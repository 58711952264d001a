"""What was at work."""

from decimal import Decimal

import pytest

from openbell.core.book import Book
from openbell.core.types import MINUTE_NS
from openbell.report.exposure import Gauge, Share, share_of
from openbell.report.recorder import Recorder
from tests.report.desk import Desk, make_spec


def test_shares_are_of_equity_and_concentration_of_gross() -> None:
    desk = Desk(make_spec(("AAA", "BBB")))
    desk.bar(100.0)
    desk.bar(100.0, "BBB")
    desk.trade(300, "100")
    desk.trade(-100, "100", symbol="BBB")
    found = share_of(desk.book, desk.book.truth.accounts["main"])
    assert (found.gross, found.net, found.largest, found.symbol) == (0.4, 0.2, 0.3, "AAA")
    assert found.concentration == pytest.approx(0.75**2 + 0.25**2)


def test_an_account_without_equity_or_holdings_has_no_shares() -> None:
    desk = Desk(make_spec())
    assert share_of(desk.book, desk.book.truth.accounts["main"]) == Share()
    desk.bar(100.0)
    desk.trade(10, "100")
    desk.book.truth.accounts["main"].equity = Decimal(0)
    assert share_of(desk.book, desk.book.truth.accounts["main"]) == Share()


def test_a_reading_lasts_until_the_next() -> None:
    desk = Desk(make_spec())
    gauge = Gauge(desk.book.truth.accounts["main"], desk.ts)
    desk.bar(100.0)
    desk.trade(500, "100")
    gauge.read(desk.book, desk.ts)
    gauge.read(desk.book, desk.ts + 3 * MINUTE_NS)
    assert (gauge.held_ns, gauge.seen_ns) == (3 * MINUTE_NS, 4 * MINUTE_NS)
    assert gauge.gross_ns == pytest.approx(3 * MINUTE_NS * 0.5)
    assert gauge.most == gauge.widest == gauge.now
    gauge.wait(desk.ts)
    assert gauge.seen_ns == 4 * MINUTE_NS, "time does not go back"


def test_fills_are_counted_in_the_accounts_currency() -> None:
    desk = Desk(make_spec())
    account = desk.book.truth.accounts["main"]
    gauge = Gauge(account, 0)
    gauge.trade(Decimal(100), "USD")
    gauge.trade(Decimal(100), "EUR")
    account.rates["EUR"] = Decimal("1.1")
    gauge.trade(Decimal(100), "EUR")
    assert gauge.traded == 210


def test_the_recorder_reads_at_fills_and_days() -> None:
    desk = Desk(make_spec())
    desk.bar(100.0)
    desk.trade(500, "100")
    desk.bar(100.0)
    desk.trade(-500, "100")
    desk.bar(100.0)
    gauge = desk.recorder.gauge(desk.book.truth.accounts["main"])
    assert (gauge.held_ns, gauge.traded) == (MINUTE_NS, 100_000)


def test_an_account_of_which_nothing_was_watched_had_nothing_at_work() -> None:
    spec = make_spec()
    gauge = Recorder(spec).gauge(Book(spec).truth.accounts["main"])
    assert (gauge.held_ns, gauge.seen_ns, gauge.traded, gauge.now.gross) == (0, 0, 0, 0)
