"""Strategies that are asked at another pace than their bars close: later, or more often.

A step is wrapped, and what it remembers of its own stays in its place; the wrapper's memory follows behind. Such a
strategy has no compiled twin.
"""

from array import array
from collections.abc import Callable

import msgspec

from openbell.config.deployment import Deployment
from openbell.core.codes import Code
from openbell.core.spec import DeploymentSpec
from openbell.core.strategy import Row, SessionRow, StockState, StockStrategy, Strategy, layout_sizes
from openbell.core.view import Indicator
from openbell.parts.indicators import atr, higher
from openbell.run.parts import PartError, Shelf, bind_indicator, bind_strategy

Step = Callable[[StockState, "array[float]", Row], tuple[float, int]]
_NAN, _WARMING_UP = float("nan"), int(Code.WARMING_UP)


def strategy_of(deployment: Deployment, found: Shelf) -> Strategy:
    """Return a deployment's strategy, bound to its options and at its pace.

    Raises:
        PartError: It is no strategy, or cannot be asked at such a pace.
    """
    kind = deployment.strategy.kind
    made = bind_strategy(kind, found.module(kind), deployment.strategy.options)
    return paced(made, deployment.bars if deployment.every else 0, deployment.warmup)


def paced(strategy: Strategy, span: int, warmup: int) -> Strategy:
    """Return a strategy at its pace.

    Args:
        strategy: Bound to its options.
        span: Length (ns) of its bars where it is given shorter ones and asked at each; 0 where it is given its own.
        warmup: Bars of its own that it has to have seen before it may say anything.

    Raises:
        PartError: It is a free one, which has to do that by itself.
    """
    if not span and not warmup:
        return strategy
    if not isinstance(strategy, StockStrategy):
        what = "every" if span else "warmup"
        raise PartError(f"{strategy.kind}: a free strategy sees each bar by itself; leave {what} out")
    made = _patient(strategy, warmup) if warmup else strategy
    return _peeking(made, span) if span else made


def _patient(strategy: StockStrategy, warmup: int) -> StockStrategy:
    own, (_, place) = strategy.step, layout_sizes(strategy.layout)

    def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
        said = own(state, params, row)
        state.q[place] += 1
        return said if state.q[place] >= warmup else (_NAN, _WARMING_UP)

    return msgspec.structs.replace(strategy, step=step, layout=(*strategy.layout, ("seen", "i8", 1)))


def _peeking(strategy: StockStrategy, span: int) -> StockStrategy:
    """Return a strategy that is asked at each bar with the higher bar so far.

    What it remembers of an unfinished one is forgotten at the next.
    """
    own, (floats, ints) = strategy.step, layout_sizes(strategy.layout)
    fold, count = floats + max(floats, 1), ints + max(ints, 1)
    layout = (
        *strategy.layout, ("kept", "f8", fold - floats), ("kept_counts", "i8", count - ints),
        ("fold", "f8", higher.FLOATS), ("fold_counts", "i8", higher.INTS),
    )  # fmt: skip

    def keep(d: "array[float]", q: "array[int]") -> None:
        d[floats : floats + floats], q[ints : ints + ints] = d[:floats], q[:ints]

    def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
        d, q = state.d, state.q
        d[:floats], q[:ints] = d[floats : floats + floats], q[ints : ints + ints]
        begin = q[count]
        if higher.late(d, fold, q, count, row, span):
            own(state, params, _row(d, fold, row, (begin, begin + span)))
            keep(d, q)
        begin = higher.begin_of(row, span)
        is_finished = higher.take(d, fold, q, count, row, span)
        said = own(state, params, _row(d, fold if is_finished else fold + 5, row, (begin, row.ts)))
        if is_finished:
            keep(d, q)
        return said

    return msgspec.structs.replace(strategy, step=step, layout=layout)


def ranges(deployment: DeploymentSpec) -> Indicator:
    """Return the average true range of a deployment's own bars."""
    made = bind_indicator(atr, atr.Config(period=deployment.exits.atr_period))
    return folded(made, deployment.fold) if deployment.fold else made


def folded(indicator: Indicator, span: int) -> Indicator:
    """Return an indicator over bars of `span` (ns); it changes when one has closed."""
    own, (floats, ints) = indicator.step, layout_sizes(indicator.layout)
    layout = (
        *indicator.layout, ("fold", "f8", higher.FLOATS), ("fold_counts", "i8", higher.INTS),
        ("latest", "f8", 1),
    )  # fmt: skip
    last = floats + higher.FLOATS

    def step(state: StockState, params: "array[float]", row: Row) -> float:
        d, q = state.d, state.q
        begin = q[ints]
        if higher.late(d, floats, q, ints, row, span):
            d[last] = own(state, params, _row(d, floats, row, (begin, begin + span)))
        begin = higher.begin_of(row, span)
        if higher.take(d, floats, q, ints, row, span):
            d[last] = own(state, params, _row(d, floats, row, (begin, row.ts)))
        return d[last] if q[ints + 1] else _NAN

    return msgspec.structs.replace(indicator, step=step, layout=layout)


def _row(d: "array[float]", at: int, row: Row, span: tuple[int, int]) -> SessionRow:
    """Return the higher bar that stands in `d` from `at` on, begun and seen at the instants of `span`."""
    open_ts, ts = span
    return SessionRow(
        d[at], d[at + 1], d[at + 2], d[at + 3], d[at + 4], ts, open_ts, row.session_open, row.session_close
    )
