from decimal import Decimal
from pathlib import Path

import pytest

from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.run.binance import Terms, is_pair, usual_purse
from openbell.run.binance import house_of as house_of_coins
from openbell.run.binance import instruments_of as pairs_of
from openbell.run.front import house_of
from openbell.run.minutes import LEAST_AGE, Minutes, goods_of
from openbell.run.source import SourceError
from openbell.run.venue import Goods
from openbell.wire.alpaca.data import Reader
from openbell.wire.binance.rows import bars_of

JAN = 1_704_207_600_000_000_000
"""2024-01-02 15:00 UTC, ns."""
NOW = JAN + 100 * DAY_NS


def write(folder: Path, name: str, *, minutes: int = 3, step: int = 1, day: int = 2) -> None:
    """Write minutes of which the first has the price 1, the next 2 and so on."""
    rows = [f"2024-01-{day:02}T15:{n * step:02}:00Z,{n + 1},{n + 1},{n + 1},{n + 1},40\n" for n in range(minutes)]
    (folder / name).write_text("ts,open,high,low,close,volume\n" + "".join(rows))


def test_without_names_all_that_was_recorded_in_minutes_is_traded_and_the_rest_is_told(tmp_path: Path) -> None:
    write(tmp_path, "AAPL.csv")
    write(tmp_path, "SPY.csv")
    write(tmp_path, "FIVE.csv", step=5)
    write(tmp_path, "TWICE_one.csv")
    write(tmp_path, "TWICE_two.csv")
    goods, notes = goods_of("", ("X",), str(tmp_path), 1, lambda symbol: symbol != "SPY")
    assert (goods.symbols, goods.data) == (("AAPL",), tmp_path)
    assert sorted(notes) == [
        "left out: FIVE: no minutes",
        "left out: SPY: not traded here",
        "left out: TWICE: TWICE_one.csv and TWICE_two.csv overlap in time: name one of them with --data",
    ]
    assert goods_of("SPY,AAPL", ("X",), str(tmp_path), 1)[0].symbols == ("SPY", "AAPL")


def test_who_is_not_quoted_for_days_is_told(tmp_path: Path) -> None:
    write(tmp_path, "AAPL.csv")
    write(tmp_path, "SPY.csv", day=9)
    late = ["SPY is not quoted before 2024-01-09, where its recording begins; the first one begins 2024-01-02"]
    assert goods_of("", (), str(tmp_path), 1)[1] == goods_of("SPY,AAPL", (), str(tmp_path), 1)[1] == late
    assert goods_of("SPY", (), str(tmp_path), 1)[1] == []


def test_an_invented_market_has_the_usual_symbols_or_those_named() -> None:
    assert goods_of("", ("AAPL", "SPY"), "synthetic", 3) == (
        Goods(symbols=("AAPL", "SPY"), interval=MINUTE_NS, seed=3), [],
    )  # fmt: skip
    assert goods_of("TSLA", ("AAPL",), "synthetic", 1)[0].symbols == ("TSLA",)


