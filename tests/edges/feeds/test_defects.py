"""Defects are found by row, and what the series proves wrong is put right as a person did it by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.edges.feeds.defects import Series, counted, doubt, factors, find, repair
from tests.conformance.market import DATA

pl = pytest.importorskip("polars")
FOLDER = DATA / "defects"
PAIRS = ("4063-T-1d-bad-stock-split", "8TRA-DE-1d-missing-div-adjust", "AET-L-1d-100x-error", "ALPHA-PA-1d-bad-stock-split",
         "ASAI-L-1h-bad-unit", "KAP-IL-1d-bad-div", "SAND-1d-bad-div")  # fmt: skip
WRONG = {
    "4063-T-1d-bad-stock-split": {"split_level": 9},
    "8TRA-DE-1d-missing-div-adjust": {"adjusted_close": 2},
    "AET-L-1d-100x-error": {"hundredfold": 14},
    "ALPHA-PA-1d-bad-stock-split": {"split_level": 1},
    "ASAI-L-1h-bad-unit": {"hundredfold": 1},
}
"""What is put right in each file: exactly the rows in which the two files differ."""


def recorded(path: Path) -> Series:
    """Return a vendor's series in the order of time."""
    frame = pl.read_parquet(path).sort("ts")
    return Series(
        ts=frame["ts"].dt.epoch("ns").to_numpy().copy(),
        px=frame.select("open", "high", "low", "close").to_numpy().copy(),
        volume=frame["volume"].to_numpy().astype(float),
        dividend=frame["dividends"].to_numpy().copy(),
        split=frame["stock_splits"].to_numpy().copy(),
        adjusted=frame["adj_close"].to_numpy().copy(),
    )


