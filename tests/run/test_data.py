"""The store beside its calendars."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest

from openbell.core.types import MINUTE_NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.past import Wanted
from openbell.edges.feeds import intake
from openbell.run import data
from openbell.run.listings import Wire
from tests.run.test_history import DAY, NOW, Vendor, bar

HOUR_NS = 60 * MINUTE_NS
OPEN = 1_719_927_000_000_000_000
"""2024-07-02 13:30 UTC, half past nine in New York; the third is a half day."""


def minutes(folder: Path, *, leave_out: int = 0) -> Path:
    """Write a whole day and a half day of minutes."""
    stamps = [OPEN + n * MINUTE_NS for n in range(390)] + [OPEN + (1_440 + n) * MINUTE_NS for n in range(210)]
    stamps = stamps[leave_out:]
    close = [100.0 + n / 100 for n in range(len(stamps))]
    ts = pl.Series(stamps).cast(pl.Datetime("ns", "UTC"))
    file = folder / "SPY_1m.parquet"
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    pl.DataFrame({"ts": ts, **prices, "volume": [1.0] * len(stamps)}).write_parquet(file)
    return file


def test_hours_are_anchored_and_end_with_the_half_day(tmp_path: Path) -> None:
    environment = {"OPENBELL_HOME": str(tmp_path / "home")}
    folder = data.home(environment)
    data.take_in(folder, [minutes(tmp_path)], intake.Terms())
    asked = data.Longer(symbol="SPY", before=MINUTE_NS, after=HOUR_NS, calendar="NYSE")
    assert data.lengthen(folder, asked, environment) == (7 + 4, 0)
    made = data.read(folder, "SPY", HOUR_NS, "none")
    assert (made["ts"].dt.epoch("ns")[0], made["span"][6], made["span"][10]) == (OPEN, HOUR_NS // 2, HOUR_NS // 2)
    assert data.lengthen(
        folder, data.Longer(symbol="SPY", before=MINUTE_NS, after=None, calendar="NYSE"), environment
    ) == (2, 0)
    assert [str(day) for day in data.read(folder, "SPY", data.DAY_NS, "all")["date"]] == ["2024-07-02", "2024-07-03"]


def test_what_cannot_be_lengthened_is_told(tmp_path: Path) -> None:
    environment = {"OPENBELL_HOME": str(tmp_path / "home")}
    folder = data.home(environment)
    data.take_in(folder, [minutes(tmp_path)], intake.Terms())
    for after, told in ((90_000_000_000, "is no multiple of"), (MINUTE_NS, "is no multiple of")):
        with pytest.raises(ValueError, match=told):
            data.lengthen(
                folder, data.Longer(symbol="SPY", before=MINUTE_NS, after=after, calendar="NYSE"), environment
            )
    with pytest.raises(ValueError, match="calendar"):
        data.lengthen(folder, data.Longer(symbol="SPY", before=MINUTE_NS, after=HOUR_NS, calendar="XYZ"), environment)


def test_gaps_are_those_of_the_exchange(tmp_path: Path) -> None:
    environment = {"OPENBELL_HOME": str(tmp_path / "home")}
    (found,) = data.verify([minutes(tmp_path, leave_out=5)], "NYSE", environment)
    assert found.gaps is not None and found.defects == []
    assert (found.gaps.sessions, found.gaps.expected, found.gaps.missing, found.gaps.outside) == (2, 600, 5, 0)
    told = found.as_data()
    assert told["gaps"]["missing"] == 5 and told["interval"] == "1m"  # type: ignore[index]
    (plain,) = data.verify([tmp_path], None, environment)
    assert plain.gaps is None
    with pytest.raises(ValueError, match="no .parquet or .csv file"):
        data.verify([tmp_path / "nowhere"], None, environment)


def test_minutes_of_a_vendor_stand_in_the_store_by_their_opening_once(tmp_path: Path) -> None:
    vendor = Vendor([bar(n, "BTCUSDT", 100.0 + n) for n in range(5)])
    wire = cast(Wire, SimpleNamespace(broker=vendor, options=None))
    wanted = tuple(Wanted(symbol=symbol, start=DAY, end=NOW) for symbol in ("BTCUSDT", "ETHUSDT"))
    access = Access(now=lambda: NOW)
    for added, known in ((5, 0), (0, 5)):
        (taken,) = data.fetch(wire, wanted, tmp_path, access, replaces=False)
        assert (taken.part.symbol, taken.merged.added, taken.merged.known) == ("BTCUSDT", added, known)
    frame = data.read(tmp_path, "BTCUSDT", MINUTE_NS, "none")
    assert frame["ts"].dt.timestamp("ns").to_list() == [DAY + n * MINUTE_NS for n in range(5)]
    assert frame["close"].to_list() == [100.0, 101.0, 102.0, 103.0, 104.0]


def test_what_a_folder_holds_is_told_by_instrument_and_files_without_bars_are_left_out(tmp_path: Path) -> None:
    minutes(tmp_path)
    whole = pl.read_parquet(tmp_path / "SPY_1m.parquet")
    whole[::5].write_parquet(tmp_path / "SPY_5m.parquet")
    whole[:100].write_parquet(tmp_path / "QQQ_first.parquet")
    whole[100:].write_parquet(tmp_path / "QQQ_second.parquet")
    whole[:10].write_parquet(tmp_path / "IWM_a.parquet")
    whole[9:20].write_parquet(tmp_path / "IWM_b.parquet")
    whole[:1].write_parquet(tmp_path / "ONE.parquet")
    whole.select("ts").write_parquet(tmp_path / "ticks.parquet")
    found = data.holdings(tmp_path, ".parquet")
    assert {symbol: one.intervals for symbol, one in found.items()} == {
        "IWM": (MINUTE_NS,), "QQQ": (MINUTE_NS,), "SPY": (MINUTE_NS, 5 * MINUTE_NS)
    }  # fmt: skip
    assert {symbol: one.clash for symbol, one in found.items() if one.clash} == {
        "IWM": ("IWM_a.parquet", "IWM_b.parquet")
    }
    assert list(data.holdings(tmp_path / "SPY_1m.parquet", ".parquet")) == ["SPY"]
    with pytest.raises(ValueError, match="no bars are there"):
        data.holdings(tmp_path / "ticks.parquet", ".parquet")


def test_files_without_bars_are_left_out_of_a_folder_and_named(tmp_path: Path) -> None:
    minutes(tmp_path)
    (tmp_path / "closes.csv").write_text("date,SPY\n2024-07-02,1\n", encoding="utf-8")
    told: list[str] = []
    (found,) = data.verify([tmp_path], None, {}, tell=told.append)
    assert (found.symbol, len(told), "left out: closes.csv: no bars in it" in told[0]) == ("SPY", 1, True)
    (taken,) = data.take_in(tmp_path / "store", [tmp_path], intake.Terms(), told.append)
    assert (taken.part.symbol, told[0] == told[1]) == ("SPY", True)
    for paths in ([tmp_path / "closes.csv"], [tmp_path / "SPY_1m.parquet", tmp_path / "closes.csv"]):
        with pytest.raises(ValueError, match="closes.csv: no bars in it"):
            data.verify(paths, None, {})
    (tmp_path / "SPY_1m.parquet").unlink()
    with pytest.raises(ValueError, match="closes.csv: no bars in it"):
        data.verify([tmp_path], None, {})
