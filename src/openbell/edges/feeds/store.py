"""A folder of Parquet files, one for each instrument and length of bar.

Beside them stands what is known of splits and dividends.

A run reads it with `--data FOLDER`, as any other folder of bars. Files are replaced whole.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openbell.core.types import DAY_NS
from openbell.edges.feeds.frames import PRICES
from openbell.schema import format_span, parse_span

if TYPE_CHECKING:
    import polars as pl

ACTIONS = "actions.parquet"
"""Columns symbol, ts (UTC, first instant without it), dividend, split, split_factor, dividend_factor."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the store.

    Attributes:
        symbol: Instrument. interval: Length of its bars, ns. rows: How many. first, last: Stamps as text.
        bytes: Size of the file. splits, dividends: How many are known of the instrument.
    """

    symbol: str
    interval: int
    rows: int
    first: str
    last: str
    bytes: int
    splits: int = 0
    dividends: int = 0


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were new, known already, or otherwise before."""

    added: int
    known: int
    changed: int


class Conflict(ValueError):
    """Rows that are there say something else; the text names the first and how many."""


def place(folder: Path, symbol: str, interval: int) -> Path:
    """Return the file of an instrument's bars."""
    return folder / f"{symbol.replace('/', '-')}_{format_span(interval)}.parquet"


def entries(folder: Path) -> list[Entry]:
    """Return what a store holds, by instrument and length of bar."""
    import polars as pl

    found = []
    known = actions(folder)
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else []:
        span = path.stem.rpartition("_")[2]
        schema = pl.read_parquet_schema(path)
        stamp = "ts" if "ts" in schema else "date"
        if path.name == ACTIONS or not all(name in schema for name in (*PRICES, "symbol", stamp)):
            continue
        facts = pl.scan_parquet(path).select(
            pl.len().alias("rows"), pl.col(stamp).min().alias("first"), pl.col(stamp).max().alias("last"),
            pl.col("symbol").first(),
        ).collect().row(0, named=True)  # fmt: skip
        own = known.filter(pl.col("symbol") == facts["symbol"])
        found.append(
            Entry(
                symbol=str(facts["symbol"]),
                interval=parse_span(span),
                rows=int(facts["rows"]),
                first=_text(facts["first"]),
                last=_text(facts["last"]),
                bytes=path.stat().st_size,
                splits=own.filter(pl.col("split") > 0.0).height,
                dividends=own.filter(pl.col("dividend") > 0.0).height,
            )
        )
    return sorted(found, key=lambda entry: (entry.symbol, entry.interval))


def _text(stamp: object) -> str:
    return str(stamp)[:19]


def read(folder: Path, symbol: str, interval: int) -> "pl.DataFrame":
    """Return the bars of an instrument, ascending.

    Raises:
        ValueError: They are not there; the text names what is.
    """
    import polars as pl

    path = place(folder, symbol, interval)
    if not path.is_file():
        there = ", ".join(f"{one.symbol} {format_span(one.interval)}" for one in entries(folder)) or "nothing"
        raise ValueError(f"{folder}: no {format_span(interval)} bars of {symbol}; it holds {there}")
    return pl.read_parquet(path)


def merge(folder: Path, frame: "pl.DataFrame", interval: int, *, replace: bool) -> Merged:
    """Put bars of one instrument into the store.

    Args:
        folder: Of the store; made if need be.
        frame: Columns as in `frames.COLUMNS` with symbol, stamps ascending and each once.
        interval: Length of a bar, ns.
        replace: True to let the new rows win where others stand at the same stamp.

    Raises:
        Conflict: Other rows stand at the same stamps, and `replace` is False.
    """
    import polars as pl

    symbol, stamp = str(frame["symbol"][0]), "ts" if "ts" in frame.columns else "date"
    path = place(folder, symbol, interval)
    if not path.is_file():
        write(path, frame)
        return Merged(added=frame.height, known=0, changed=0)
    before = pl.read_parquet(path)
    same = [name for name in frame.columns if name in before.columns and name != "symbol"]
    pairs = frame.join(before, on=stamp, suffix="_before")
    others = pairs.filter(~pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in same if name != stamp
    ))  # fmt: skip
    if others.height and not replace:
        first = _text(others[stamp][0])
        raise Conflict(f"{symbol}: {others.height:,} rows stand there with other prices, the first of {first}")
    kept = before.join(frame.select(stamp), on=stamp, how="anti")
    write(path, pl.concat([kept, frame], how="diagonal").sort(stamp))
    return Merged(added=frame.height - pairs.height, known=pairs.height - others.height, changed=others.height)


def write(path: Path, frame: "pl.DataFrame") -> None:
    """Write a file of the store, replacing an older one in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    frame.write_parquet(part, compression="zstd")
    part.replace(path)


def actions(folder: Path) -> "pl.DataFrame":
    """Return all splits and dividends of a store, by instrument and time."""
    import polars as pl

    path = folder / ACTIONS
    if path.is_file():
        return pl.read_parquet(path)
    return pl.DataFrame(
        schema={
            "symbol": pl.String, "ts": pl.Datetime("ns", "UTC"), "dividend": pl.Float64, "split": pl.Float64,
            "split_factor": pl.Float64, "dividend_factor": pl.Float64,
        }
    )  # fmt: skip


def remember(folder: Path, found: "pl.DataFrame") -> None:
    """Keep splits and dividends with their factors; those of the same instant are replaced."""
    import polars as pl

    if not found.height:
        return
    kept = actions(folder).join(found.select("symbol", "ts"), on=["symbol", "ts"], how="anti")
    write(folder / ACTIONS, pl.concat([kept, found.select(kept.columns)]).sort("symbol", "ts"))


def adjusted(frame: "pl.DataFrame", known: "pl.DataFrame", *, dividends: bool) -> "pl.DataFrame":
    """Return bars as if the newest units had always been traded.

    Args:
        frame: Of one instrument, as stored.
        known: Its splits and dividends, from `actions`.
        dividends: True to take dividends out as well.
    """
    import polars as pl

    own = known.filter(pl.col("symbol") == frame["symbol"][0]).sort("ts")
    stamp = pl.col("ts") if "ts" in frame.columns else pl.col("date").cast(pl.Datetime("ns", "UTC"))
    price = pl.lit(1.0)
    units = pl.lit(1.0)
    for ts, by_split, by_dividend in own.select("ts", "split_factor", "dividend_factor").iter_rows():
        is_before = stamp < pl.lit(ts).cast(pl.Datetime("ns", "UTC"))
        price *= pl.when(is_before).then(by_split * (by_dividend if dividends else 1.0)).otherwise(1.0)
        units *= pl.when(is_before).then(1.0 / by_split).otherwise(1.0)
    prices = [name for name in frame.columns if name.rpartition("_")[2] in PRICES]
    changed = [(pl.col(name) * price).alias(name) for name in prices]
    return frame.with_columns(*changed, (pl.col("volume") * units).alias("volume"))


def is_daily(frame: "pl.DataFrame", interval: int) -> bool:
    """Return True for bars of whole days."""
    return "date" in frame.columns or interval >= DAY_NS
