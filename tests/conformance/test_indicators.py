"""Every indicator found: step by step, folded, restored and against an unrelated library."""

import functools
import inspect
import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from openbell.core.strategy import Row, SessionRow, StockState, fresh_state
from openbell.core.view import Indicator
from openbell.run.parts import bind_indicator
from tests.conformance.market import MARKETS, drawn, kinds, market, module, rows
from tests.core.build import MINUTE_NS
from tests.house.rules_purity import RULES as PURITY
from tests.house.source import ROOT, read

KINDS = kinds("indicators")
PERIODS = [1, 2, 5, 14, 50]


OTHER = rows(drawn(9, 600))
"""Bars of a second instrument, for what compares two."""


def bound(kind: str, period: int) -> Indicator:
    found: Any = module("indicators", kind)
    options = {"period": period} if "period" in found.Config.model_fields else {}
    return bind_indicator(found, found.Config(**options))


@functools.cache
def told(name: str) -> list[SessionRow]:
    return rows(market(name))


def folded(made: Indicator, bars: Sequence[SessionRow], state: StockState | None = None) -> list[float]:
    kept = fresh_state(made.layout) if state is None else state
    if has_two(made):
        first = int(bars[0].ts - OTHER[0].ts) // MINUTE_NS if bars else 0
        return [made.step(kept, made.params, bar, other) for bar, other in zip(bars, OTHER[first:], strict=False)]
    return [made.step(kept, made.params, bar) for bar in bars]


def has_two(made: Indicator) -> bool:
    """Return True if an indicator takes a bar of each of two instruments."""
    return len(inspect.signature(made.step).parameters) == 4


def same(first: Sequence[float], second: Sequence[float]) -> bool:
    """Return True if two series agree to the last bit, NaN equal to itself."""
    return array("d", first).tobytes() == array("d", second).tobytes()


def test_some_are_found() -> None:
    assert {"ema", "sma", "atr"} <= set(KINDS)


WARM_UP = {
    "adx": lambda period: 2 * period - 1,
    "anchored_vwap": lambda period: 0,
    "fair_value_gap": lambda period: 2,
    "higher": lambda period: 59,
    "keltner": lambda period: max(period - 1, 10),
    "macd": lambda period: 26 + 9 - 2,
    "market_structure": lambda period: 10,
    "obv": lambda period: 0,
    "swing_line": lambda period: 0,
    "stochastic": lambda period: period + 3 + 3 - 3,
    "true_range": lambda period: 1,
    "vwap": lambda period: 0,
}
"""Bars without a value at the beginning, for what does not follow its period alone."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", MARKETS)
def test_it_is_warm_once_and_stays_so(kind: str, period: int, name: str) -> None:
    found = folded(bound(kind, period), told(name))
    warm = [math.isfinite(value) for value in found]
    assert warm == sorted(warm)
    assert warm.count(False) in ((WARM_UP[kind](period),) if kind in WARM_UP else (period - 1, period))
    assert not any(math.isinf(value) for value in found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("period", PERIODS)
def test_it_sees_no_future_and_is_the_same_twice(kind: str, period: int) -> None:
    made, bars = bound(kind, period), told("drawn 1")
    whole = folded(made, bars)
    assert same(folded(made, bars), whole)
    for count in (1, period, 2 * period + 1, 333):
        assert same(folded(made, bars[:count]), whole[:count])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("cut", [1, 7, 60])
def test_its_state_is_all_it_remembers(kind: str, period: int, cut: int) -> None:
    made, bars = bound(kind, period), told("drawn 2")
    state = fresh_state(made.layout)
    folded(made, bars[:cut], state)
    again = StockState(array("d", state.d.tobytes()), array("q", state.q.tobytes()))
    assert same(folded(made, bars[cut:], again), folded(made, bars[cut:], state))


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_it_is_the_same(kind: str) -> None:
    numba = pytest.importorskip("numba")
    numpy = pytest.importorskip("numpy")
    from openbell.parts.kernels import compiling

    made, bars = bound(kind, 7), told("drawn 3")[:200]
    step = numba.njit(boundscheck=True)(compiling._bound(made.step, compiling.CHECKED))
    plain, params = fresh_state(made.layout), numpy.array(made.params)
    floats, ints = numpy.array(plain.d), numpy.array(plain.q)
    state = compiling.StateView(floats, ints)
    for place, bar in enumerate(bars):
        both = (bar, OTHER[place]) if has_two(made) else (bar,)
        views = [compiling.RowView(*msgspec.structs.astuple(one)) for one in both]
        assert same([step(state, params, *views)], [made.step(plain, made.params, *both)])
        assert (floats.tobytes(), ints.tobytes()) == (plain.d.tobytes(), plain.q.tobytes())


def by_library(kind: str) -> Callable[[Sequence[Row], int], list[float]] | None:
    talib = pytest.importorskip("talib")
    numpy = pytest.importorskip("numpy")

    def column(bars: Sequence[Row], name: str) -> Any:
        return numpy.array([getattr(bar, name) for bar in bars])

    def over_close(function: Any) -> Callable[[Sequence[Row], int], list[float]]:
        return lambda bars, period: function(column(bars, "close"), period).tolist()

    def ranges(bars: Sequence[Row], period: int) -> list[float]:
        return talib.ATR(*(column(bars, name) for name in ("high", "low", "close")), period).tolist()

    return {"sma": over_close(talib.SMA), "ema": over_close(talib.EMA), "atr": ranges}.get(kind)


@pytest.mark.parametrize("period", [2, 5, 14, 50])
@pytest.mark.parametrize("name", MARKETS)
def test_the_simple_average_is_the_librarys_to_the_last_bit(period: int, name: str) -> None:
    library, bars = by_library("sma"), told(name)
    assert library is not None
    ours, theirs = folded(bound("sma", period), bars), library(bars, period)
    assert same(ours[period - 1 :], theirs[period - 1 :])
    assert [math.isnan(value) for value in ours] == [math.isnan(value) for value in theirs]


@pytest.mark.parametrize("period", [2, 5, 14, 50])
@pytest.mark.parametrize("name", MARKETS)
def test_the_true_range_is_the_librarys(period: int, name: str) -> None:
    # The library smooths in another order of operations: its last bits differ.
    library, bars = by_library("atr"), told(name)
    assert library is not None
    ours, theirs = folded(bound("atr", period), bars), library(bars, period)
    assert ours[period:] == pytest.approx(theirs[period:], rel=1e-13)
    assert [math.isnan(value) for value in ours] == [math.isnan(value) for value in theirs]


@pytest.mark.parametrize("period", [2, 5, 14, 50])
@pytest.mark.parametrize("name", MARKETS)
def test_the_exponential_average_converges_to_the_librarys(period: int, name: str) -> None:
    library, bars = by_library("ema"), told(name)
    assert library is not None
    ours, theirs = folded(bound("ema", period), bars), library(bars, period)
    # What the two seeds differ by shrinks by exp(-2 / (period + 1)) a bar.
    settled = 7 * (period + 1)
    for mine, other in zip(ours[settled:], theirs[settled:], strict=True):
        assert mine == pytest.approx(other, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_it_calls_nothing_that_is_banned(kind: str) -> None:
    source = read(ROOT / "src" / "openbell" / "parts" / "indicators" / f"{kind}.py", ROOT)
    assert [found for rule in PURITY for found in rule(source)] == []
