"""Higher bars: longer ones made of the bars that come.

They are anchored at the opening of the session: one begins at a whole number of spans after it and ends a span later,
or with the session. It is finished by the bar that closes at its end; where that one is missing, by the next bar that
comes. So nobody ever sees a higher bar before it has closed. A strategy keeps one among its own numbers and asks, in
this order:

    if late(d, 0, q, 0, row, span):    # the one under way had ended without its last bar
        ...                            # it stands in d[0:5]: open, high, low, close, volume
    if take(d, 0, q, 0, row, span):    # this bar finishes one
        ...                            # it stands in d[0:5]
"""

import math
from array import array

from pydantic import field_validator

from openbell.core.strategy import Row, StockState
from openbell.schema import PartConfig, Span


class Config(PartConfig):
    """Options: `span`, length of a higher bar."""

    span: Span = 3_600_000_000_000

    @field_validator("span")
    @classmethod
    def _some(cls, value: int) -> int:
        if value <= 0:
            raise ValueError("must be longer than nothing")
        return value


PARAMS = ("span",)
FLOATS, INTS = 10, 2
"""Places that a higher bar takes in `d` (the finished one, then the one under way) and in `q`."""
STATE = (("finished", "f8", 5), ("under_way", "f8", 5), ("begin", "i8", 1), ("count", "i8", 1))


def late(d: "array[float]", at: int, q: "array[int]", place: int, row: Row, span: int) -> bool:
    """Finish the higher bar under way if `row` does not belong to it any more.

    Ask this before `take`.

    Args:
        d: Holds, from `at` on, the finished higher bar and the one under way: open, high, low, close, volume each.
        at: Where in `d`.
        q: Holds, from `place` on, when the one under way began (ns, 0 for none) and how many are finished.
        place: Where in `q`.
        row: The bar that has come.
        span: Length of a higher bar, ns.

    Returns:
        True if one has been finished: it stands in `d` from `at` on.
    """
    if q[place] == 0 or q[place] == begin_of(row, span):
        return False
    _finish(d, at, q, place)
    return True


def take(d: "array[float]", at: int, q: "array[int]", place: int, row: Row, span: int) -> bool:
    """Take a bar into the higher bar it belongs to; return True if that one is finished by it.

    The arguments are those of `late`.
    """
    begin = begin_of(row, span)
    new = at + 5
    if q[place] == 0:
        q[place] = begin
        d[new] = row.open
        d[new + 1] = row.high
        d[new + 2] = row.low
        d[new + 4] = 0.0
    if row.high > d[new + 1]:
        d[new + 1] = row.high
    if row.low < d[new + 2]:
        d[new + 2] = row.low
    d[new + 3] = row.close
    if row.volume > 0.0:
        d[new + 4] += row.volume
    if row.ts < begin + span and row.ts < row.session_close:
        return False
    _finish(d, at, q, place)
    return True


def begin_of(row: Row, span: int) -> int:
    """Return when the higher bar that `row` belongs to began, ns."""
    return row.session_open + (row.open_ts - row.session_open) // span * span


def _finish(d: "array[float]", at: int, q: "array[int]", place: int) -> None:
    for n in range(5):
        d[at + n] = d[at + 5 + n]
    q[place] = 0
    q[place + 1] += 1


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the close of the latest finished higher bar.

    It is in price units, NaN before the first has finished.
    """
    span = int(params[0])
    late(state.d, 0, state.q, 0, row, span)
    take(state.d, 0, state.q, 0, row, span)
    return state.d[3] if state.q[1] > 0 else math.nan
