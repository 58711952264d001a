"""Bars recorded in Parquet files.

Columns: `ts` (UTC, the bar's open) or `date`, OHLC; optional symbol, volume, OHLC of bid and of ask.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from openbell.edges.feeds.frames import COLUMNS, is_bars
from openbell.edges.feeds.recorded import Choice, load_files
from openbell.edges.feeds.table import BarTable, Request
from openbell.schema import PartConfig, Span, Text

if TYPE_CHECKING:
    import polars as pl


class Config(PartConfig):
    """Parquet files of bars; each row is stamped with its open.

    Attributes:
        path: A file, or a directory whose files (not those of its subdirectories) are read.
        source: Text in the names of the files to take where several overlap for one instrument.
        interval: Length of a bar; default: the most common difference between stamps.
    """

    path: Path
    source: Text | None = None
    interval: Span | None = None


def load(config: Config, request: Request) -> list[BarTable]:
    """Return the requested bars, in the order of `request.symbols`, longer interval first.

    Prices are delivered as published. A missing value becomes NaN; rows with equal stamps are kept.

    Raises:
        ValueError: A symbol has no bars, two files overlap for one instrument, or a file is not Parquet.
        OSError: A file cannot be read.
    """
    choice = Choice(path=config.path, suffix=".parquet", source=config.source, interval=config.interval)
    return load_files(choice, request, read_frame)


def read_frame(path: Path) -> "pl.DataFrame | None":
    """Return a file's rows with columns out of `frames.COLUMNS`, None if it holds no bars.

    Raises:
        ValueError: It is not Parquet.
        OSError: It cannot be read.
    """
    import polars as pl

    try:
        columns = list(pl.read_parquet_schema(path))
        if not is_bars(columns):
            return None
        return pl.read_parquet(path, columns=[name for name in COLUMNS if name in columns])
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"{path.name}: not a readable Parquet file: {error}") from None
