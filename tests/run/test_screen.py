"""Screening: what is plainly wrong marks nothing; a jump is believed once three bars agree on it."""

import math

import pytest

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.run.screen import screen, screen_quote
from tests.core import build as b
from tests.core.build import at

NAN, INF = math.nan, math.inf


def seen(*closes: float, **spec: object) -> Book:
    book = b.book(b.run_spec(instruments=[b.instrument(**spec)]))
    for n, close in enumerate(closes, 1):
        apply_event(book, b.bar(n, close))
    return book


def code(book: Book, bar: ev.Bar) -> int:
    bad = screen(book, bar)
    if bad is None:
        return 0
    assert (bad.ts, bad.instrument, bad.interval) == (bar.ts, bar.instrument, bar.interval)
    return bad.code


def bar(px: float = 100.0, **changes: object) -> ev.Bar:
    return b.bar(9, px, **changes)


SIDES = {"bid": (99.0, 100.0, 98.0, 99.5), "ask": (99.1, 100.1, 98.1, 99.6)}


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (bar(), 0),
        (bar(open=99.0, high=101.0, low=98.5), 0),
        (bar(target=NAN), 0),
        (bar(target=-1.0), Code.BAD_VOLUME),
        (bar(NAN), Code.BAD_NAN),
        (bar(open=NAN), Code.BAD_NAN),
        (bar(high=NAN), Code.BAD_NAN),
        (bar(low=NAN), Code.BAD_NAN),
        (bar(high=INF), Code.BAD_NAN),
        (bar(-INF), Code.BAD_NAN),
        (bar(0.0), Code.BAD_ZERO),
        (bar(low=0.0), Code.BAD_ZERO),
        (bar(low=-1.0), Code.BAD_ZERO),
        (bar(open=99.0, high=99.5, low=99.0), Code.BAD_OHLC),  # close above the high
        (bar(open=100.0, high=101.0, low=100.5), Code.BAD_OHLC),
        (bar(open=102.0, high=101.0, low=99.0), Code.BAD_OHLC),
        (bar(open=98.0, high=101.0, low=99.0), Code.BAD_OHLC),
        (bar(99.5, open=99.0, high=100.0, low=98.0, **SIDES), 0),
        (bar(99.5, open=99.0, high=100.0, low=98.0, bid=SIDES["ask"], ask=SIDES["bid"]), Code.BAD_CROSSED),
        (bar(99.5, open=99.0, high=100.0, low=98.0, bid=SIDES["bid"], ask=(99.1, NAN, 98.1, 99.6)), Code.BAD_NAN),
        (bar(99.5, open=99.0, high=100.0, low=98.0, ask=(99.1, 100.1, 0.0, 99.6)), Code.BAD_ZERO),
        (bar(symbol="TSLA"), Code.BAD_UNKNOWN),
    ],
)
def test_each_defect_has_its_reason(made: ev.Bar, wanted: int) -> None:
    assert code(seen(), made) == wanted


def test_sides_are_screened_also_when_there_is_but_one() -> None:
    assert code(seen(), bar(bid=(99.0, NAN, 98.0, 99.5))) == Code.BAD_NAN


def test_an_infinite_volume_is_a_defect() -> None:
    assert code(seen(), bar(target=INF)) == Code.BAD_VOLUME


def test_prices_below_zero_where_they_are_normal() -> None:
    book = seen(positive=False)
    assert code(book, b.bar(1, -37.63, open=-30.0, high=-20.0, low=-40.0)) == 0
    assert code(book, b.bar(1, 0.0)) == 0
    assert code(book, b.bar(1, -37.63, open=-30.0, high=-20.0, low=-35.0)) == Code.BAD_OHLC


def test_the_offending_number_is_kept_exactly() -> None:
    def value(made: ev.Bar) -> float:
        bad = screen(seen(100.0), made)
        assert bad is not None
        return float.fromhex(bad.value)

    assert math.isnan(value(bar(low=NAN)))
    assert value(bar(low=-0.1)) == -0.1
    assert value(bar(1e4 + 0.1)) == 1e4 + 0.1


@pytest.mark.parametrize(
    ("n", "interval", "wanted"),
    [(2, 1, Code.BAD_DUPLICATE), (1, 1, Code.BAD_ORDER), (3, 1, 0), (2, 5, 0), (1, 5, 0)],
)
def test_stamps_rise_for_each_interval(n: int, interval: int, wanted: int) -> None:
    book = seen(100.0, 100.0)
    assert code(book, b.bar(n, 100.0, interval=interval * b.MINUTE_NS)) == wanted


@pytest.mark.parametrize(
    ("close", "wanted"),
    [(1000.0, 0), (1000.1, Code.BAD_JUMP), (10.0, 0), (9.99, Code.BAD_JUMP), (10_000.0, Code.BAD_JUMP), (100.0, 0)],
)
def test_a_jump_of_more_than_tenfold_is_not_believed_at_once(close: float, wanted: int) -> None:
    assert code(seen(100.0), bar(close)) == wanted


@pytest.mark.parametrize(
    ("closes", "codes"),
    [
        ((5000.0, 5000.0, 5000.0, 5000.0), (104, 104, 0, 0)),
        ((5000.0, 5100.0, 4950.0), (104, 104, 0)),
        ((5000.0, 100.0, 5000.0, 5000.0, 5000.0), (104, 0, 104, 104, 0)),
        ((5000.0, 9000.0, 9000.0, 9000.0), (104, 104, 104, 0)),  # the second does not agree with the first
        ((1.0, 1.0, 1.0), (104, 104, 0)),
    ],
)
def test_three_bars_that_agree_make_a_new_level(closes: tuple[float, ...], codes: tuple[int, ...]) -> None:
    book = seen(100.0)
    found = []
    for n, close in enumerate(closes, 2):
        made = b.bar(n, close)
        bad = screen(book, made)
        found.append(bad.code if bad else 0)
        apply_event(book, bad or made)
    assert tuple(found) == codes


