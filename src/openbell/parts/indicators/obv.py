"""On-balance volume: added when the close rises, taken off when it falls."""

from array import array

from openbell.core.strategy import Row, StockState
from openbell.parts.indicators.volume_average import known
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS: tuple[str, ...] = ()
STATE = (("value", "f8", 1), ("close", "f8", 1), ("bars", "i8", 1))


def step(state: StockState, params: "array[float]", row: Row) -> float:
    """Take one bar; return the balance in units, never NaN."""
    d, q = state.d, state.q
    volume = known(row.volume)
    if q[0] == 0 or row.close > d[1]:
        d[0] += volume
    elif row.close < d[1]:
        d[0] -= volume
    d[1] = row.close
    q[0] += 1
    return d[0]
