"""Efficiency of a move after Kaufman: how far the close came, over all the way it went.

It is 1 for a straight line and near 0 for noise: how strong a trend is, whatever its side.
"""

import math
from array import array
from collections.abc import Sequence

from pydantic import Field

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.stdev import after
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `period` in bars, at least 1."""

    period: int = Field(default=20, ge=1)


PARAMS = ("period",)
STATE = (("close", "f8", 1), ("ring", "f8", "period"), ("bars", "i8", 1), ("place", "i8", 1))


def straightness(d: Sequence[float], start: int, count: int) -> float:
    """Return how straight `count` changes of `d` from `start` on are, 0 to 1.

    It is the size of their sum over the sum of their sizes.
    """
    whole, way = 0.0, 0.0
    for n in range(count):
        whole += d[start + n]
        way += abs(d[start + n])
    return abs(whole) / way if way > 0.0 else 0.0


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the efficiency from 0 to 1, NaN before `period` + 1 bars."""
    d, q = state.d, state.q
    period = int(params[0])
    if q[0] > 0:
        d[1 + q[1]] = row.close - d[0]
        q[1] = after(q[1], period)
    d[0] = row.close
    q[0] += 1
    return straightness(d, 1, period) if q[0] > period else math.nan
