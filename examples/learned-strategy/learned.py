"""Serves a linear model of four features; `train.py` finds its numbers and writes them into the configuration.

The model is its options, and no file: so it stands in the journal's first record with them, a run that goes on with
another model says so and warms up anew, and the same `step` is compiled. Each feature is computed by the function that
makes the indicator of its name, on this strategy's own memory.
"""

import math

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.strategy import signal
from openbell.parts.indicators.ema import follow
from openbell.parts.indicators.stdev import after, mean, spread
from openbell.parts.indicators.wilder import smooth
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: lengths of the features in bars, and the model.

    `bias` and a coefficient for each feature give a score, the return that is expected; `edge` is the score from which
    on it is traded, in either direction, until it has changed its sign.
    """

    trend_bars: int = Field(default=48, ge=1)
    zscore_bars: int = Field(default=20, ge=2)
    rsi_bars: int = Field(default=14, ge=1)
    roc_bars: int = Field(default=12, ge=2)
    bias: float = 0.0
    trend: float = 0.0
    zscore: float = 0.0
    rsi: float = 0.0
    roc: float = 0.0
    edge: float = Field(default=0.0, ge=0)


PARAMS = ("trend_bars", "zscore_bars", "rsi_bars", "roc_bars", "bias", "trend", "zscore", "rsi", "roc", "edge")
FEATURES = ("trend", "zscore", "rsi", "roc")
STATE = (
    *((name, "f8", 1) for name in FEATURES),
    *((name, "f8", 1) for name in ("score", "mean", "gain", "loss", "close")),
    ("closes", "f8", "zscore_bars"), ("past", "f8", "roc_bars"),
    ("bars", "i8", 1), ("place", "i8", 1), ("past_place", "i8", 1), ("target", "i8", 1),
)  # fmt: skip
RING = 9
"""Where the closes of the z-score begin."""
WARMING_UP = int(Code.WARMING_UP)


def step(state, params, row):
    """Take one bar; return 1 where the model expects a rise, -1 a fall, and stay until it has changed its mind."""
    d, q = state.d, state.q
    close, seen, period, back = row.close, q[0], int(params[1]), int(params[3])
    d[5] = close if seen == 0 else follow(d[5], close, params[0])
    if seen > 0:
        change = close - d[8]
        d[6] = smooth(d[6], change if change > 0.0 else 0.0, params[2], seen - 1)
        d[7] = smooth(d[7], -change if change < 0.0 else 0.0, params[2], seen - 1)
    d[8] = close
    d[RING + q[1]] = close
    place = RING + period + q[2]
    before = d[place]
    d[place] = close
    q[0], q[1], q[2] = seen + 1, after(q[1], period), after(q[2], back)
    if q[0] < params[0] or q[0] < period or q[0] <= params[2] or q[0] <= back:
        return math.nan, WARMING_UP
    middle, both = mean(d, RING, period), d[6] + d[7]
    wide = spread(d, RING, period, middle)
    d[0] = close / d[5] - 1.0 if d[5] != 0.0 else 0.0
    d[1] = (close - middle) / wide if wide > 0.0 else 0.0
    d[2] = 100.0 * (d[6] / both) if both > 0.0 else 50.0
    d[3] = close / before - 1.0 if before != 0.0 else 0.0
    d[4] = params[4] + params[5] * d[0] + params[6] * d[1] + params[7] * d[2] + params[8] * d[3]
    held = q[3]
    if d[4] > params[9]:
        q[3] = 1
    elif d[4] < -params[9]:
        q[3] = -1
    elif d[4] * held < 0.0:
        q[3] = 0
    return float(q[3]), signal(float(q[3]), float(held))
