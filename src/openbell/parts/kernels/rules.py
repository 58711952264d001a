"""The rules' own `check` functions, compiled, and the facts they are asked with."""

from typing import NamedTuple

from numba import njit

from openbell.parts.kernels.compiling import compiled
from openbell.parts.kernels.layout import (
    DAILY_LOSS,
    DRAWDOWN,
    DUPLICATE,
    KILL,
    MAX_POSITION,
    MAX_POSITIONS,
    SESSION_HOURS,
)
from openbell.parts.rules import daily_loss, drawdown, duplicate, kill, max_position, max_positions, session_hours


class KernelFacts(NamedTuple):
    """As `core.risk.Facts`, field by field."""

    is_in_session: int
    since_open: int
    to_close: int
    equity: int
    session_equity: int
    session_flows: int
    peak: int
    order_value: int
    instrument_value: int
    gross_value: int
    positions: int
    entries: int
    repeat: int
    is_killed: int


_kill = compiled(kill.check)
_session_hours = compiled(session_hours.check)
_daily_loss = compiled(daily_loss.check)
_max_position = compiled(max_position.check)
_max_positions = compiled(max_positions.check)
_duplicate = compiled(duplicate.check)
_drawdown = compiled(drawdown.check)


@njit(cache=True)
def ask(kind, params, facts):  # type: ignore[no-untyped-def]  # numba infers the types
    """Return a rule's code, 0 to let pass."""
    if kind == DAILY_LOSS:
        return _daily_loss(params, facts)
    if kind == MAX_POSITION:
        return _max_position(params, facts)
    if kind == MAX_POSITIONS:
        return _max_positions(params, facts)
    if kind == SESSION_HOURS:
        return _session_hours(params, facts)
    if kind == DUPLICATE:
        return _duplicate(params, facts)
    if kind == DRAWDOWN:
        return _drawdown(params, facts)
    if kind == KILL:
        return _kill(params, facts)
    return 0
