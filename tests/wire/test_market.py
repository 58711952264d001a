import asyncio
from itertools import pairwise

import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.run.clock import WallClock
from openbell.wire.market import Market, piece_of, volume_of
from openbell.wire.tape import joined
from tests.wire.alpaca.stand import T0, bar

WAVE = bar(100.0, open=101.0, high=105.5, low=97.25, volume=6000.0)


class Shown:
    """A stall that keeps what it was shown."""

    def __init__(self) -> None:
        self.pieces: list[Bar] = []
        self.ends: list[int] = []
        self.pauses = 0

    def steps(self, symbol: str) -> int:
        return 10_000

    def lot(self, symbol: str) -> float:
        return 1.0

    def show(self, piece: Bar, *, is_end: bool) -> None:
        self.pieces.append(piece)

    def finish(self, ts: int, *, is_end: bool) -> None:
        self.pauses += 1
        if is_end:
            self.ends.append(ts)


@pytest.mark.parametrize("count", [4, 7, 60])
@pytest.mark.parametrize("whole", [WAVE, bar(104.0, open=101.0, high=105.5, low=97.25), bar(100.0)])
def test_the_pieces_of_a_bar_make_the_bar(count: int, whole: Bar) -> None:
    pieces = [piece_of(whole, n, count, 10_000) for n in range(count)]
    assert all(a.close == b.open for a, b in pairwise(pieces))
    found = pieces[0]
    for piece in pieces[1:]:
        found = joined(found, piece)
    assert (found.open, found.high, found.low, found.close) == (whole.open, whole.high, whole.low, whole.close)


@pytest.mark.parametrize(("lot", "whole"), [(1.0, 6000.0), (1.0, 7.0), (0.00001, 1.23456)])
def test_the_volume_of_a_bar_trades_in_its_pieces(lot: float, whole: float) -> None:
    found = [volume_of(bar(100.0, volume=whole), n, 60, lot) for n in range(60)]
    assert min(found) >= lot
    assert abs(sum(found) - whole) <= 60 * lot


def market(speed: float, bars: list[Bar]) -> tuple[Market, Shown]:
    shown = Shown()
    return Market(shown, ([one] for one in bars), (MINUTE_NS, speed)), shown


def test_a_market_that_nobody_hears_stands_still_and_goes_on_where_it_stood() -> None:
    shown, looks = Shown(), [0]

    def is_heard() -> bool:
        looks[0] += 1
        return looks[0] % 3 == 0

    bars = [WAVE, bar(100.0)]
    asyncio.run(Market(shown, ([one] for one in bars), (MINUTE_NS, 1e6), is_heard).run(WallClock().now))
    assert (len(shown.pieces), shown.pauses, len(shown.ends)) == (8, 8, 2)
    assert looks[0] >= 24


def test_a_minute_has_as_many_pieces_as_the_clock_leaves_time_for() -> None:
    found = [market(speed, [])[0] for speed in (1.0, 60.0, 1000.0, 1e6)]
    assert [(one.count, one.gap) for one in found] == [(120, NS // 2), (60, NS // 60), (6, NS // 100), (4, 100_000)]


def test_a_source_that_ends_ends_the_market() -> None:
    made, shown = market(1.0, [WAVE])
    assert [made.play(T0 + n * NS // 2) for n in range(120)] == [True] * 120
    assert (made.play(T0 + MINUTE_NS), made.played, shown.ends) == (False, 1, [T0 + MINUTE_NS])


def test_at_the_clocks_own_pace_minutes_begin_with_the_clocks() -> None:
    made, shown = market(1.0, [WAVE])
    now = iter(range(T0 + 58 * NS + 5, T0 + 1000 * NS, NS // 2))
    asyncio.run(made.run(lambda: next(now)))
    assert [piece.ts - T0 for piece in shown.pieces] == [59 * NS - NS // 2, 59 * NS, 60 * NS - NS // 2, MINUTE_NS]


def test_an_operator_plays_what_is_left_of_a_minute_and_then_whole_ones() -> None:
    shown = Shown()
    market = Market(shown, iter([[WAVE], [bar(100.0, n=1)]]), (MINUTE_NS, 1.0))
    market.play(T0)
    assert [market.play_whole(T0 + NS) for _ in range(3)] == [True, True, False]
    assert (market.played, len(shown.pieces)) == (2, 240)
