"""Parquet files, generated here and recorded ones."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.calendars import sessions
from openbell.edges.feeds import merge
from openbell.edges.feeds.parquet import Config, load
from openbell.edges.feeds.table import Request

DATA = Path(os.environ.get("OPENBELL_DATA") or Path(__file__).parents[4] / "shared" / "data")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
NAMES = ("AZO", "BKNG", "CPAY", "FICO", "GWW", "MTD", "NVR", "SW", "TDG", "TYL")


def request(calendar: str, *symbols: str) -> Request:
    return Request(symbols=symbols, sessions=lambda _, start, end: sessions(calendar, start, end))


def ns(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * NS  # type: ignore[misc, arg-type]


def test_a_written_file_comes_back_as_written(tmp_path: Path) -> None:
    stamps = [datetime(2024, 1, 2, 14, 30, tzinfo=UTC) + timedelta(minutes=i) for i in range(3)]
    columns = {"open": [1.1, 2.2, 3.3], "high": [1.2, 2.3, 3.4], "low": [1.0, 2.1, 3.2], "close": [1.15, 2.25, None]}
    pl.DataFrame({"vwap": [0.0] * 3, "ts": stamps, **columns}).write_parquet(tmp_path / "SPY_x.parquet")
    (table,) = load(Config(path=tmp_path), request("24x7", "SPY"))
    assert table.open.tolist() == columns["open"]
    assert np.isnan(table.close[2])
    assert table.ts.tolist() == [ns(2024, 1, 2, 14, 31 + i) for i in range(3)]
    assert not table.is_synthetic


def test_what_is_not_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "SPY.parquet").write_text("ts,open")
    with pytest.raises(ValueError, match=r"SPY\.parquet: not a readable Parquet file"):
        load(Config(path=tmp_path), request("24x7", "SPY"))


@needs_data
def test_ten_names_of_2024_load_and_the_eleventh_is_ignored_by_name() -> None:
    tables = load(Config(path=DATA / "us_equity_1m"), request("NYSE", *NAMES))
    assert tuple(table.symbol for table in tables) == NAMES
    assert {table.interval_ns for table in tables} == {MINUTE_NS}
    assert sum(map(len, tables)) == 266_972
    assert tables[0].notes == ["ignored, not configured: SPY (SPY_201101.parquet)"]
    assert merge.fingerprint(tables) == merge.fingerprint(
        load(Config(path=DATA / "us_equity_1m"), request("NYSE", *NAMES))
    )


@needs_data
def test_a_recorded_half_day_ends_with_its_closing_auction() -> None:
    (table,) = load(Config(path=DATA / "us_equity_1m"), request("NYSE", "AZO"))
    close = ns(2024, 7, 3, 17)
    (row,) = np.flatnonzero(table.open_ts == close)
    assert table.close[row] == 2844.88
    assert table.ts[row] == close + MINUTE_NS


@needs_data
def test_recorded_events_come_in_the_order_of_time() -> None:
    tables = load(Config(path=DATA / "us_equity_1m"), request("NYSE", *NAMES))
    schedule = sessions("NYSE", int(tables[0].ts[0]), ns(2024, 2, 1))
    told = [(event.ts, isinstance(event, Bar)) for event in merge.events(tables, schedule)]
    assert len(told) == 266_972 + len(schedule)
    assert told == sorted(told)


@needs_data
def test_two_sources_of_one_pair_need_a_choice() -> None:
    with pytest.raises(ValueError, match=r"EURUSD_oanda_201405a\.parquet and EURUSD_fxcm_201405a\.parquet overlap"):
        load(Config(path=DATA / "fx_1m"), request("fx", "EURUSD"))
    pair, yen = load(Config(path=DATA / "fx_1m", source="oanda"), request("fx", "EURUSD", "USDJPY"))
    assert (len(pair), len(yen)) == (9_552, 15_820)
    assert pair.bid is not None
    assert pair.ask is not None
    bar = merge.bars(pair, 0, 1)[0]
    assert bar.bid is not None
    assert bar.ask is not None
    assert bar.close == pytest.approx((bar.bid[3] + bar.ask[3]) / 2)


@needs_data
def test_quote_bars_and_trade_bars_of_a_coin_need_a_choice_too() -> None:
    with pytest.raises(ValueError, match="BTCUSD_coinbase_quotes_20170903_04"):
        load(Config(path=DATA / "crypto_1m"), request("24x7", "BTCUSD"))
    trades, perp = load(Config(path=DATA / "crypto_1m", source="selected"), request("24x7", "BTCUSD", "BTC-PERP"))
    assert (len(trades), trades.bid, len(perp)) == (12_423, None, 25_979)
    (quotes,) = load(Config(path=DATA / "crypto_1m", source="quotes"), request("24x7", "BTCUSD"))
    assert len(quotes) == 2_876
    assert quotes.bid is not None


@needs_data
@pytest.mark.parametrize(
    ("folder", "symbol", "calendar", "minutes", "count"),
    [
        ("crypto_4h", "BTCUSD", "24x7", 240, 20_695),
        ("crypto_5m", "ADABTC", "24x7", 5, 5_720),
        ("fx_1h", "USDJPY", "fx", 60, 57_600),
        ("fx_3m_2026", "USDJPY", "fx", 3, 40_219),
        ("fx_5m_2026", "EURUSD", "fx", 5, 24_212),
        ("fx_1d", "EURUSD", "fx", 1440, 2_400),
        ("us_equity_1d/spy_daily.parquet", "SPY", "NYSE", 1440, 5_241),
    ],
)
def test_every_recorded_interval_is_told(folder: str, symbol: str, calendar: str, minutes: int, count: int) -> None:
    (table,) = load(Config(path=DATA / folder), request(calendar, symbol))
    assert (table.interval_ns // MINUTE_NS, len(table)) == (minutes, count)


@needs_data
def test_recorded_days_end_at_the_close_of_their_session() -> None:
    (table,) = load(Config(path=DATA / "us_equity_1d" / "spy_daily.parquet"), request("NYSE", "SPY"))
    assert table.spans is not None
    assert ns(2019, 7, 3, 17) in table.ts
    assert set((table.spans // MINUTE_NS).tolist()) <= {390, 210}


@needs_data
def test_deliberately_bad_quotes_are_kept() -> None:
    (table,) = load(Config(path=DATA / "golden" / "quotes_bad.parquet"), request("NYSE", "quotes"))
    assert np.isnan(table.close).any() or (table.close == 0).any()


@needs_data
def test_ticks_are_not_bars() -> None:
    with pytest.raises(ValueError, match="the files hold bars of: none"):
        load(Config(path=DATA / "fx_tick"), request("fx", "EURUSD"))
