"""The rules' own `check` functions, compiled; they are asked with the core's own `Facts`."""

from openbell.core.risk import Facts
from openbell.parts.kernels.compiling import compiled, kernel
from openbell.parts.kernels.layout import (
    DAILY_LOSS,
    DRAWDOWN,
    DUPLICATE,
    KILL,
    MAX_POSITION,
    MAX_POSITIONS,
    R_FIRST,
    R_KIND,
    R_SECOND,
    SESSION_HOURS,
    Ints,
)
from openbell.parts.rules import daily_loss, drawdown, duplicate, kill, max_position, max_positions, session_hours

_kill = compiled(kill.check)
_session_hours = compiled(session_hours.check)
_daily_loss = compiled(daily_loss.check)
_max_position = compiled(max_position.check)
_max_positions = compiled(max_positions.check)
_duplicate = compiled(duplicate.check)
_drawdown = compiled(drawdown.check)


@kernel
def ask(g: Ints, rule: int, facts: Facts) -> int:
    """Return a rule's code, 0 to let pass."""
    kind = g[R_KIND, rule]
    params = (g[R_FIRST, rule], g[R_SECOND, rule])
    code = 0
    if kind == DAILY_LOSS:
        code = _daily_loss(params, facts)
    elif kind == MAX_POSITION:
        code = _max_position(params, facts)
    elif kind == MAX_POSITIONS:
        code = _max_positions(params, facts)
    elif kind == SESSION_HOURS:
        code = _session_hours(params, facts)
    elif kind == DUPLICATE:
        code = _duplicate(params, facts)
    elif kind == DRAWDOWN:
        code = _drawdown(params, facts)
    elif kind == KILL:
        code = _kill(params, facts)
    return code
