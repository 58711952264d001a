"""Goes with the close when it leaves the session's average price weighted by volume.

It is long above the average by more than `band`, short below it by more than that, and leaves when the close crosses
the average. The average begins anew with each session, and its first bars decide nothing. Confidence is 0.5 at the
band and 1 at twice as much.
"""

import math
from array import array

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.vwap import weigh
from openbell.schema import Fraction, PartConfig, Span, parse_fraction


class Config(PartConfig):
    """Options.

    Attributes:
        band: Distance from the average, a fraction above 0.
        min_bars: Bars of a session from which on it decides.
        flat_before: How long before the session closes it leaves and waits for the next one; 0s holds on.
    """

    band: Fraction = Field(default=parse_fraction("0.1%"), gt=0, le=1)
    min_bars: int = Field(default=5, ge=1)
    flat_before: Span = 0


PARAMS = ("band", "min_bars", "flat_before")
STATE = (
    ("vwap", "f8", 1),
    ("confidence", "f8", 1),
    ("average", "f8", 4),
    ("session", "i8", 1),
    ("bars", "i8", 1),
    ("seen", "i8", 1),
    ("target", "i8", 1),
)

WARMING_UP = int(Code.WARMING_UP)


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason, NaN while warming up."""
    d, q = state.d, state.q
    if q[0] != row.session_open:
        q[0] = row.session_open
        q[1] = 0
    weigh(d, 2, row, q[1])
    d[0] = d[2]
    q[1] += 1
    q[2] += 1
    if q[2] < params[1]:
        return math.nan, WARMING_UP
    before = q[3]
    apart = row.close / d[0] - 1.0 if d[0] > 0.0 else 0.0
    d[1] = abs(apart) / (2.0 * params[0])
    if d[1] > 1.0:
        d[1] = 1.0
    if params[2] > 0.0 and row.session_close - row.ts <= params[2]:
        q[3] = 0
    elif q[1] >= params[1]:
        if abs(apart) > params[0]:
            q[3] = 1 if apart > 0.0 else -1
        elif before * apart < 0.0:
            q[3] = 0
    return float(q[3]), signal(float(q[3]), float(before))
