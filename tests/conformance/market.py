"""Markets for conformance: drawn ones, and a recorded one where it is at hand."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from openbell.core import draw
from openbell.core import events as ev
from openbell.core.session import Session
from openbell.core.strategy import SessionRow, row_of
from openbell.run.parts import Shelf
from tests.core.build import MINUTE_NS, at

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("OPENBELL_DATA") or ROOT.parent / "shared" / "data")
RECORDED = DATA / "golden" / "quotes_default.parquet"


def kinds(sort: str) -> list[str]:
    """Return every part of one sort that is found by its file or entry point."""
    return list(Shelf(sort, f"openbell.parts.{sort}"))


def module(sort: str, kind: str) -> object:
    return Shelf(sort, f"openbell.parts.{sort}").module(kind)


def drawn(seed: int, count: int, *, symbol: str = "AAPL", start: int = 1) -> list[ev.Bar]:
    """Return a walk in cents, with gaps between bars and wicks on both sides."""
    bars, px = [], 10_000
    for n in range(start, start + count):
        shift, reach, dip, volume = (
            draw.normal(seed, f"{symbol}/{name}", n) for name in ("shift", "up", "down", "volume")
        )
        first = max(px + round(5 * draw.normal(seed, f"{symbol}/gap", n)), 100)
        px = max(first + round(40 * shift), 100)
        bars.append(
            ev.Bar(
                ts=at(n),
                instrument=symbol,
                open=first / 100,
                high=(max(first, px) + abs(round(20 * reach))) / 100,
                low=max(min(first, px) - abs(round(20 * dip)), 50) / 100,
                close=px / 100,
                volume=float(100 + abs(round(50 * volume))),
                interval=MINUTE_NS,
            )
        )
    return bars


def recorded() -> list[ev.Bar]:
    """Return two years of daily bars, stamped as minutes; skips by name where they are not at hand."""
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED.name} is not at hand")
    import polars as pl

    rows = pl.read_parquet(RECORDED).rows(named=True)
    fields = ("open", "high", "low", "close", "volume")
    return [
        ev.Bar(ts=at(n), instrument="AAPL", interval=MINUTE_NS, **{name: float(row[name]) for name in fields})
        for n, row in enumerate(rows, 1)
    ]


def rows(bars: Sequence[ev.Bar], span: int = 60) -> list[SessionRow]:
    """Return bars as steps see them, in sessions of `span` bars."""
    found = []
    for n, bar in enumerate(bars):
        begin = at(n // span * span)
        found.append(row_of(bar, Session(calendar="24x7", open=begin, close=begin + span * MINUTE_NS)))
    return found


def market(name: str) -> list[ev.Bar]:
    """Return a market by name: `recorded`, or `drawn SEED`."""
    return recorded() if name == "recorded" else drawn(int(name.split()[1]), 400)


MARKETS = ["drawn 1", "drawn 2", "drawn 3", "recorded"]