def test_no_jump_is_seen_from_or_to_a_price_that_is_not_above_zero() -> None:
    book = seen(-5.0, positive=False)
    assert code(book, b.bar(2, 100.0)) == 0
    book = seen(5.0, positive=False)
    assert code(book, b.bar(2, -100.0)) == 0


def test_a_split_is_no_jump() -> None:
    book = seen(1000.0)
    apply_event(book, b.split(20, 1))
    assert code(book, b.bar(2, 50.0)) == 0


def test_another_instruments_history_is_its_own() -> None:
    book = b.book(b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT"))))
    apply_event(book, b.bar(1, 100.0))
    assert code(book, b.bar(1, 5000.0, symbol="MSFT")) == 0
    assert at(1) == book.truth.marks["AAPL"].ts


def quote(bid: float, ask: float, n: int = 9, **changes: object) -> ev.Quote:
    return ev.Quote(ts=at(n), **{"instrument": "AAPL", "bid": bid, "ask": ask, **changes})


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (quote(99.9, 100.1), 0),
        (quote(99.9, 100.1, bid_size=5.0, ask_size=7.0), 0),
        (quote(NAN, 100.1), Code.BAD_NAN),
        (quote(99.9, NAN), Code.BAD_NAN),
        (quote(99.9, INF), Code.BAD_NAN),
        (quote(0.0, 100.1), Code.BAD_ZERO),
        (quote(-1.0, -1.0), Code.BAD_ZERO),
        (quote(99.9, -1.0), Code.BAD_ZERO),
        (quote(100.1, 99.9), Code.BAD_CROSSED),
        (quote(100.0, 100.0), Code.BAD_LOCKED),
        (quote(99.9, 100.1, bid_size=-1.0), Code.BAD_VOLUME),
        (quote(99.9, 100.1, ask_size=NAN), Code.BAD_VOLUME),
        (quote(99.9, 100.1, instrument="TSLA"), Code.BAD_UNKNOWN),
    ],
)
def test_F76_a_quote_that_is_none_is_quarantined_with_its_reason(made: ev.Quote, wanted: int) -> None:
    bad = screen_quote(seen(100.0), made)
    assert (bad.code if bad else 0) == wanted
    assert bad is None or (bad.ts, bad.instrument, bad.interval) == (made.ts, made.instrument, 0)


def test_F76_B14_a_quarantined_quote_changes_no_mark() -> None:
    book = seen(100.0)
    bad = screen_quote(book, quote(NAN, 100.1))
    assert bad is not None
    apply_event(book, bad)
    mark = book.truth.marks["AAPL"]
    assert (mark.close, mark.quote_ts, mark.strangers) == (100.0, 0, 0)
    assert book.truth.counts.quarantined == {Code.BAD_NAN: 1}


def test_quotes_below_zero_where_prices_may_be() -> None:
    assert screen_quote(seen(-5.0, positive=False), quote(-5.1, -4.9)) is None


def test_F79_a_quote_before_the_last_one_is_refused() -> None:
    book = seen(100.0)
    apply_event(book, quote(99.9, 100.1, 9))
    assert screen_quote(book, quote(99.9, 100.1, 9)) is None
    bad = screen_quote(book, quote(99.9, 100.1, 8))
    assert bad is not None
    assert bad.code == Code.BAD_ORDER


@pytest.mark.parametrize(
    ("mids", "codes"),
    [
        ((104.0, 100.0), (0, 0)),
        ((106.0, 100.0), (104, 0)),
        ((94.0, 94.0, 94.0, 94.0), (104, 104, 0, 0)),  # a new level, believed once three agree
        ((94.0, 100.0, 94.0, 94.0, 94.0), (104, 0, 104, 104, 0)),
        ((80.0, 120.0, 80.0, 80.0, 80.0), (104, 104, 104, 104, 0)),
    ],
)
def test_F77_a_spike_is_not_believed_before_three_quotes_agree(mids: tuple[float, ...], codes: tuple[int, ...]) -> None:
    book = seen(100.0)
    found = []
    for n, mid in enumerate(mids, 2):
        made = quote(mid - 0.1, mid + 0.1, n)
        bad = screen_quote(book, made)
        found.append(bad.code if bad else 0)
        apply_event(book, bad or made)
    assert tuple(found) == codes


def test_the_first_quote_of_all_has_nothing_to_agree_with() -> None:
    assert screen_quote(seen(), quote(9.0, 9.1)) is None


def test_F79_duplicate_late_and_revised_bars_are_refused_and_the_strategy_sees_each_close_once() -> None:
    made = b.engine()
    for one in (b.bar(1, 100.0), b.bar(2, 101.0), b.bar(2, 101.0), b.bar(2, 102.0), b.bar(1, 99.0)):
        made.step(screen(made.book, one) or one)
    assert made.traders.pairs["alpha"]["AAPL"].state.q[0] == 2
    assert made.book.truth.marks["AAPL"].close == 101.0
    assert made.book.truth.counts.quarantined == {Code.BAD_DUPLICATE: 2, Code.BAD_ORDER: 1}


def test_bars_of_half_days_are_told_apart_by_the_length_they_are_subscribed_by() -> None:
    book = seen()
    apply_event(book, b.bar(5, 100.0, interval=300 * b.MINUTE_NS, nominal=b.DAY_NS))
    assert code(book, b.bar(5, 100.0, interval=210 * b.MINUTE_NS, nominal=b.DAY_NS)) == Code.BAD_DUPLICATE
