"""Goes with the first close outside the range of a session's first bars, once a session."""

from openbell.core.strategy import signal
from openbell.schema import PartConfig


class Config(PartConfig):
    """Options: `bars` that make the opening range."""

    bars: int = 6


PARAMS = ("bars",)
STATE = (("high", "f8", 1), ("low", "f8", 1), ("target", "f8", 1), ("session", "i8", 1), ("seen", "i8", 1))


def step(state, params, row):
    """Take one bar; return 1 above the range, -1 below it, 0 while it is being made."""
    d, q = state.d, state.q
    before = d[2]
    if q[0] != row.session_open:
        q[0], q[1] = row.session_open, 0
        d[0], d[1], d[2] = row.high, row.low, 0.0
    if q[1] < params[0]:
        d[0], d[1] = max(d[0], row.high), min(d[1], row.low)
    elif d[2] == 0.0:
        d[2] = 1.0 if row.close > d[0] else -1.0 if row.close < d[1] else 0.0
    q[1] += 1
    return d[2], signal(d[2], before)
