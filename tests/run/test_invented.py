from itertools import islice

from openbell.core.types import MINUTE_NS
from openbell.run.front import PRICES
from openbell.run.invented import HISTORY_DAYS, LEAST_DAYS, OLDER_DAYS, OLDER_IN_ALL, Past, invented
from tests.wire.alpaca.stand import T0


def test_the_past_ends_now_and_the_market_goes_on_from_it() -> None:
    past = Past(tuple(PRICES), 1, T0, PRICES)
    ends = {symbol: past.minutes(symbol)[-1] for symbol in PRICES}
    assert {bar.ts for bar in ends.values()} == {T0}
    assert past.last == {symbol: str(bar.close) for symbol, bar in ends.items()}
    assert {symbol: float(price) for symbol, price in past.last.items()} == {s: float(p) for s, p in PRICES.items()}
    first = next(invented(tuple(PRICES), 2, past.last))
    assert [abs(bar.open / ends[bar.instrument].close - 1) < 0.02 for bar in first] == [True] * len(PRICES)


def test_a_symbol_has_the_same_past_beside_others_and_whenever_it_is_asked_for() -> None:
    alone, beside = Past(("SPY",), 1, T0, PRICES), Past(("AAPL", "SPY"), 1, T0, PRICES)
    minutes = alone.minutes("SPY")
    assert minutes == beside.minutes("SPY") == alone.minutes("SPY")
    assert (HISTORY_DAYS - 1) * 1440 < len(minutes) <= HISTORY_DAYS * 1440
    assert minutes == sorted(minutes, key=lambda bar: bar.ts)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in minutes)


def test_years_of_hours_lie_before_the_minutes_and_end_at_their_first_price() -> None:
    past = Past(("SPY",), 1, T0, PRICES)
    first = past.minutes("SPY")[0]
    hours = past.hours("SPY", first.open)
    assert (hours[-1].ts, hours[-1].close, len(hours)) == (first.open_ts, first.open, OLDER_DAYS * 24)
    assert {bar.interval for bar in hours} == {60 * MINUTE_NS}
    many = Past(tuple(f"S{n}" for n in range(200)), 1, T0, {})
    assert len(many.hours("S0", 50.0)) == OLDER_IN_ALL // 200 * 24


def test_of_many_symbols_fewer_days_each_are_made_up() -> None:
    def days(count: int) -> int:
        past = Past(tuple(f"S{n}" for n in range(count)), 1, T0, {})
        return -(-len(past.minutes("S0")) // 1440)

    assert [days(n) for n in (20, 40, 100, 101)] == [HISTORY_DAYS, 5, LEAST_DAYS, LEAST_DAYS]


def test_of_a_symbol_without_a_price_the_past_ends_where_the_market_begins() -> None:
    past = Past(("XYZ",), 1, T0, {})
    (first,) = next(invented(("XYZ",), 2, past.last))
    assert abs(first.open / past.minutes("XYZ")[-1].close - 1) < 0.02


def test_an_invented_market_goes_on_where_a_day_ended() -> None:
    before, after = islice(invented(("AAPL",), 1, {"AAPL": "100"}), 24 * 60 - 1, 24 * 60 + 1)
    assert abs(after[0].open - before[0].close) < before[0].close * 0.05