def test_what_cannot_be_played_is_said_before_a_door_opens(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no .parquet or .csv file"):
        goods_of("", (), str(tmp_path / "nothing"), 1)
    write(tmp_path, "FIVE.csv", step=5)
    with pytest.raises(SourceError, match="no minutes that can be played here; left out: FIVE: no minutes"):
        goods_of("", (), str(tmp_path), 1)
    (tmp_path / "FIVE.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="no bars are there"):
        goods_of("", (), str(tmp_path), 1)
    with pytest.raises(SourceError):
        house_of(Goods(symbols=("SPY",), interval=MINUTE_NS, data=tmp_path), Decimal(5), NOW)


def test_pairs_are_told_from_other_names_and_each_coin_that_pays_is_in_the_purse() -> None:
    assert [symbol for symbol in ("BTCUSDT", "BTC-PERP", "BTC/USDT", "USDT", "AAPL") if is_pair(symbol)] == ["BTCUSDT"]
    assert usual_purse(pairs_of(("BTCUSDT", "ETHUSDT", "BTCUSD"))) == {"USDT": 100_000, "USD": 100_000}


def test_what_was_recorded_is_told_to_those_who_ask_for_its_time_alone(tmp_path: Path) -> None:
    write(tmp_path, "AAPL.csv")
    house, instants = house_of(Goods(symbols=("AAPL",), interval=MINUTE_NS, data=tmp_path), Decimal(5), NOW)
    assert [bars[0].close for bars in instants] == [1.0, 2.0, 3.0]
    reader, dated = Reader(house.tape), {"start": "2024-01-02T15:01:00Z", "end": "2024-01-02T16:00:00Z"}
    told = reader.bars(["AAPL"], {"timeframe": "1Min", **dated})["bars"]["AAPL"]
    assert [(row["t"], row["c"]) for row in told] == [("2024-01-02T15:01:00Z", 2.0), ("2024-01-02T15:02:00Z", 3.0)]
    assert len(reader.bars(["AAPL"], {"timeframe": "1Day", "start": "2024-01-01"})["bars"]["AAPL"]) == 1
    assert len(reader.trades(["AAPL"], dated)["trades"]["AAPL"]) == 8
    assert reader.bars(["AAPL"], {"timeframe": "1Min"})["bars"] == {}
    assert reader.trades(["AAPL"], {})["trades"] == {}
    assert "prevDailyBar" not in reader.snapshots(["AAPL"])["AAPL"]


def test_recorded_minutes_of_coins_are_told_to_those_who_ask_for_their_time_alone(tmp_path: Path) -> None:
    write(tmp_path, "BTCUSDT.csv")
    goods = Goods(symbols=("BTCUSDT",), interval=MINUTE_NS, data=tmp_path)
    tape = house_of_coins(goods, Terms(coins={}), NOW)[0].tape
    assert [bar.close for bar in bars_of(tape, "BTCUSDT", "1m", with_archive=True)] == [1.0, 2.0, 3.0]
    assert bars_of(tape, "BTCUSDT", "1m") == []


def test_young_minutes_are_not_told_before_they_are_played(tmp_path: Path) -> None:
    write(tmp_path, "AAPL.csv")
    goods = Goods(symbols=("AAPL",), interval=MINUTE_NS, data=tmp_path)
    end = JAN + 3 * MINUTE_NS
    assert len(Minutes(goods, ("AAPL",), end + LEAST_AGE).told("AAPL")) == 3
    assert len(Minutes(goods, ("AAPL",), end + LEAST_AGE - 1).told("AAPL")) == 2


def test_minutes_that_nobody_could_trade_at_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = ("100,101,99,100.5,1000", "100,101,99,100.5,", ",101,99,100.5,1000", "0,0,0,0,0", "100,99,101,100.5,1000")
    text = "".join(f"2024-01-02T15:0{n}:00Z,{row}\n" for n, row in enumerate(rows))
    (tmp_path / "AAPL.csv").write_text("ts,open,high,low,close,volume\n" + text)
    goods, said = Goods(symbols=("AAPL",), interval=MINUTE_NS, data=tmp_path), list[str]()
    _, instants = house_of(goods, Decimal(5), NOW, said.append)
    assert [(bars[0].close, bars[0].volume) for bars in instants] == [(100.5, 1000.0), (100.5, 0.0)]
    assert said == ["left out: AAPL: 3 minutes whose prices are none"]
    (tmp_path / "AAPL.csv").write_text("ts,open,high,low,close,volume\n2024-01-02T15:00:00Z,0,0,0,0,0\n" * 1)
    with pytest.raises(SourceError):
        house_of(goods, Decimal(5), NOW)


def test_a_front_makes_its_own_bid_and_offer_of_what_was_recorded_with_both(tmp_path: Path) -> None:
    sides = [f"{side}_{name}" for side in ("bid", "ask") for name in ("open", "high", "low", "close")]
    columns = ",".join(["ts,open,high,low,close,volume", *sides])
    row = ",".join(["100"] * 4 + ["1"] + ["90"] * 4 + ["110"] * 4)
    text = "".join(f"2024-01-02T15:0{n}:00Z,{row}\n" for n in range(2))
    (tmp_path / "AAPL.csv").write_text(f"{columns}\n{text}")
    _, instants = house_of(Goods(symbols=("AAPL",), interval=MINUTE_NS, data=tmp_path), Decimal(5), NOW)
    assert [(bars[0].bid, bars[0].ask) for bars in instants] == [(None, None)] * 2
