"""Bars recorded in CSV files, with column names and time formats of one's own."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from openbell.edges.feeds.frames import COLUMNS, is_bars
from openbell.edges.feeds.recorded import Choice, load_files
from openbell.edges.feeds.table import BarTable, Request
from openbell.schema import PartConfig, Span, Text

if TYPE_CHECKING:
    import polars as pl

_STAMP_NAMES = ("timestamp", "time", "datetime", "date_time", "open_time")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


class Config(PartConfig):
    """CSV files of bars; each row is stamped with its open.

    Attributes:
        path: A file, or a directory whose files (not those of its subdirectories) are read.
        source: Text in the names of the files to take where several overlap for one instrument.
        interval: Length of a bar; default: the most common difference between stamps.
        columns: Name in the file by our name (ts, date, symbol, open, high, low, close, volume, bid_open ...). Those
            not given are found by our name in any case; ts also by timestamp, time, datetime and open_time.
        ts_format: iso (`2024-01-02 09:30`, a zone may follow), or a whole number of s, ms, us or ns since 1970 UTC.
        tz: Time zone of ISO stamps that do not state one.
        separator: Character between columns.
    """

    path: Path
    source: Text | None = None
    interval: Span | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    ts_format: Literal["iso", "s", "ms", "us", "ns"] = "iso"
    tz: str = "UTC"
    separator: str = Field(default=",", min_length=1, max_length=1)

    @field_validator("columns")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        strange = [name for name in value if name not in COLUMNS]
        if strange:
            raise ValueError(f"unknown column {', '.join(strange)}; ours are {', '.join(COLUMNS)}")
        return value

    @field_validator("tz")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"unknown time zone {value!r}; write it like America/New_York") from None
        return value


def load(config: Config, request: Request) -> list[BarTable]:
    """Return the requested bars, in the order of `request.symbols`, longer interval first.

    What is not a number becomes NaN; rows with equal stamps are kept. A local time that the clocks repeat is read as
    the first of the two; one that they skip has no instant, and its row is dropped with a note.

    Raises:
        ValueError: A symbol has no bars, two files overlap for one instrument, or stamps cannot be read.
        OSError: A file cannot be read.
    """
    choice = Choice(path=config.path, suffix=".csv", source=config.source, interval=config.interval)
    return load_files(choice, request, lambda path: read_frame(path, config))


def read_frame(path: Path, config: Config) -> "pl.DataFrame | None":
    """Return a file's rows with columns out of `frames.COLUMNS`, None if it holds no bars.

    Raises:
        ValueError: It cannot be read as CSV, or its stamps are not times.
        OSError: It cannot be read.
    """
    import polars as pl

    try:
        raw = pl.read_csv(path, infer_schema=False, separator=config.separator)
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError) as error:
        raise ValueError(f"{path.name}: not a readable CSV file: {error}") from None
    names = _names(raw.columns, config)
    missing = [name for name in config.columns if name not in names]
    if missing:
        raise ValueError(f"{path.name}: no column {config.columns[missing[0]]!r}; it has {', '.join(raw.columns)}")
    if not is_bars(list(names)):
        return None
    frame = raw.select(**{name: pl.col(column) for name, column in names.items()})
    numbers = [name for name in names if name not in ("ts", "date", "symbol")]
    frame = frame.with_columns(pl.col(numbers).str.strip_chars().cast(pl.Float64, strict=False))
    return _with_stamps(frame, path.name, config)


def _names(columns: list[str], config: Config) -> dict[str, str]:
    """Return the file's column by our name, for those that are there."""
    by_lower = {column.strip().lower(): column for column in columns}
    names: dict[str, str] = {}
    for name in COLUMNS:
        given = config.columns.get(name)
        if given is None and name in by_lower:
            names[name] = by_lower[name]
        if given is not None and given in columns:
            names[name] = given
    aliases = [by_lower[alias] for alias in _STAMP_NAMES if alias in by_lower]
    if "ts" not in names and aliases and "date" not in config.columns:
        names["ts"] = aliases[0]
    if "ts" in names:
        names.pop("date", None)
    return names


def _with_stamps(frame: "pl.DataFrame", name: str, config: Config) -> "pl.DataFrame":
    """Return the frame with its text stamps as `ts` (UTC) or, where they are mere dates, as `date`."""
    import polars as pl

    stamp = "ts" if "ts" in frame.columns else "date"
    text = frame[stamp].str.strip_chars()
    first = text.drop_nulls().first()
    if not isinstance(first, str):
        raise ValueError(f"{name}: no stamps in column {stamp}")
    try:
        if config.ts_format != "iso":
            scale = _PER_SECOND["ns"] // _PER_SECOND[config.ts_format]
            stamps = pl.from_epoch(text.cast(pl.Int64) * scale, time_unit="ns")
        elif _DATE.match(first):
            return frame.drop(stamp).with_columns(text.str.to_date("%Y-%m-%d").alias("date"))
        elif _OFFSET.search(first):
            stamps = text.str.to_datetime(time_unit="ns", time_zone="UTC")
        else:
            naive = text.str.to_datetime(time_unit="ns")
            stamps = naive.dt.replace_time_zone(config.tz, ambiguous="earliest", non_existent="null")
    except (pl.exceptions.InvalidOperationError, pl.exceptions.ComputeError):
        raise ValueError(
            f"{name}: stamps like {first!r} do not fit ts_format: {config.ts_format}; choose iso, s, ms, us or ns"
        ) from None
    return frame.with_columns(stamps.alias(stamp)).rename({stamp: "ts"})
