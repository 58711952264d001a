import msgspec

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.calendars import sessions
from openbell.wire.alpaca.call import House
from openbell.wire.alpaca.forms import parse_instant
from openbell.wire.alpaca.market import Booth
from openbell.wire.market import Market
from tests.wire.alpaca.stand import T0, bar, house, order

WAVE = bar(100.0, open=101.0, high=105.5, low=97.25, volume=6000.0)


def market(speed: float, bars: list[Bar]) -> tuple[Market, House]:
    made, _ = house()
    booth = Booth(made, lambda *_: None)
    return Market(booth, ([one] for one in bars), (MINUTE_NS, speed)), made


def test_an_order_of_more_than_trades_is_filled_piece_by_piece() -> None:
    made, house_ = market(1.0, [WAVE])
    desk = house_.desk
    record = desk.order(desk.submit(order(qty="75"), T0)["id"])
    made.play(T0)
    assert (record.status, record.filled) == ("partially_filled", 50)
    made.play(T0 + NS // 2)
    assert record.status == "filled"


def test_a_minute_is_kept_with_what_the_account_was_worth_at_its_end() -> None:
    made, house_ = market(1.0, [WAVE])
    assert [made.play(T0 + n * NS // 2) for n in range(120)] == [True] * 120
    (minute,) = house_.tape.bars["AAPL"]
    assert (minute.open_ts, minute.ts, minute.high, minute.low) == (T0, T0 + MINUTE_NS, 105.5, 97.25)
    assert [when for when, _ in house_.worth] == [T0 + MINUTE_NS]


def test_quotes_stand_a_tick_to_either_side() -> None:
    made, house_ = market(1e6, [bar(100.0)])
    made.play(T0)
    tick = house_.tape.last("AAPL")
    assert tick is not None
    assert (tick.bid, tick.last, tick.ask) == (99.99, 100.0, 100.01)


def test_the_book_of_a_coin_is_told_and_that_of_a_stock_is_not() -> None:
    made, _ = house()
    told: list[tuple[str, str]] = []
    rows: list[dict[str, object]] = []

    def tell(channel: str, symbol: str, row: dict[str, object]) -> None:
        told.append((channel, symbol))
        if channel == "orderbooks":
            rows.append(row)

    for symbol in ("AAPL", "BTC/USD"):
        Booth(made, tell).show(bar(100.0, symbol=symbol), is_end=False)
    assert [symbol for channel, symbol in told if channel == "orderbooks"] == ["BTC/USD"]
    assert (rows[0]["b"], rows[0]["a"], rows[0]["r"]) == (
        [{"p": 99.99, "s": 1000.0}],
        [{"p": 100.01, "s": 1000.0}],
        True,
    )


def test_the_day_so_far_is_told_with_each_minute_to_those_who_want_it() -> None:
    made, _ = house(past=3)
    days: list[dict[str, object]] = []

    def tell(channel: str, symbol: str, row: dict[str, object]) -> None:
        if channel == "dailyBars":
            days.append({"S": symbol} | row)

    booth = Booth(made, tell, lambda channel, symbol: (channel, symbol) == ("dailyBars", "AAPL"))
    for symbol in ("AAPL", "SPY"):
        for is_end in (False, True):
            booth.show(bar(150.0, symbol=symbol), is_end=is_end)
    (day,) = days
    # The last three minutes before noon began at 100, and the one that ends now stands at 150.
    assert (day["S"], day["t"], day["o"], day["c"], day["v"]) == ("AAPL", T0 - 7 * 3_600 * NS, 100.0, 150.0, 5000)


def test_auctions_have_the_volume_of_their_minute() -> None:
    made, _ = house()
    made.desk.sessions = lambda start, end: sessions("NYSE", start, end)
    made.tape.length = MINUTE_NS
    begin = parse_instant("2026-11-20T09:30:00-05:00")
    at = {"opg": begin - 3_600 * NS, "cls": begin + 3_600 * NS}
    booth, orders = Booth(made, lambda *_: None), {}
    for tif, now in at.items():
        orders[tif] = made.desk.order(made.desk.submit(order(qty="900", time_in_force=tif), now)["id"])
    second = msgspec.structs.replace(bar(50.0, volume=4.0), ts=begin + NS, interval=NS)
    booth.show(second, is_end=False)
    end = orders["cls"].due
    booth.show(msgspec.structs.replace(second, ts=end, volume=7.0), is_end=True)
    booth.finish(end, is_end=True)
    assert [(one.filled, one.status) for one in orders.values()] == [(240, "canceled"), (11, "canceled")]
