"""Early turns of a swing line that a longer one allows: two lengths of bars in one.

It goes long when the close passes the level of a line that still goes down, and that level stands above the level of
the higher bars' line; short the other way round. Higher bars are those of `indicators.higher`: made of the bars that
come, anchored at the session, used only once they have closed. It leaves by its protective orders or when it turns.

Confidence is the straightness of the last bars, halved where the higher line goes the other way. It demonstrates
bars of two lengths; on recorded currencies its signals had no edge before costs.
"""

import math
from array import array

from pydantic import Field, field_validator

from openbell.core.codes import Code
from openbell.core.strategy import Row, StockState, signal
from openbell.parts.indicators.efficiency import straightness
from openbell.parts.indicators.higher import late, take
from openbell.parts.indicators.stdev import after
from openbell.parts.indicators.swing_line import swing
from openbell.schema import Fraction, PartConfig, Span, parse_fraction


class Config(PartConfig):
    """Options.

    Attributes:
        higher: Length of a higher bar.
        agree: The higher line has to go the way of the entry.
        period: Bars over which the strength of the trend is measured.
        min_confidence: Entries with less of it are left alone, 0 to 1.
        size_by_confidence: A position is as large a share of a full one as the entry was confident.
    """

    higher: Span = 3_600_000_000_000
    agree: bool = False
    period: int = Field(default=20, ge=1)
    min_confidence: Fraction = Field(default=parse_fraction("0%"), ge=0, le=1)
    size_by_confidence: bool = False

    @field_validator("higher")
    @classmethod
    def _some(cls, value: int) -> int:
        if value <= 0:
            raise ValueError("must be longer than nothing")
        return value


PARAMS = ("higher", "agree", "period", "min_confidence", "size_by_confidence")
STATE = (
    ("value", "f8", 1),
    ("side", "f8", 1),
    ("higher_value", "f8", 1),
    ("higher_side", "f8", 1),
    ("strength", "f8", 1),
    ("confidence", "f8", 1),
    ("target", "f8", 1),
    ("close", "f8", 1),
    ("higher", "f8", 10),
    ("ring", "f8", "period"),
    ("higher_at", "i8", 2),
    ("bars", "i8", 1),
    ("place", "i8", 1),
)

WARMING_UP = int(Code.WARMING_UP)


def turn(d: "array[float]", row: Row, level: float, agree: float) -> float:
    """Return the side a bar turns to, 0 for none.

    Args:
        d: As in `STATE`, with this bar's line and the close of the bar before.
        row: The bar.
        level: The line's level as of the bar before.
        agree: Above 0 the higher line has to go the same way.
    """
    if d[1] < 0.0 and d[7] < level and row.close > d[0] and d[0] > d[2] and (agree <= 0.0 or d[3] > 0.0):
        return 1.0
    if d[1] > 0.0 and d[7] > level and row.close < d[0] and d[0] < d[2] and (agree <= 0.0 or d[3] < 0.0):
        return -1.0
    return 0.0


def step(state: StockState, params: "array[float]", row: Row) -> tuple[float, int]:
    """Take one bar and return the target with its reason.

    The target is NaN before the first higher bar has closed and before `period` + 1 bars.
    """
    d, q = state.d, state.q
    period, level = int(params[2]), d[0]
    if late(d, 8, q, 0, row, int(params[0])):
        swing(d, 2, d[9], d[10])
    if take(d, 8, q, 0, row, int(params[0])):
        swing(d, 2, d[9], d[10])
    swing(d, 0, row.high, row.low)
    if q[2] > 0:
        d[18 + q[3]] = row.close - d[7]
        q[3] = after(q[3], period)
    side = turn(d, row, level, params[1]) if q[2] > 0 and q[1] > 0 else 0.0
    d[7] = row.close
    q[2] += 1
    if q[2] <= period or q[1] == 0:
        return math.nan, WARMING_UP
    d[4] = straightness(d, 18, period)
    before = d[6]
    if side != 0.0:
        d[5] = d[4] if side * d[3] > 0.0 else d[4] * 0.5
        if d[5] >= params[3] and before * side <= 0.0:
            d[6] = side * d[5] if params[4] > 0.0 else side
    return d[6], signal(d[6], before)
