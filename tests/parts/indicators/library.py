"""Runs an indicator over a market, and asks two unrelated libraries for the same.

TA-Lib is asked directly. Of the other one, for .NET, the values stand beside its input in the recorded data.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any

import pytest

from openbell.core.strategy import Row, StockState, fresh_state
from openbell.run.parts import bind_indicator
from tests.conformance.market import DATA, market, rows
from tests.core.build import bar

TALIB: Any = pytest.importorskip("talib")
NUMPY: Any = pytest.importorskip("numpy")
GOLDEN = DATA / "golden" / "indicators.parquet"


def played(
    part: Any, told: Sequence[Row], *others: Sequence[Row], **options: Any
) -> tuple[list[float], list[StockState]]:
    """Return an indicator's values and its state after each bar."""
    made = bind_indicator(part, part.Config(**options))
    state, values, states = fresh_state(made.layout), [], []
    for told_now in zip(told, *others, strict=True):
        values.append(made.step(state, made.params, *told_now))
        states.append(StockState(state.d[:], state.q[:]))
    return values, states


def of_closes(part: Any, *closes: float, **options: Any) -> list[float]:
    """Return an indicator's values over bars that are flat at these closes, in one session."""
    return played(part, rows([bar(n, close, 1.0) for n, close in enumerate(closes, 1)], 1_000), **options)[0]


def shown(values: Sequence[float]) -> list[float | None]:
    """Return values rounded for reading, None while warming up."""
    return [None if math.isnan(value) else round(value, 6) for value in values]


@functools.cache
def told(name: str) -> list[Row]:
    """Return a market by name, in sessions of an hour."""
    return list(rows(market(name)))


def column(bars: Sequence[Row], name: str) -> Any:
    return NUMPY.array([getattr(bar, name) for bar in bars])


def columns(bars: Sequence[Row], *names: str) -> list[Any]:
    return [column(bars, name) for name in names]


def golden(indicator: str, field: str) -> list[float]:
    """Return what the .NET library says of the recorded market; skips by name where it is not at hand."""
    if not GOLDEN.is_file():
        pytest.skip(f"{GOLDEN.name} is not at hand")
    import polars as pl

    frame = pl.read_parquet(GOLDEN).filter((pl.col("indicator") == indicator) & (pl.col("field") == field))
    return [math.nan if value is None else value for value in frame["value"].to_list()]


def assert_alike(
    ours: Sequence[float], theirs: Any, rel: float = 1e-9, since: int = 0, same_start: bool = True
) -> None:
    """Both warm up equally long (unless told otherwise) and agree from bar `since` on."""
    other = [float(value) for value in theirs]
    if same_start:
        assert [math.isnan(value) for value in ours] == [math.isnan(value) for value in other]
    pairs = list(zip(ours, other, strict=True))[since:]
    pairs = [(a, b) for a, b in pairs if not (math.isnan(a) or math.isnan(b))]
    assert len(pairs) > 50
    assert [a for a, _ in pairs] == pytest.approx([b for _, b in pairs], rel=rel, abs=1e-9)
