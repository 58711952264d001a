import msgspec
import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.wire.binance import rows
from openbell.wire.tape import Tape, Tick
from tests.wire.binance.spec import frame_faults
from tests.wire.binance.stand import PX, SYMBOL, T0, bar, house

TICK = Tick(time=T0, bid=PX - 0.01, ask=PX + 0.01, last=PX, size=0.5, number=7)


def test_a_bar_is_a_row_of_twelve() -> None:
    row = rows.bar_row(bar(PX, volume=2.0), T0 + MINUTE_NS)
    assert (len(row), row[0], row[6], row[5], row[7], row[9]) == (
        12, T0 // 10**6, (T0 + MINUTE_NS) // 10**6 - 1, "2.00000000", "100000.00000000", "1.00000000",
    )  # fmt: skip
    told = rows.bar_event(bar(PX, volume=300.0), "1m", (T0, T0 + MINUTE_NS), 1_000, is_end=True)
    assert frame_faults("kline", told) == []
    # As many trades as it counts lie between the first and the last.
    assert (told["k"]["n"], told["k"]["f"], told["k"]["L"]) == (3, 998, 1_000)


def test_the_forming_bar_is_the_end_of_all_bars() -> None:
    made, _ = house(past=200)
    for n in range(5):
        made.tape.ticks[SYMBOL].append(msgspec.structs.replace(TICK, time=T0 + n * NS // 3 + 1, last=PX + n))
    for interval in rows.INTERVALS:
        assert rows.forming(made.tape, SYMBOL, interval) == rows.bars_of(made.tape, SYMBOL, interval)[-1]
    empty, _ = house()
    assert rows.forming(empty.tape, SYMBOL, "5m") is None
    assert rows.forming(empty.tape, SYMBOL, "1s") is None


def test_before_the_minutes_hours_are_known_for_what_is_no_finer() -> None:
    made, _ = house(past=30)
    hour = 60 * MINUTE_NS
    hours = [msgspec.structs.replace(bar(PX), ts=T0 - (30 * MINUTE_NS) - n * hour, interval=hour) for n in range(99, -1, -1)]  # fmt: skip
    tape = Tape((SYMBOL,), made.tape.minutes, lambda *_: hours)
    assert [len(rows.bars_of(tape, SYMBOL, name)) for name in ("1m", "30m", "1d", "1M")] == [30, 1, 5, 1]
    assert rows.bars_of(tape, SYMBOL, "1d", 0, T0 - 26 * hour) == rows.bars_of(tape, SYMBOL, "1d")[-2:]
    assert {rows.forming(tape, SYMBOL, name) == rows.bars_of(tape, SYMBOL, name)[-1] for name in rows.INTERVALS if name != "1s"} == {True}  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "end"),
    [("1m", "12:01"), ("5m", "12:05"), ("1h", "13:00"), ("1d", "24:00"), ("1w", "72:00"), ("1M", f"{11 * 24}:00")],
)
def test_a_bar_that_is_still_open_ends_where_it_will(interval: str, end: str) -> None:
    made, _ = house()
    made.tape.length = MINUTE_NS
    piece = bar(PX, n=0)
    piece = msgspec.structs.replace(piece, ts=T0 + 7 * NS, interval=NS)
    made.tape.add(SYMBOL, TICK, piece, is_end=False)
    found = rows.forming(made.tape, SYMBOL, interval)
    assert found is not None
    hours, minutes = (int(part) for part in end.split(":"))
    day = T0 - 12 * 60 * MINUTE_NS
    assert rows.closing(made.tape, found, interval) == day + (hours * 60 + minutes) * MINUTE_NS
    assert (made.tape.building[SYMBOL].open_ts, rows.bars_of(made.tape, SYMBOL, "1m")[-1].open_ts) == (T0, T0)


def test_a_bar_is_over_where_its_grid_ends() -> None:
    assert rows.is_over(bar(PX, n=4), "5m")
    assert not rows.is_over(bar(PX, n=3), "5m")
    assert not rows.is_over(bar(PX, n=4), "1w")


def test_a_day_is_what_its_minutes_are() -> None:
    made, _ = house(past=3)
    day = rows.day_of(made.tape, SYMBOL)
    assert day is not None
    assert (day.open, day.high, day.last, day.volume) == (PX, PX + 2, PX + 2, 3.0)
    row = rows.day_row(made.desk.clerk, SYMBOL, day, TICK)
    assert (row["priceChange"], row["priceChangePercent"], row["lastId"]) == ("2.00000000", "0.004", 7)
    assert frame_faults("miniTicker", rows.day_event(SYMBOL, day, row, T0, is_small=True)) == []
    assert rows.day_event(SYMBOL, day, row, T0, is_small=False)["e"] == "24hrTicker"
    assert rows.day_of(house()[0].tape, SYMBOL) is None


def test_quotes_and_trades_have_the_vendors_names() -> None:
    made, _ = house(past=2)
    clerk = made.desk.clerk
    assert rows.quote_row(clerk, SYMBOL)["bidPrice"] == "49999.99000000"
    clerk.ladders[SYMBOL].bids.clear()
    assert rows.quote_row(clerk, SYMBOL)["bidPrice"] == "0.00000000"
    assert frame_faults("bookTicker", rows.quote_event(clerk, SYMBOL)) == []
    assert frame_faults("trade", rows.trade_event(SYMBOL, TICK)) == []
    assert frame_faults("aggTrade", rows.gathered_event(SYMBOL, TICK)) == []
    assert rows.mean_of(clerk, made.tape, SYMBOL, 5)["price"] == "50000.50000000"
    assert rows.mean_of(clerk, house()[0].tape, SYMBOL, 5)["price"] == "50000.00000000"
