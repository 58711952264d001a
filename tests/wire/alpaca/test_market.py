import asyncio
from itertools import pairwise

import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.wire.alpaca.market import Market, piece_of
from openbell.wire.alpaca.tape import joined
from tests.wire.alpaca.stand import T0, bar, house, order

WAVE = bar(100.0, open=101.0, high=105.5, low=97.25, volume=6000.0)


@pytest.mark.parametrize("count", [4, 7, 60])
@pytest.mark.parametrize("whole", [WAVE, bar(104.0, open=101.0, high=105.5, low=97.25), bar(100.0)])
def test_the_pieces_of_a_bar_make_the_bar(count: int, whole: Bar) -> None:
    pieces = [piece_of(whole, n, count, 10_000) for n in range(count)]
    assert all(a.close == b.open for a, b in pairwise(pieces))
    found = pieces[0]
    for piece in pieces[1:]:
        found = joined(found, piece)
    assert (found.open, found.high, found.low, found.close) == (whole.open, whole.high, whole.low, whole.close)
    assert abs(found.volume - whole.volume) <= count


def market(speed: float, bars: list[Bar]) -> Market:
    made, _ = house()
    return Market(made, lambda *_: None, ([one] for one in bars), (MINUTE_NS, speed))


def test_a_minute_has_as_many_pieces_as_the_clock_leaves_time_for() -> None:
    found = [market(speed, []) for speed in (1.0, 60.0, 1000.0, 1e6)]
    assert [(one.count, one.gap) for one in found] == [(60, NS), (60, NS // 60), (6, NS // 100), (4, 100_000)]


def test_an_order_of_more_than_trades_is_filled_piece_by_piece() -> None:
    made = market(1.0, [WAVE])
    desk = made._house.desk
    record = desk.order(desk.submit(order(qty="150"), T0)["id"])
    made.play(T0)
    assert (record.status, record.filled) == ("partially_filled", 100)
    made.play(T0 + NS)
    assert record.status == "filled"


def test_a_source_that_ends_ends_the_market() -> None:
    made = market(1.0, [WAVE])
    assert [made.play(T0 + n * NS) for n in range(60)] == [True] * 60
    assert (made.play(T0 + MINUTE_NS), made.played) == (False, 1)
    (minute,) = made._house.tape.bars["AAPL"]
    assert (minute.open_ts, minute.ts, minute.high, minute.low) == (T0, T0 + MINUTE_NS, 105.5, 97.25)
    assert [when for when, _ in made._house.worth] == [T0 + MINUTE_NS]


def test_at_the_clocks_own_pace_minutes_begin_with_the_clocks() -> None:
    made = market(1.0, [WAVE])
    now = iter(range(T0 + 57 * NS + 5, T0 + 1000 * NS, NS))
    asyncio.run(made.run(lambda: next(now)))
    ticks = made._house.tape.ticks["AAPL"]
    assert [tick.time - T0 for tick in ticks] == [58 * NS, 59 * NS, MINUTE_NS]


def test_quotes_stand_a_tick_to_either_side() -> None:
    made = market(1e6, [bar(100.0)])
    made.play(T0)
    tick = made._house.tape.last("AAPL")
    assert tick is not None
    assert (tick.bid, tick.last, tick.ask) == (99.99, 100.0, 100.01)


def test_an_operator_plays_what_is_left_of_a_minute_and_then_whole_ones() -> None:
    made = market(1.0, [WAVE, bar(100.0, n=1)])
    made.play(T0)
    assert [made.play_whole(T0 + NS) for _ in range(3)] == [True, True, False]
    assert made.played == 2
