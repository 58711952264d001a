from datetime import datetime

import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.wire.tape import FIRST, KEPT, LEAST_KEPT, Tape, Tick, begin_of, coarser, joined
from tests.wire.alpaca.stand import T0, bar

TICK = Tick(time=T0, bid=99.0, ask=101.0, last=100.0, size=5.0, number=7)


def test_pieces_make_a_minute_and_the_open_one_is_known_too() -> None:
    tape = Tape(["AAPL"], lambda _: [bar(90.0, n=-1)])
    assert tape.add("AAPL", TICK, bar(100.0), is_end=False) is None
    assert [one.close for one in tape.minutes("AAPL")] == [90.0, 100.0]
    done = tape.add("AAPL", TICK, bar(103.0, n=1), is_end=True)
    assert done is not None
    assert (done.open, done.high, done.low, done.close, done.volume) == (100.0, 103.0, 100.0, 103.0, 2000.0)
    assert (tape.bars["AAPL"], tape.building, tape.last("AAPL")) == ([done], {}, TICK)


def test_before_the_doors_opened_each_minute_had_four_trades() -> None:
    tape = Tape(["AAPL"], lambda _: [bar(90.0, n=-2, open=91.0, high=92.0, volume=10.0), bar(0.5, n=-1, volume=1.5)])
    found = tape.earlier("AAPL", 0)
    assert [tick.last for tick in found] == [91.0, 92.0, 90.0, 90.0, 0.5, 0.5, 0.5, 0.5]
    assert [tick.number - FIRST for tick in found] == [-7, -6, -5, -4, -3, -2, -1, 0]
    assert [(tick.time - T0) // NS for tick in found] == [-120, -105, -90, -75, -60, -45, -30, -15]
    assert (sum(tick.size for tick in found[:4]), sum(tick.size for tick in found[4:])) == (10.0, 1.5)
    assert [(tick.bid, tick.ask) for tick in found[3:5]] == [(89.99, 90.01), (0.4999, 0.5001)]
    assert tape.earlier("AAPL", T0 - 80 * NS, T0 - 45 * NS) == found[3:6]
    assert tape.earlier("AAPL", 0, number=FIRST - 5) == found[2:]
    assert tape.earlier("AAPL", 0, number=FIRST + 1) == tape.earlier("AAPL", T0) == []


def test_neighbours_join() -> None:
    one = joined(bar(100.0, high=105.0), bar(101.0, n=1, low=95.0))
    assert (one.open_ts, one.ts, one.high, one.low) == (T0, T0 + 2 * MINUTE_NS, 105.0, 95.0)


def test_coarse_bars_begin_on_their_grid() -> None:
    minutes = [bar(float(n), n=n) for n in range(1, 13)]
    fives = coarser(minutes, "Min", 5)
    assert [(one.open_ts - T0) // MINUTE_NS for one in fives] == [0, 5, 10]
    assert [(one.open, one.close) for one in fives] == [(1.0, 4.0), (5.0, 9.0), (10.0, 12.0)]
    assert [len(coarser(minutes, span, 1)) for span in ("Hour", "Day", "Week", "Month")] == [1, 1, 1, 1]


def test_of_many_symbols_fewer_ticks_each_are_kept_but_never_too_few() -> None:
    def kept(count: int) -> int | None:
        return Tape([f"S{n}" for n in range(count)], lambda _: []).ticks["S0"].maxlen

    assert [kept(n) for n in (1, 20, 21, 400, 401)] == [KEPT, KEPT, 200_000 // 21, LEAST_KEPT, LEAST_KEPT]


@pytest.mark.parametrize(("text", "span", "count", "begin"), [
    ("2026-11-22T18:40", "Min", 5, "2026-11-22T18:40"), ("2026-11-22T18:40", "Hour", 4, "2026-11-22T16:00"),
    ("2026-11-22T18:40", "Week", 1, "2026-11-16T00:00"), ("2026-11-23T00:00", "Week", 1, "2026-11-23T00:00"),
    ("2026-11-22T18:40", "Month", 1, "2026-11-01T00:00"), ("2026-11-22T18:40", "Month", 3, "2026-10-01T00:00"),
])  # fmt: skip
def test_where_a_bar_begins(text: str, span: str, count: int, begin: str) -> None:
    def ns(text: str) -> int:
        return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * NS

    assert begin_of(ns(text), span, count) == ns(begin)
