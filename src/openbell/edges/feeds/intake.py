"""Vendors' files into a store: read, judged, put right where asked, merged.

Splits and dividends are kept with the factors that make earlier prices comparable.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from openbell.core.events import Bar
from openbell.core.types import DAY_NS
from openbell.edges.feeds import csv, defects, parquet, store
from openbell.edges.feeds.frames import COLUMNS, PRICES, common_step, split
from openbell.edges.feeds.table import Floats, Ints

if TYPE_CHECKING:
    import polars as pl

Frame: TypeAlias = "pl.DataFrame"
"""Rows of a store, for those who only hand them on."""
_EXTRAS = {
    "dividend": ("dividend", "dividends"),
    "split": ("split", "split_ratio", "stock_splits"),
    "adjusted": ("adj_close", "adjusted_close"),
}
"""What vendors call dividends (quote currency per unit), split ratios (new for one old) and the adjusted close."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How files are taken in.

    Attributes:
        interval: Length of a bar, ns; None for the most common difference between stamps.
        tz: Zone of stamps in CSV files that state none.
        repairs: True to put right what the series itself proves wrong.
        is_adjusted: True when the vendor's prices are adjusted for splits.
        replaces: True to let new rows win over stored ones.
    """

    interval: int | None = None
    tz: str = "UTC"
    repairs: bool = False
    is_adjusted: bool = False
    replaces: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one instrument of one file, as they stand there; `interval` is in ns."""

    file: str
    symbol: str
    interval: int
    frame: "pl.DataFrame"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a part: what was wrong, what was changed, what the store did."""

    part: Part
    found: list[defects.Defect]
    repaired: list[defects.Defect]
    merged: store.Merged


def parts(path: Path, terms: Terms) -> Iterator[Part]:
    """Yield the rows of each instrument of a file, in the file's order.

    Raises:
        ValueError: The file holds no bars, or the length of its bars cannot be told.
        OSError: It cannot be read.
    """
    if path.suffix == ".parquet":
        frame = parquet.read_frame(path)
    else:
        frame = csv.read_frame(path, csv.Config(path=path, tz=terms.tz))
    if frame is None:
        raise ValueError(f"{path.name}: no bars in it (open, high, low, close with ts or date)")
    extra = _extras(path)
    whole = frame.hstack(extra) if extra.width else frame
    for symbol, own in split(whole, path.name).items():
        stamp = "ts" if "ts" in own.columns else "date"
        rows = own.drop_nulls(stamp)
        interval = terms.interval
        if interval is None:
            where = f"{path.name}, {symbol}"
            interval = DAY_NS if stamp == "date" else common_step(np.sort(stamps(rows)), where)
        yield Part(file=path.name, symbol=symbol, interval=interval, frame=rows)


def judge(part: Part) -> list[defects.Defect]:
    """Return what is wrong with a part's rows, in the file's order."""
    return defects.find(stamps(part.frame), _prices(part.frame), _volume(part.frame))


def doubt(part: Part, *, is_adjusted: bool) -> list[defects.Defect]:
    """Return what splits, dividends and the adjusted close of a part prove wrong.

    Nothing is changed.

    Args:
        part: As it stands in its file.
        is_adjusted: True when the vendor's prices are adjusted for splits.
    """
    if not any(name in part.frame.columns for name in _EXTRAS):
        return []
    frame = _ascending(part)
    sound = np.flatnonzero((_prices(frame) > 0.0).all(axis=1))
    return defects.doubt(_series(frame[sound]), is_adjusted=is_adjusted) if len(sound) else []


def _ascending(part: Part) -> "pl.DataFrame":
    stamp = "ts" if "ts" in part.frame.columns else "date"
    return part.frame.sort(stamp, maintain_order=True).unique(stamp, keep="first", maintain_order=True)


def take_in(folder: Path, part: Part, terms: Terms) -> Taken:
    """Put a part into the store: ascending, each stamp once, put right where asked.

    Raises:
        store.Conflict: Other rows stand at the same stamps.
    """
    import polars as pl

    stamp = "ts" if "ts" in part.frame.columns else "date"
    found, frame = judge(part), _ascending(part)
    repaired: list[defects.Defect] = []
    if terms.repairs:
        frame, repaired = _repaired(frame, terms)
    _remember(folder, part.symbol, frame, terms)
    if stamp == "ts":
        frame = frame.with_columns(pl.col("ts").cast(pl.Datetime("us", "UTC")))
    bars = frame.with_columns(pl.lit(part.symbol).alias("symbol")).drop(list(_EXTRAS), strict=False)
    if "volume" not in bars.columns:
        bars = bars.with_columns(pl.lit(0.0).alias("volume"))
    floats = [pl.col(name).cast(pl.Float64) for name in bars.columns if name not in ("ts", "date", "symbol", "span")]
    ordered = bars.with_columns(floats).select(name for name in COLUMNS if name in bars.columns)
    merged = store.merge(folder, ordered, part.interval, replace=terms.replaces)
    return Taken(part=part, found=found, repaired=repaired, merged=merged)


def part_of(name: str, bars: Sequence[Bar]) -> Part:
    """Return bars of one instrument, one at least, as rows of a source called `name`."""
    import polars as pl

    columns = ("open", "high", "low", "close", "volume")
    rows: dict[str, list[int] | list[float]] = {"ts": [bar.open_ts // 1000 for bar in bars]}
    rows |= {column: [getattr(bar, column) for bar in bars] for column in columns}
    frame = pl.DataFrame(rows).with_columns(pl.col("ts").cast(pl.Datetime("us", "UTC")))
    return Part(file=name, symbol=bars[0].instrument, interval=bars[0].interval, frame=frame)


def _extras(path: Path) -> "pl.DataFrame":
    """Return splits, dividends and the adjusted close by our names, those that the file has."""
    import polars as pl

    whole = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    by_lower = {name.strip().lower(): name for name in whole.columns}
    chosen = {
        ours: next(by_lower[name] for name in names if name in by_lower)
        for ours, names in _EXTRAS.items()
        if any(name in by_lower for name in names)
    }
    return whole.select(**{ours: pl.col(name).cast(pl.Float64, strict=False) for ours, name in chosen.items()})


def stamps(frame: "pl.DataFrame") -> Ints:
    """Return the stamps of rows as UTC ns, dates as their midnight."""
    if "ts" in frame.columns:
        return np.array(frame["ts"].dt.epoch("ns").to_numpy(), dtype=np.int64)
    return np.array(frame["date"].to_physical().to_numpy(), dtype=np.int64) * DAY_NS


def _prices(frame: "pl.DataFrame") -> Floats:
    return np.array(frame.select(PRICES).fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _volume(frame: "pl.DataFrame") -> Floats:
    return _column(frame, "volume", 0.0)


def _column(frame: "pl.DataFrame", name: str, missing: float) -> Floats:
    if name not in frame.columns:
        return np.full(frame.height, missing)
    return np.array(frame[name].fill_null(missing).to_numpy(), dtype=np.float64)


def _series(frame: "pl.DataFrame") -> defects.Series:
    return defects.Series(
        ts=stamps(frame), px=_prices(frame), volume=_volume(frame), dividend=_column(frame, "dividend", 0.0),
        split=_column(frame, "split", 0.0), adjusted=frame["adjusted"].to_numpy().copy() if "adjusted" in frame.columns
        else None,
    )  # fmt: skip


def _repaired(frame: "pl.DataFrame", terms: Terms) -> "tuple[pl.DataFrame, list[defects.Defect]]":
    """Return the frame put right; rows with a price that is missing or not above zero are left as they are."""
    import polars as pl

    series = _series(frame)
    sound = np.flatnonzero((series.px > 0.0).all(axis=1))
    if not len(sound):
        return frame, []
    own = _series(frame[sound])
    found = defects.repair(own, is_adjusted=terms.is_adjusted)
    series.px[sound], series.volume[sound], series.dividend[sound] = own.px, own.volume, own.dividend
    columns = {name: series.px[:, n] for n, name in enumerate(PRICES)}
    columns |= {"volume": series.volume} if "volume" in frame.columns else {}
    columns |= {"dividend": series.dividend} if "dividend" in frame.columns else {}
    return frame.with_columns(pl.Series(name, values) for name, values in columns.items()), found


def _remember(folder: Path, symbol: str, frame: "pl.DataFrame", terms: Terms) -> None:
    """Keep each split and dividend with the factors by which earlier prices are comparable."""
    import polars as pl

    series = _series(frame)
    is_split = (series.split > 0.0) & (series.split != 1.0)
    rows = np.flatnonzero(is_split | (series.dividend > 0.0))
    rows = rows[rows > 0]
    before = series.px[rows - 1, 3]
    ratio = np.where(is_split[rows], series.split[rows], 0.0)
    is_open = is_split[rows] & (not terms.is_adjusted)
    store.remember(
        folder,
        pl.DataFrame(
            {
                "symbol": [symbol] * len(rows),
                "ts": pl.Series(series.ts[rows], dtype=pl.Int64).cast(pl.Datetime("ns", "UTC")),
                "dividend": series.dividend[rows],
                "split": ratio,
                "split_factor": np.where(is_open, 1.0 / np.where(ratio > 0.0, ratio, 1.0), 1.0),
                "dividend_factor": 1.0 - series.dividend[rows] / before,
            }
        ),
    )