@pytest.mark.skipif(not FOLDER.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
@pytest.mark.parametrize("name", PAIRS)
def test_a_recorded_defect_becomes_the_answer_that_was_made_by_hand(name: str) -> None:
    ours, theirs = recorded(FOLDER / f"{name}_raw.parquet"), recorded(FOLDER / f"{name}_fixed.parquet")
    changed = repair(ours, is_adjusted=True)
    if name in WRONG:
        assert counted(changed) == WRONG[name]
    assert ours.px == pytest.approx(theirs.px, rel=1e-6)
    assert ours.volume == pytest.approx(theirs.volume, rel=1e-6)
    assert ours.dividend == pytest.approx(theirs.dividend)
    assert ours.adjusted is not None and theirs.adjusted is not None
    if name.startswith("SAND"):
        # Their answer took the dividend told twice out of its column and left it in the adjusted close.
        untouched = ours.ts >= ours.ts[np.flatnonzero(recorded(FOLDER / f"{name}_raw.parquet").dividend)[-2]]
        assert ours.adjusted[untouched] == pytest.approx(theirs.adjusted[untouched], rel=1e-4)
        assert (ours.adjusted[~untouched] / theirs.adjusted[~untouched]) == pytest.approx(
            1 / (1 - 0.015 / 4.94), rel=2e-3
        )
    else:
        assert ours.adjusted == pytest.approx(theirs.adjusted, rel=1e-4)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
@pytest.mark.parametrize("name", PAIRS)
def test_the_answer_itself_needs_no_repair(name: str) -> None:
    right = recorded(FOLDER / f"{name}_fixed.parquet")
    before = right.px.copy()
    changed = counted(repair(right, is_adjusted=True))
    assert (right.px == before).all()
    assert set(changed) <= ({"adjusted_close"} if name.startswith("SAND") else set())


TOLD = {
    "4063-T-1d-bad-stock-split": {"split_level": 9},
    "8TRA-DE-1d-missing-div-adjust": {"adjusted_close": 1},
    "ALPHA-PA-1d-bad-stock-split": {"split_level": 1},
    "KAP-IL-1d-bad-div": {"dividend_twice": 1},
    "SAND-1d-bad-div": {"dividend_twice": 1},
}
"""What splits, dividends and the adjusted close of each raw file prove wrong."""


@pytest.mark.skipif(not FOLDER.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
@pytest.mark.parametrize("name", PAIRS)
def test_what_is_paid_is_doubted_in_the_vendors_file_and_not_in_the_answer(name: str) -> None:
    raw = recorded(FOLDER / f"{name}_raw.parquet")
    held = {key: getattr(raw, key).copy() for key in ("px", "volume", "dividend", "adjusted")}
    found = doubt(raw, is_adjusted=True)
    assert counted(found) == TOLD.get(name, {})
    assert not any(one.is_repaired for one in found)
    assert all((getattr(raw, key) == before).all() for key, before in held.items())
    assert doubt(recorded(FOLDER / f"{name}_fixed.parquet"), is_adjusted=True) == []


def paid(*, adjusted: list[float] | None, split: float = 0.0) -> Series:
    """Ten days at 100 with a dividend of 5 on the sixth, and a split on the third."""
    px = np.full((10, 4), 100.0)
    dividend, splits = np.zeros(10), np.zeros(10)
    dividend[5], splits[2] = 5.0, split
    if split:
        px[:2] *= split
    own = None if adjusted is None else np.array(adjusted)
    return Series(ts=np.arange(10), px=px, volume=np.ones(10), dividend=dividend, split=splits, adjusted=own)


def test_an_adjusted_close_that_leaves_a_dividend_out_is_told_once_at_its_last_row() -> None:
    (found,) = doubt(paid(adjusted=[100.0] * 10), is_adjusted=False)
    assert (found.kind, found.ts, "5.3%" in found.text) == ("adjusted_close", 4, True)
    right = [95.0] * 5 + [100.0] * 5
    assert doubt(paid(adjusted=right), is_adjusted=False) == []
    assert doubt(paid(adjusted=[px * (0.996 if n < 5 else 1) for n, px in enumerate(right)]), is_adjusted=False) == []
    assert doubt(paid(adjusted=None), is_adjusted=False) == []
    # Rows from before a split are not comparable unless the vendor's prices are said to be.
    assert doubt(paid(adjusted=right, split=2.0), is_adjusted=False) == []
    assert counted(doubt(paid(adjusted=right, split=2.0), is_adjusted=True))["split_level"] == 2


ACTIONS = DATA / "us_equity_1d_actions"


@pytest.mark.skipif(not ACTIONS.is_dir(), reason="recorded data: set OPENBELL_DATA to their directory")
@pytest.mark.parametrize(("file", "events"), [("plotly_2015_2017", 11), ("wiki_shared_2007_2012", 23)])
def test_factors_of_splits_and_dividends_give_the_vendors_adjusted_close(file: str, events: int) -> None:
    frame = pl.read_parquet(ACTIONS / f"{file}.parquet")
    acted = 0
    for _, own in frame.group_by("symbol"):
        rows = own.sort("date")
        close, theirs = rows["close"].to_numpy(), rows["adj_close"].to_numpy()
        dividend, split = rows["dividend"].to_numpy(), rows["split_ratio"].to_numpy()
        ours = close * factors(close, dividend, split)
        acted += int((dividend > 0.0).sum() + (split != 1.0).sum())
        # The files leave whole years out, and what was paid in them.
        follows = np.diff(rows["date"].to_physical().to_numpy()) < 10
        share = dividend[1:] / close[:-1]
        # We invest a dividend at the close before it, this vendor at the close behind it.
        reach = share * np.abs(close[1:] * split[1:] / (close[:-1] - dividend[1:]) - 1.0) + 2e-5
        off = np.abs((ours[1:] / ours[:-1]) / (theirs[1:] / theirs[:-1]) - 1.0)
        assert (off[follows] <= reach[follows]).all()
    assert acted == events


def bars(*closes: float) -> np.ndarray:
    """Return flat bars at these closes."""
    return np.repeat(np.array(closes, dtype=float)[:, None], 4, axis=1)


def stamps(count: int) -> np.ndarray:
    return np.arange(1, count + 1, dtype=np.int64) * 60_000_000_000


def test_each_kind_of_defect_is_found_in_its_row() -> None:
    px = bars(10, 10, 10, 10, 10, 10)
    px[1, 3], px[2, 0], px[3, 2] = math.nan, 0.0, 11.0
    ts = stamps(6)
    ts[4], ts[5] = ts[3], ts[2]
    volume = np.array([1.0, 1, 1, -1, 1, 1])
    found = {(one.kind, one.ts // 60_000_000_000) for one in find(ts, px, volume)}
    assert found >= {
        ("missing_price", 2), ("not_above_zero", 3), ("high_low", 4), ("negative_volume", 4), ("duplicate", 4), ("order", 3),
    }  # fmt: skip


def test_good_bars_have_no_defect() -> None:
    assert find(stamps(5), bars(10, 11, 9, 15, 12), np.ones(5)) == []
    assert find(stamps(0), bars().reshape(0, 4), np.ones(0)) == []


def test_a_price_that_falls_by_half_is_no_wrong_unit() -> None:
    px = bars(100, 50, 20, 10, 5, 2, 1)
    assert counted(find(stamps(7), px, np.ones(7))) == {}


@given(st.lists(st.floats(-0.05, 0.05), min_size=8, max_size=60), st.data())
def test_pence_among_pounds_come_back(moves: list[float], data: st.DataObject) -> None:
    px = bars(*(50.0 * np.cumprod(1.0 + np.array(moves))))
    first = data.draw(st.integers(1, len(px) - 3))
    last = data.draw(st.integers(first + 1, min(first + 3, len(px) - 1)))
    broken = px.copy()
    broken[first:last] *= 100.0
    volume = np.ones(len(px))
    series = Series(ts=stamps(len(px)), px=broken, volume=volume, dividend=volume * 0, split=volume * 0)
    changed = repair(series, is_adjusted=False)
    assert series.px == pytest.approx(px)
    assert len(changed) == last - first
    assert find(series.ts, series.px, volume) == []


def test_prices_that_are_not_adjusted_keep_their_jump_at_a_split() -> None:
    px = bars(100, 101, 20.4, 20.2)
    split = np.array([0.0, 0.0, 5.0, 0.0])
    series = Series(ts=stamps(4), px=px.copy(), volume=np.ones(4), dividend=np.zeros(4), split=split)
    assert repair(series, is_adjusted=False) == [] and (series.px == px).all()
    assert len(repair(series, is_adjusted=True)) == 2
    assert series.px[:2, 3] == pytest.approx([20.0, 20.2]) and series.volume[:2] == pytest.approx([5.0, 5.0])


def test_factors_act_on_the_rows_before() -> None:
    close = np.array([100.0, 100.0, 50.0, 50.0])
    found = factors(close, np.array([0.0, 10.0, 0.0, 0.0]), np.array([0.0, 0.0, 2.0, 0.0]))
    assert found == pytest.approx([0.45, 0.5, 1.0, 1.0])
