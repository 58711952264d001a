import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS
from openbell.wire.alpaca.data import Reader, dated, symbols_in, timeframe
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.tape import Tape, Tick
from tests.wire.alpaca.stand import T0, bar, house


def reader(past: int = 90) -> Reader:
    """Return a reader that knows minutes before T0, and a tick at it."""
    made, _ = house(past)
    made.tape.add("AAPL", Tick(time=T0, bid=9.0, ask=11.0, last=10.0, size=5.0, number=1), bar(10.0), is_end=True)
    return made.reader


@pytest.mark.parametrize(("text", "found"), [("1Min", (1, "Min")), ("59T", (59, "Min")), ("Hour", (1, "Hour")), ("3Month", (3, "Month")), ("5min", (5, "Min")), ("1hour", (1, "Hour"))])  # fmt: skip
def test_a_time_frame_is_a_count_and_a_span(text: str, found: tuple[int, str]) -> None:
    assert timeframe(text) == found


@pytest.mark.parametrize("text", ["", "0Min", "60Min", "24Hour", "2Day", "5Month", "1Year"])
def test_a_time_frame_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        timeframe(text)
    assert refused.value.status == 400


def test_bars_come_symbol_by_symbol_and_a_page_is_counted_over_all() -> None:
    query = {"timeframe": "1Min", "start": "2026-11-20T11:00:00Z", "end": "2026-11-20T11:59:00Z", "limit": "100"}
    first = reader().bars(["SPY", "AAPL"], query)
    assert {symbol: len(rows) for symbol, rows in first["bars"].items()} == {"AAPL": 60, "SPY": 40}
    second = reader().bars(["SPY", "AAPL"], query | {"page_token": first["next_page_token"]})
    assert (list(second["bars"]), len(second["bars"]["SPY"]), second["next_page_token"]) == (["SPY"], 20, None)
    assert first["bars"]["AAPL"][0]["t"] == "2026-11-20T11:00:00Z"


def test_coarse_bars_lie_between_start_and_end_and_may_come_latest_first() -> None:
    query = {"timeframe": "30Min", "start": "2026-11-20T11:00:00Z", "sort": "desc"}
    rows = reader().bars(["AAPL"], query)["bars"]["AAPL"]
    assert [row["t"][11:16] for row in rows] == ["12:00", "11:30", "11:00"]


def test_a_week_begins_on_monday_and_has_all_its_minutes() -> None:
    (week,) = reader(4000).bars(["AAPL"], {"timeframe": "1Week", "start": "2026-11-16"})["bars"]["AAPL"]
    assert (week["t"], week["n"]) == ("2026-11-16T05:00:00Z", 40010)


def test_days_and_longer_begin_at_midnight_in_new_york_those_of_coins_in_chicago() -> None:
    known = reader(26 * 1440)
    days = known.bars(["AAPL"], {"timeframe": "1Day", "start": "2026-10-30", "end": "2026-11-02"})["bars"]["AAPL"]
    # The clocks are set back on 1 November: that day has an hour more.
    assert [(row["t"], row["v"] // 1000) for row in days] == [
        ("2026-10-30T04:00:00Z", 1440), ("2026-10-31T04:00:00Z", 1440), ("2026-11-01T04:00:00Z", 1500),
        ("2026-11-02T05:00:00Z", 1140),
    ]  # fmt: skip
    (month,) = known.bars(["AAPL"], {"timeframe": "1Month", "start": "2026-11-01"})["bars"]["AAPL"]
    assert month["t"] == "2026-11-01T04:00:00Z"
    weeks = known.bars(["AAPL"], {"timeframe": "1Week", "start": "2026-10-26"})["bars"]["AAPL"]
    assert [row["t"][5:13] for row in weeks] == ["10-26T04", "11-02T05", "11-09T05", "11-16T05"]
    coin = known.bars(["BTC/USD"], {"timeframe": "1Day", "start": "2026-11-18", "limit": "1"})["bars"]["BTC/USD"]
    assert coin[0]["t"] == "2026-11-18T06:00:00Z"
    assert known.snapshots(["AAPL"])["AAPL"]["dailyBar"]["t"] == "2026-11-20T05:00:00Z"


def test_before_the_minutes_hours_are_known_for_what_is_no_finer() -> None:
    known = reader(2)
    hour = 60 * MINUTE_NS
    hours = [Bar(ts=T0 - n * hour, instrument="AAPL", open=1.0, high=2.0, low=0.5, close=1.0, volume=9.0, interval=hour)
             for n in range(72, 0, -1)]  # fmt: skip
    made, _ = house(2)
    known = Reader(Tape(("AAPL",), made.tape.minutes, lambda symbol, price: hours if price == 100.0 else []))
    count = {frame: len(known.bars(["AAPL"], {"timeframe": frame})["bars"]["AAPL"]) for frame in ("1Min", "30Min", "1Hour", "12Hour", "1Day")}  # fmt: skip
    assert count == {"1Min": 2, "30Min": 1, "1Hour": 73, "12Hour": 7, "1Day": 4}
    rows = known.bars(["AAPL"], {"timeframe": "1Hour", "start": "2026-11-18", "end": "2026-11-19T12:00:00Z"})
    assert len(rows["bars"]["AAPL"]) == 37


def test_bars_are_of_a_time_frame() -> None:
    with pytest.raises(Refused) as refused:
        reader().bars(["AAPL"], {})
    assert (refused.value.status, refused.value.body["message"]) == (400, "timeframe is required")


def test_an_end_that_is_a_date_takes_the_whole_day() -> None:
    assert (
        len(
            reader(30).bars(["AAPL"], {"timeframe": "1Min", "start": "2026-11-20", "end": "2026-11-20"})["bars"]["AAPL"]
        )
        == 31
    )


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "10001"}, {"page_token": "x"}, {"start": "noon"}])
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused):
        reader().bars(["AAPL"], {"timeframe": "1Min"} | query)


def test_the_latest_of_everything_and_only_of_what_is_known() -> None:
    known = reader()
    assert known.latest("quotes", ["AAPL", "SPY", "NOPE"])["quotes"]["AAPL"]["ap"] == 11.0
    assert list(known.latest("trades", ["SPY"])["trades"]) == []
    assert known.latest("bars", ["AAPL"])["bars"]["AAPL"]["c"] == 10.0
    assert set(known.snapshots(["AAPL"])["AAPL"]) == {"latestTrade", "latestQuote", "minuteBar", "dailyBar"}


def test_quotes_and_trades_are_told_from_an_instant_on() -> None:
    assert len(reader().quotes(["AAPL"], {"start": "2026-11-20T12:00:00Z"})["quotes"]["AAPL"]) == 1
    assert reader().trades(["AAPL"], {"start": "2026-11-20T13:00:00Z"})["trades"] == {}


def test_quotes_and_trades_are_told_of_the_minutes_before_the_doors_opened_too() -> None:
    asked = {"start": "2026-11-20T11:30:00Z", "end": "2026-11-20T11:59:59Z"}
    assert len(reader().trades(["AAPL"], asked)["trades"]["AAPL"]) == 4 * 30
    assert len(reader().quotes(["AAPL"], asked | {"limit": "7"})["quotes"]["AAPL"]) == 7


def test_symbols_are_a_list_with_commas() -> None:
    assert symbols_in({"symbols": "aapl, BTC/USD"}) == ["AAPL", "BTC/USD"]
    with pytest.raises(Refused):
        symbols_in({})
    assert dated({"t": T0, "x": 1}) == {"t": "2026-11-20T12:00:00Z", "x": 1}
